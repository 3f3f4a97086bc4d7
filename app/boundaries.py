"""What every request and response passes: size, time, security headers. Plain ASGI, so that streams stay streams."""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Iterable
from functools import partial
from itertools import product
from typing import Any, Generic, TypeVar

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.access.rules import FRAMED, LOADED_ELSEWHERE, needed, route_path
from app.errors import BusyError
from app.problems import problem

T = TypeVar("T")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors {ancestors}; require-trusted-types-for 'script'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class SecurityHeaders:
    """Adds the security headers to every response. ``origins``: whose pages may show the embedded page in a frame."""

    def __init__(self, app: ASGIApp, origins: Iterable[str] = ()) -> None:
        self._app = app
        ancestors = " ".join(("'self'", *origins))
        kinds = product((False, True), repeat=2)
        self._headers = {
            (framed, loaded): _headers(ancestors, framed=framed, loaded=loaded) for framed, loaded in kinds
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        path = route_path(scope)
        given = self._headers[path in FRAMED, path in LOADED_ELSEWHERE]

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                # As they go over the wire: this is done for every response.
                sent = list(message.get("headers", ()))
                names = {name for name, _ in sent}
                message["headers"] = sent + [header for header in given if header[0] not in names]
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _headers(ancestors: str, *, framed: bool, loaded: bool) -> list[tuple[bytes, bytes]]:
    # X-Frame-Options knows no list of origins, so where a frame is meant the policy says it alone.
    framing = {} if framed else {"X-Frame-Options": "SAMEORIGIN"}
    headers = {
        **_HEADERS,
        **framing,
        "Content-Security-Policy": _POLICY.format(ancestors=ancestors if framed else "'self'"),
        "Cross-Origin-Resource-Policy": "cross-origin" if loaded else "same-origin",
    }
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


async def in_time(work: Awaitable[T], within_s: float) -> T:
    """Return what ``work`` returns. Raises TimeoutError where that takes longer than ``within_s`` seconds.

    As ``asyncio.timeout``, but a timer is set only where there is something to wait for: mostly the whole body is there, and
    what is sent is taken at once.
    """
    steps = work.__await__()
    try:
        waited_for = next(steps)
    except StopIteration as done:
        result: T = done.value
        return result
    async with asyncio.timeout(within_s):
        return await _Begun(steps, waited_for)


class _Begun(Generic[T]):
    """Work that was begun, and waits for its first future."""

    def __init__(self, steps: Generator[Any, Any, T], waited_for: Any) -> None:
        self._steps = steps
        self._waited_for = waited_for

    def __await__(self) -> Generator[Any, Any, T]:
        waited_for = self._waited_for
        while True:
            try:
                sent = yield waited_for
            except BaseException as error:
                go_on = partial(self._steps.throw, error)
            else:
                go_on = partial(self._steps.send, sent)
            try:
                waited_for = go_on()
            except StopIteration as done:
                result: T = done.value
                return result


class HeadAsGet:
    """Answers HEAD as GET without the body, as HTTP has it: what asks so are link checkers, monitors and office programs."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        # The server goes by its own scope, and sends no body of it.
        asked = {**scope, "method": "GET"}
        try:
            await self._app(asked, receive, send_head)
        finally:
            if "route" in asked:
                scope["route"] = asked["route"]


class _StalledError(OSError):
    """A client that takes no more of its answer."""


class SendLimit:
    """Lets go of a client that does not take the next piece of its answer within ``within_s`` seconds."""

    def __init__(self, app: ASGIApp, within_s: float) -> None:
        self._app = app
        self._within_s = within_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_in_time(message: Message) -> None:
            try:
                await in_time(send(message), self._within_s)
            except TimeoutError:
                raise _StalledError("the client does not take its answer") from None

        try:
            await self._app(scope, receive, send_in_time)
        except (_StalledError, ClientDisconnect):
            # Nobody is left to tell; the server closes the connection.
            return


class QueueLimit:
    """Refuses a question that could not even wait for a turn before its body is read, so that refusing costs little.

    ``refuse`` raises BusyError where the queue is full; it is told whether a chat model may write the answer.
    """

    def __init__(self, app: ASGIApp, refuse: Callable[[bool], None]) -> None:
        self._app = app
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and scope["method"] == "POST":
            asked_for = needed(route_path(scope))
            if asked_for in ("ask", "search"):
                try:
                    self._refuse(asked_for == "ask")
                except BusyError as error:
                    refusal = problem(Request(scope), error.status, str(error), headers=error.headers)
                    await refusal(scope, receive, send)
                    return
        await self._app(scope, receive, send)


class BodyLimit:
    """Refuses bodies over a size, by their announced length and by what really comes; and bodies that come too slowly.

    ``most``: bytes; ``within_s``: seconds for the whole body.
    """

    def __init__(self, app: ASGIApp, most: int, within_s: float) -> None:
        self._app = app
        self._most = most
        self._within_s = within_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self._app(scope, receive, send)
            return
        if not _is_at_most(Headers(scope=scope).get("content-length", "0"), self._most):
            await self._too_large(scope)(scope, receive, send)
            return
        # Bodies are small by contract, so one is read whole before the application sees any of it.
        try:
            body = await in_time(self._read(receive), self._within_s)
        except TimeoutError:
            late = problem(Request(scope), 408, f"A request must be here within {self._within_s:g} s.")
            late.headers["Connection"] = "close"
            await late(scope, receive, send)
            return
        if body is None:
            return
        if len(body) > self._most:
            await self._too_large(scope)(scope, receive, send)
            return
        sent = False

        async def replay() -> Any:
            nonlocal sent
            if not sent:
                sent = True
                return {"type": "http.request", "body": body, "more_body": False}
            return await receive()

        await self._app(scope, replay, send)

    async def _read(self, receive: Receive) -> bytes | None:
        """Return the body, or as much of it as shows that it is too large; None where the client went away."""
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            if len(body) > self._most or not message.get("more_body"):
                return bytes(body)

    def _too_large(self, scope: Scope) -> JSONResponse:
        return problem(Request(scope), 413, f"A request may hold at most {self._most} bytes.")


def _is_at_most(announced: str, most: int) -> bool:
    # More digits than this are too many bytes, and more than int() takes.
    return announced.isascii() and announced.isdigit() and len(announced) <= 20 and int(announced) <= most
