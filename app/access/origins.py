"""From where: the hosts that are served, the pages that may ask, and what browsers are told about it.

A page of a listed origin may ask and read the answer (CORS, without credentials), and may show the embedded page in a frame.
Every other page is refused here on the server too, not by the browser alone.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.access.names import is_own
from app.access.rules import LOADED_ELSEWHERE, route_path
from app.problems import problem

_METHODS = "GET, POST"
_REQUEST_HEADERS = "Accept, Accept-Language, Authorization, Content-Type, X-Request-ID"
_EXPOSED = "Retry-After, WWW-Authenticate, X-Request-ID"
_PREFLIGHT_AGE_S = "600"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def asking_origin(headers: Headers) -> str | None:
    """Return the origin of the page that asks, or None where none is said.

    A page's own GET requests name no origin; that they are of the same origin the browser says in another header.
    """
    origin = headers.get("origin")
    if origin is None and headers.get("sec-fetch-site") == "same-origin":
        return "same-origin"
    return origin


class KnownOrigins:
    """Refuses hosts that are not ours and pages that may not ask; answers preflights; says whom an answer is for.

    The host check stops a foreign page from reaching the service through a name that it points at 127.0.0.1 (DNS rebinding).
    ``hosts`` are the names, without a port, under which the service may be asked; ``origins`` the exact origins of pages.
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str], origins: Iterable[str] = ()) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        headers = request.headers
        origin, host = headers.get("origin"), headers.get("host", "")
        listed = origin is not None and origin in self._origins
        refused = self._refused(request, origin, host, listed=listed)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent = MutableHeaders(scope=message)
                sent.add_vary_header("Origin")
                if listed and refused is None:
                    sent["Access-Control-Allow-Origin"] = str(origin)
                    sent["Access-Control-Expose-Headers"] = _EXPOSED
            await send(message)

        if refused is not None:
            await refused(scope, receive, send_with_headers)
        elif request.method == "OPTIONS" and origin is not None and "access-control-request-method" in headers:
            await _preflight(listed=listed)(scope, receive, send_with_headers)
        else:
            await self._app(scope, receive, send_with_headers)

    def _refused(self, request: Request, origin: str | None, host: str, *, listed: bool) -> Response | None:
        if _hostname(host) not in self._hosts:
            detail = f"Host {host[:200]!r} is not served here. Add it to BRIEFWIJZER_HOSTS if it should be."
            return problem(request, 421, detail)
        if origin is not None:
            if listed or is_own(origin, host) or _is_loading(request):
                return None
            return problem(
                request, 403, f"Origin {origin[:200]!r} may not use this service. BRIEFWIJZER_ORIGINS lists who may."
            )
        if _is_foreign(request):
            return problem(request, 403, "A page of another site may not load this.")
        return None


def _is_loading(request: Request) -> bool:
    """Return whether a page merely loads a file that any page may load.

    A sandboxed page names its origin ("null") with that too.
    """
    return request.method in ("GET", "HEAD") and route_path(request.scope) in LOADED_ELSEWHERE


def _is_foreign(request: Request) -> bool:
    """Return whether a browser says that another site's page asks, in a way that names no origin.

    Links to our pages and what is meant to be loaded elsewhere pass. Whether a page may be shown in a frame is said by its
    policy.
    """
    headers = request.headers
    if headers.get("sec-fetch-site", "none") not in ("cross-site", "same-site"):
        return False
    if request.method not in _SAFE:
        return True
    if headers.get("sec-fetch-mode") == "navigate":
        return headers.get("sec-fetch-dest") in ("object", "embed")
    return not _is_loading(request)


def _preflight(*, listed: bool) -> Response:
    headers = {}
    if listed:
        headers = {
            "Access-Control-Allow-Methods": _METHODS,
            "Access-Control-Allow-Headers": _REQUEST_HEADERS,
            "Access-Control-Max-Age": _PREFLIGHT_AGE_S,
        }
    return Response(status_code=204, headers=headers)


def _hostname(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""
