"""A bounded number of questions under way, and a bounded number that wait.

Questions are computed in threads of the gate's own, and what they compute is sent by the event loop. So a reader that is
slow, or gone, holds neither a thread nor a place.
"""

import asyncio
import contextvars
import math
import threading
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NoReturn, TypeVar

from app.errors import BusyError

T = TypeVar("T")
Refusal = Literal["full", "late"]
# How much the newest duration counts in the running mean: about the last twenty matter.
_NEWEST = 0.05


@dataclass(frozen=True, slots=True)
class GateFigures:
    """What a gate holds now, and what it turned away since it was made."""

    running: int
    waiting: int
    refused: dict[Refusal, int]


class _Piece:
    """A piece of work, or a place without work, that runs or waits. ``turn`` is done when it has begun, or was refused."""

    __slots__ = ("begun", "run", "turn", "until")

    def __init__(self, run: Callable[[], Callable[[], None]] | None, until: float) -> None:
        self.run = run
        self.until = until
        self.begun = False
        self.turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class Gate:
    """Admits ``most`` pieces of work at a time; ``queue`` more wait at most ``deadline_s`` seconds for their turn.

    A thread that is done goes on with the next that waits by itself: a busy event loop, which comes by late, holds up no work.
    Belongs to one event loop. ``close`` ends the threads. ``waited`` is told, in that loop, how many seconds each piece stood in
    the line that did not find a place at once.
    """

    def __init__(self, name: str, most: int, queue: int, deadline_s: float) -> None:
        self.name = name
        self._most = most
        self._queue = queue
        self._deadline_s = deadline_s
        self._threads = ThreadPoolExecutor(most, thread_name_prefix=name)
        self._lock = threading.Lock()
        self._line: deque[_Piece] = deque()
        self._running = 0
        self._mean_s = 0.05
        self._refused: Counter[Refusal] = Counter()
        self.waited: Callable[[float], None] = _nobody

    @property
    def figures(self) -> GateFigures:
        """The figures of this moment."""
        return GateFigures(self._running, len(self._line), dict(self._refused))

    async def start(self, work: Callable[[], T]) -> "asyncio.Future[T]":
        """Start ``work`` in a thread as soon as there is a place; its place is free again when the thread is done with it,
        whether or not anybody still waits for the result. Raises BusyError at once where the queue is full, and after the
        deadline where no turn came.
        """
        result: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        context = contextvars.copy_context()

        def run() -> Callable[[], None]:
            """Do the work, in a thread; return what tells of it, in the event loop."""
            try:
                done = partial(_tell, result, context.run(work), None)
            except BaseException as error:
                done = partial(_tell, result, None, error)
            return done

        await self._enter(run)
        return result

    async def run(self, work: Callable[[], T]) -> T:
        """Return what ``work`` returns. Raises BusyError, and whatever ``work`` raises."""
        return await (await self.start(work))

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Hold a place for as long as the block lasts, without a thread. Raises BusyError."""
        await self._enter(None)
        started = time.monotonic()
        try:
            yield
        finally:
            self._pass_on(started)

    async def _enter(self, run: Callable[[], Callable[[], None]] | None) -> None:
        piece = _Piece(run, time.monotonic() + self._deadline_s)
        with self._lock:
            waits = self._running >= self._most
            if not waits:
                self._running += 1
            elif len(self._line) < self._queue:
                self._line.append(piece)
            else:
                self._refuse("full")
        if not waits:
            self._begin(piece)
            return
        timer = piece.turn.get_loop().call_later(self._deadline_s, self._give_up, piece)
        try:
            await piece.turn
        except asyncio.CancelledError:
            if not self._withdraw(piece) and run is None and piece.begun:
                # The place came at the same moment, to nobody.
                self._pass_on(time.monotonic())
            raise
        finally:
            timer.cancel()
            self.waited(max(0.0, time.monotonic() - piece.until + self._deadline_s))

    def _begin(self, piece: _Piece) -> None:
        """Begin with a piece that has a place."""
        piece.begun = True
        if piece.run is None:
            return
        loop = piece.turn.get_loop()
        try:
            self._threads.submit(self._work, piece, loop)
        except BaseException:
            self._pass_on(time.monotonic())
            raise

    def _work(self, piece: _Piece, loop: asyncio.AbstractEventLoop) -> None:
        """Run pieces, in a thread, for as long as some wait."""
        going: _Piece | None = piece
        while going is not None and going.run is not None:
            started = time.monotonic()
            tell = going.run()
            going = self._next(started)
            # The loop may have closed while the thread was still at it.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(tell)
                if going is not None:
                    loop.call_soon_threadsafe(_tell, going.turn, None, None)

    def _pass_on(self, started: float) -> None:
        """Give a place to the next that waits, in the event loop."""
        piece = self._next(started)
        if piece is not None:
            _tell(piece.turn, None, None)
            self._begin(piece)

    def _next(self, started: float) -> _Piece | None:
        """Return the next piece that waits, which has a place now, or None where the place is free. Safe from every thread."""
        with self._lock:
            now = time.monotonic()
            self._mean_s += _NEWEST * (now - started - self._mean_s)
            while self._line:
                piece = self._line.popleft()
                # Who waited too long is told so by the timer.
                if piece.until > now:
                    piece.begun = True
                    return piece
            self._running -= 1
            return None

    def _withdraw(self, piece: _Piece) -> bool:
        """Take a piece out of the line; return whether it was in it."""
        with self._lock:
            if piece in self._line:
                self._line.remove(piece)
                return True
            return False

    def _give_up(self, piece: _Piece) -> None:
        self._withdraw(piece)
        if not piece.begun and not piece.turn.done():
            try:
                self._refuse("late")
            except BusyError as error:
                piece.turn.set_exception(error)

    def _refuse(self, why: Refusal) -> NoReturn:
        self._refused[why] += 1
        # When those before are through, by what questions took of late.
        soon = max(1, math.ceil((len(self._line) + self._running) * self._mean_s / self._most))
        raise BusyError(
            "Er worden nu te veel vragen tegelijk gesteld. Probeer het zo nog eens. / Too many questions at once; try again soon.",
            soon,
        )

    @property
    def is_full(self) -> bool:
        """Whether who comes now is refused at once."""
        return self._running >= self._most and len(self._line) >= self._queue

    def refuse_if_full(self) -> None:
        """Refuse, and count, who could not even wait. Raises BusyError."""
        if self.is_full:
            self._refuse("full")

    def close(self) -> None:
        """Take no more work; what runs in threads runs to its end."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _nobody(_seconds: float) -> None:
    """Tell nobody."""


def _tell(waiting: "asyncio.Future[Any]", value: Any, error: BaseException | None) -> None:
    """Give whoever still waits the result."""
    if waiting.done():
        return
    if error is None:
        waiting.set_result(value)
    else:
        waiting.set_exception(error)
