"""Runs the work of a question within the gates, and gives it up when nobody waits for it any more."""

import asyncio
import math
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from starlette.requests import ClientDisconnect, Request

from app.access.gate import Gate
from app.errors import BusyError
from app.service import Reading, Service

T = TypeVar("T")
_AGAIN_S = 5


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
        given_up = threading.Event()
        gone = asyncio.create_task(_gone(request, given_up))
        try:
            running = await _unless(gone, self._start(work, given_up, writes=writes))
            return await _unless(gone, running, time.monotonic() + self._timeout_s)
        finally:
            given_up.set()
            gone.cancel()

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
        given_up = threading.Event()
        gone = asyncio.create_task(_gone(request, given_up))
        pieces = _Pieces(gone)

        def produce(reading: Reading, permit: Permit) -> None:
            for piece in (making := work(reading, permit)):
                pieces.put(piece)
                if permit.given_up.is_set():
                    # A generator's own clean-up, such as letting the chat model go.
                    making.close()
                    return

        try:
            running = await _unless(gone, self._start(produce, given_up, writes=True))
            pieces.until = time.monotonic() + self._timeout_s
            running.add_done_callback(pieces.end)
            first = await pieces.next()
        except BaseException:
            given_up.set()
            gone.cancel()
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
                given_up.set()
                gone.cancel()

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

    def __init__(self, gone: "asyncio.Task[None]") -> None:
        self._gone = gone
        self._loop = asyncio.get_running_loop()
        self._made: asyncio.Queue[str | BaseException | None] = asyncio.Queue()
        self.until = math.inf

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
        made = self._made.get_nowait() if not self._made.empty() else await self._awaited()
        if isinstance(made, BaseException):
            raise made
        return made

    async def _awaited(self) -> str | BaseException | None:
        return await _unless(self._gone, self._made.get(), self.until)


async def _gone(request: Request, given_up: threading.Event) -> None:
    """Wait until the client has left, or has its whole answer."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    given_up.set()


async def _unless(gone: "asyncio.Task[None]", awaited: Awaitable[T], until: float = math.inf) -> T:
    """Return what is awaited. Raises ClientDisconnect once the client has left, and BusyError at ``until`` (monotonic)."""
    task = asyncio.ensure_future(awaited)
    try:
        left = None if until == math.inf else max(0.0, until - time.monotonic())
        await asyncio.wait({task, gone}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        if gone.done():
            raise ClientDisconnect
        raise BusyError(
            "Het antwoord duurde te lang. Probeer het zo nog eens. / The answer took too long; try again soon.",
            _AGAIN_S,
        )
    finally:
        if not task.done():
            task.cancel()
