"""A small reverse proxy, as an intranet has one before its services: a path prefix, and a sign-in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

_PER_HOP = {"connection", "transfer-encoding", "keep-alive", "date", "server"}


@dataclass
class Proxy:
    """Passes requests under ``prefix`` on to ``upstream``, without the prefix where it ``strips`` that.

    With ``passes`` it lets in who has signed in, by a cookie that /sign-in gives, and adds these headers to their requests.
    """

    upstream: str
    prefix: str = ""
    strips: bool = True
    passes: dict[str, str] | None = None
    seen: list[str] = field(default_factory=list)

    def app(self) -> Starlette:
        @asynccontextmanager
        async def lifespan(app: Starlette) -> AsyncIterator[None]:
            async with httpx.AsyncClient(base_url=self.upstream, timeout=30, trust_env=False) as client:
                app.state.client = client
                yield

        routes = [
            Route("/sign-in", self._sign_in),
            Route("/{path:path}", self._pass, methods=["GET", "POST", "OPTIONS"]),
        ]
        return Starlette(routes=routes, lifespan=lifespan)

    async def _sign_in(self, request: Request) -> Response:
        response = RedirectResponse(f"{self.prefix}/", 303)
        response.set_cookie("session", "anna", httponly=True, samesite="lax")
        return response

    async def _pass(self, request: Request) -> Response:
        path = request.url.path
        self.seen.append(path)
        if path != self.prefix and not path.startswith(f"{self.prefix}/"):
            return PlainTextResponse("another service of the intranet", 404)
        if self.passes is not None and "session" not in request.cookies:
            return PlainTextResponse("sign in first", 401)
        asked = [(name, value) for name, value in request.headers.items() if name not in (*_PER_HOP, "cookie")]
        client: httpx.AsyncClient = request.app.state.client
        sent = client.build_request(
            request.method,
            httpx.URL(path=path[len(self.prefix) :] if self.strips else path, query=request.url.query.encode()),
            headers=[*asked, *(self.passes or {}).items()],
            content=await request.body(),
        )
        got = await client.send(sent, stream=True)
        response = StreamingResponse(got.aiter_raw(), got.status_code)
        response.raw_headers = [(n.lower(), v) for n, v in got.headers.raw if n.lower().decode() not in _PER_HOP]
        return response
