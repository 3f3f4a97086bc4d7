"""A bounded number of questions under way, and a bounded number that wait.

Questions are computed in threads of the gate's own, and what they compute is sent by the event loop. So a reader that is
slow, or gone, holds neither a thread nor a place.
"""

import asyncio
import contextvars
import math
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Literal, NoReturn, TypeVar, cast

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


class Gate:
    """Admits ``most`` pieces of work at a time; ``queue`` more wait at most ``deadline_s`` seconds for their turn.

    Belongs to one event loop. ``close`` ends the threads.
    """

    def __init__(self, name: str, most: int, queue: int, deadline_s: float) -> None:
        self.name = name
        self._most = most
        self._queue = queue
        self._deadline_s = deadline_s
        self._places = asyncio.Semaphore(most)
        self._threads = ThreadPoolExecutor(most, thread_name_prefix=name)
        self._waiting = 0
        self._running = 0
        self._mean_s = 0.05
        self._refused: Counter[Refusal] = Counter()

    @property
    def figures(self) -> GateFigures:
        """The figures of this moment."""
        return GateFigures(self._running, self._waiting, dict(self._refused))

    async def start(self, work: Callable[[], T]) -> "asyncio.Future[T]":
        """Start ``work`` in a thread as soon as there is a place; its place is free again when the thread is done with it,
        whether or not anybody still waits for the result. Raises BusyError at once where the queue is full, and after the
        deadline where no turn came.
        """
        await self._enter()
        started = time.monotonic()
        loop = asyncio.get_running_loop()
        result: asyncio.Future[T] = loop.create_future()
        context = contextvars.copy_context()

        def finish(value: T | None, error: BaseException | None) -> None:
            self._leave(started)
            if result.cancelled():
                return
            if error is None:
                result.set_result(cast("T", value))
            else:
                result.set_exception(error)

        def at_work() -> None:
            value, error = None, None
            try:
                value = context.run(work)
            except BaseException as raised:
                error = raised
            # The loop may have closed while the thread was still at it. One call back, since each wakes the loop.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(finish, value, error)

        try:
            self._threads.submit(at_work)
        except BaseException:
            self._leave(started)
            raise
        return result

    async def run(self, work: Callable[[], T]) -> T:
        """Return what ``work`` returns. Raises BusyError, and whatever ``work`` raises."""
        return await (await self.start(work))

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Hold a place for as long as the block lasts, without a thread. Raises BusyError."""
        await self._enter()
        started = time.monotonic()
        try:
            yield
        finally:
            self._leave(started)

    async def _enter(self) -> None:
        if self._places.locked():
            self.refuse_if_full()
            self._waiting += 1
            try:
                async with asyncio.timeout(self._deadline_s):
                    await self._places.acquire()
            except TimeoutError:
                self._refuse("late")
            finally:
                self._waiting -= 1
        else:
            await self._places.acquire()
        self._running += 1

    def _leave(self, started: float) -> None:
        self._running -= 1
        self._mean_s += _NEWEST * (time.monotonic() - started - self._mean_s)
        self._places.release()

    def _refuse(self, why: Refusal) -> NoReturn:
        self._refused[why] += 1
        # When those before are through, by what questions took of late.
        soon = max(1, math.ceil((self._waiting + self._running) * self._mean_s / self._most))
        raise BusyError(
            "Er worden nu te veel vragen tegelijk gesteld. Probeer het zo nog eens. / Too many questions at once; try again soon.",
            soon,
        )

    @property
    def is_full(self) -> bool:
        """Whether who comes now is refused at once."""
        return self._places.locked() and self._waiting >= self._queue

    def refuse_if_full(self) -> None:
        """Refuse, and count, who could not even wait. Raises BusyError."""
        if self.is_full:
            self._refuse("full")

    def close(self) -> None:
        """Take no more work; what runs in threads runs to its end."""
        self._threads.shutdown(wait=False, cancel_futures=True)
