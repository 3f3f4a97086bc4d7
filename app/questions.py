"""Runs the work of a question within the gates, and gives it up when nobody waits for it any more."""

import asyncio
import math
import threading
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request

from app.access.gate import Gate
from app.errors import BusyError
from app.service import Reading, Service

T = TypeVar("T")
_AGAIN_S = 5
_LOOK_AFTER_S = 0.05


@dataclass(frozen=True, slots=True)
class Permit:
    """What a piece of work may do: whether a chat model may write, and whether somebody still waits."""

    may_write: bool
    given_up: threading.Event


class Questions:
    """The work of questions: at most so many at a time, those that a chat model writes counted apart.

    ``computing`` admits what is computed here; ``writing`` the answers that a chat model writes, which take seconds and cost
    little here. Where the chat model has all it can take, the sources' own sentences answer. ``timeout_s`` bounds an answer.
    """

    def __init__(self, service: Service, computing: Gate, writing: Gate | None, timeout_s: float) -> None:
        self._service = service
        self.computing = computing
        self.writing = writing
        self._timeout_s = timeout_s

    async def answer(self, request: Request, work: Callable[[Reading, Permit], T], *, writes: bool = True) -> T:
        """Return what ``work`` returns, in a thread, from the version that answers now.

        Raises BusyError, ClientDisconnect where the client left, and whatever ``work`` raises.
        """
        client = _Client(request)
        try:
            with client.awaited():
                running = await self._start(work, client.given_up, writes=writes)
            client.until = time.monotonic() + self._timeout_s
            with client.awaited():
                return await running
        finally:
            client.let_go()

    def refuse_if_full(self, *, writes: bool) -> None:
        """Refuse who could not even wait for a turn, before anything else is done for them. Raises BusyError."""
        if not writes or self.writing is None or self.writing.is_full:
            self.computing.refuse_if_full()

    async def stream(
        self,
        request: Request,
        work: Callable[[Reading, Permit], Generator[str, None, None]],
        failed: Callable[[Exception], str],
    ) -> AsyncIterator[str]:
        """Return the pieces that ``work`` yields, once the first is there; so what fails at once is raised, as by ``answer``.

        What fails later becomes a last piece by ``failed``. The pieces wait here for a slow reader, whose thread, place and
        version are free as soon as the last piece was made.
        """
        client = _Client(request)
        pieces = _Pieces(client)

        def produce(reading: Reading, permit: Permit) -> None:
            for piece in (making := work(reading, permit)):
                pieces.put(piece)
                if permit.given_up.is_set():
                    # A generator's own clean-up, such as letting the chat model go.
                    making.close()
                    return

        try:
            with client.awaited():
                running = await self._start(produce, client.given_up, writes=True)
            client.until = time.monotonic() + self._timeout_s
            running.add_done_callback(pieces.end)
            first = await pieces.next()
        except BaseException:
            client.let_go()
            raise

        async def rest() -> AsyncIterator[str]:
            piece = first
            try:
                while piece is not None:
                    yield piece
                    piece = await pieces.next()
            except ClientDisconnect:
                raise
            except Exception as error:
                yield failed(error)
            finally:
                client.let_go()

        return rest()

    async def _start(
        self, work: Callable[[Reading, Permit], T], given_up: threading.Event, *, writes: bool
    ) -> "asyncio.Future[T]":
        def at_work(*, may_write: bool) -> T:
            with self._service.reading() as reading:
                return work(reading, Permit(may_write, given_up))

        if writes and self.writing is not None:
            try:
                return await self.writing.start(lambda: at_work(may_write=True))
            except BusyError:
                # The chat model has all it can take; the sources answer without it.
                pass
        return await self.computing.start(lambda: at_work(may_write=False))

    def close(self) -> None:
        """Take no more questions."""
        self.computing.close()
        if self.writing is not None:
            self.writing.close()


class _Pieces:
    """What one thread makes and the event loop sends; the thread never waits for whoever reads."""

    def __init__(self, client: "_Client") -> None:
        self._client = client
        self._loop = asyncio.get_running_loop()
        self._made: asyncio.Queue[str | BaseException | None] = asyncio.Queue()

    def put(self, piece: str) -> None:
        """Hand over a piece, from the thread that made it."""
        with suppress(RuntimeError):  # the loop has closed, so nobody reads
            self._loop.call_soon_threadsafe(self._made.put_nowait, piece)

    def end(self, running: "asyncio.Future[None]") -> None:
        """Note how the work ended."""
        self._made.put_nowait(None if running.cancelled() else running.exception())

    async def next(self) -> str | None:
        """Return the next piece, or None after the last. Raises what the work raised, BusyError, ClientDisconnect."""
        # What was made in time goes out, however late its reader takes it.
        if not self._made.empty():
            made = self._made.get_nowait()
        else:
            with self._client.awaited():
                made = await self._made.get()
        if isinstance(made, BaseException):
            raise made
        return made


class _Client:
    """Who waits for an answer: ends the wait when they have left, and at ``until`` (monotonic)."""

    def __init__(self, request: Request) -> None:
        self.given_up = threading.Event()
        self.until = math.inf
        self._request = request
        self._watching: asyncio.Task[None] | None = None
        self._waiting: asyncio.Task[Any] | None = None
        self._why: Exception | None = None

    @contextmanager
    def awaited(self) -> Iterator[None]:
        """Give up what is awaited inside the block once nobody waits for it. Raises ClientDisconnect, BusyError."""
        if self._why is not None:
            raise self._why
        task = asyncio.current_task()
        assert task is not None, "an answer is awaited in a task"
        loop, cancelled_before = task.get_loop(), task.cancelling()
        self._waiting = task
        timers = []
        if self._watching is None:
            # Most answers are there before it is worth while to look whether somebody still waits.
            timers.append(loop.call_later(_LOOK_AFTER_S, self._watch))
        if self.until != math.inf:
            timers.append(loop.call_later(max(0.0, self.until - time.monotonic()), self._expire))
        try:
            yield
        except asyncio.CancelledError:
            if self._why is not None and task.uncancel() <= cancelled_before:
                raise self._why from None
            raise
        finally:
            self._waiting = None
            for timer in timers:
                timer.cancel()

    def _watch(self) -> None:
        self._watching = asyncio.get_running_loop().create_task(self._gone())

    async def _gone(self) -> None:
        """Wait until the client has left, or has its whole answer."""
        while (await self._request.receive())["type"] != "http.disconnect":
            pass
        self.given_up.set()
        self._end(ClientDisconnect())

    def _end(self, why: Exception) -> None:
        if self._why is None:
            self._why = why
            if self._waiting is not None:
                self._waiting.cancel()

    def _expire(self) -> None:
        self._end(
            BusyError(
                "Het antwoord duurde te lang. Probeer het zo nog eens. / The answer took too long; try again soon.",
                _AGAIN_S,
            )
        )

    def let_go(self) -> None:
        """Stop watching, and tell the work that nobody waits for more."""
        self.given_up.set()
        if self._watching is not None:
            self._watching.cancel()
