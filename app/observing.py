"""Sees each request through: its id, its times, its one line in the log, its counts, its spans.

``Observed`` stands around the application, plain ASGI, so that it sees streams to their end. A route that makes an answer hands
it to ``answered``, which gives it the id that feedback is given by.
"""

import re
import secrets
from collections.abc import Awaitable, Callable

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.access.rules import declared, route_path
from app.answers import Answer
from app.observer import Exchange, Observer
from app.stages import recording

REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def exchange_of(request: Request) -> Exchange:
    """Return the exchange that a request belongs to."""
    exchange: Exchange = request.state.exchange
    return exchange


def answered(request: Request, question: str, answer: Answer) -> Answer:
    """Take note of the answer to a request; return it with the id that feedback is given by. Each route that answers calls it."""
    observer: Observer = request.app.state.observer
    # Who asks not to be followed is not kept.
    may_keep = request.headers.get("sec-gpc") != "1" and request.headers.get("dnt") != "1"
    return observer.answered(exchange_of(request), question, answer, may_keep=may_keep)


class Observed:
    """The outermost layer: gives each request an id, and sees it to its end.

    ``on_error`` makes the response to an error that nothing else took.
    """

    def __init__(
        self, app: ASGIApp, observer: Observer, on_error: Callable[[Request, Exception], Awaitable[Response]]
    ) -> None:
        self._app = app
        self._observer = observer
        self._on_error = on_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        exchange = Exchange(request_id(headers.get("x-request-id")), scope["method"])
        scope.setdefault("state", {})["exchange"] = exchange
        observer = self._observer
        if observer.tracing is not None:
            exchange.span = observer.tracing.begin(exchange.method, headers)

        async def send_noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", exchange.request_id.encode())]
            await send(message)

        failure: Exception | None = None
        observer.metrics.begun()
        try:
            with recording(exchange.stages):
                await self._app(scope, receive, send_noting)
        except ClientDisconnect:
            # Nobody is there to hear of it.
            exchange.fields["left"] = True
        except Exception as error:
            if exchange.status is not None and isinstance(error, OSError):
                # The connection failed under the response, which is no fault of ours.
                exchange.fields["left"] = True
                raise
            failure = error
            if exchange.status is not None:
                raise
            response = await self._on_error(Request(scope), error)
            await response(scope, receive, send_noting)
        finally:
            observer.ended(exchange, route_of(scope), failure)


def request_id(given: str | None) -> str:
    """Return the id that a request brings where it is well formed, else a new one."""
    return given if given is not None and REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


def route_of(scope: Scope) -> str:
    """Return a request's route as it is declared; "other" where there is none, so that no path is ever kept."""
    # What was refused on its way has no route yet.
    return str(getattr(scope.get("route"), "path", None) or declared(route_path(scope)) or "other")
