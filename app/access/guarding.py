"""Holds every request against the rules: who asks, whether they may ask this from there, and whether not too often."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.access.addresses import ClientAddresses
from app.access.credentials import Credentials
from app.access.limits import TokenBuckets
from app.access.names import is_own
from app.access.origins import asking_origin
from app.access.rules import Caller, Permission, needed, route_path
from app.errors import ForbiddenError, LimitError, RefusedError, UnauthorizedError


@dataclass(frozen=True, slots=True)
class Limits:
    """The buckets of keys (and of who signed in), of addresses, and of addresses for what is public; None: no limit."""

    per_key: TokenBuckets | None = None
    per_address: TokenBuckets | None = None
    public: TokenBuckets | None = None


class Guard:
    """Lets a request through with ``request.state.caller``, or refuses it with 401, 403 or 429 before its body is read.

    ``credentials`` gives the credentials once the application has started, ``refuse`` makes the response of a refusal.
    """

    def __init__(
        self,
        app: ASGIApp,
        credentials: Callable[[], Credentials],
        addresses: ClientAddresses,
        limits: Limits,
        refuse: Callable[[Request, RefusedError], Response],
    ) -> None:
        self._app = app
        self._credentials = credentials
        self._addresses = addresses
        self._limits = limits
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state["address"] = self._addresses.of(scope)
        permission = needed(route_path(scope))
        try:
            if permission is not None:
                state["caller"] = await self._admitted(scope, permission, state["address"])
            else:
                _count(self._limits.public, state["address"])
        except RefusedError as error:
            await self._refuse(Request(scope), error)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _admitted(self, scope: Scope, permission: Permission, address: str) -> Caller:
        credentials = self._credentials()
        try:
            caller = credentials.reader(scope) or await credentials.caller(scope, self._addresses)
        except UnauthorizedError:
            # Keys cannot be tried out faster than questions can be asked.
            _count(self._limits.per_address, address)
            raise
        if caller.kind in ("key", "user"):
            _count(self._limits.per_key, f"{caller.kind}:{caller.id}")
        else:
            _count(self._limits.per_address, address)
        _check_origin(caller, Headers(scope=scope))
        if permission not in caller.permissions:
            raise _lacking(caller, permission)
        return caller


def _count(buckets: TokenBuckets | None, name: str) -> None:
    wait = None if buckets is None else buckets.take(name)
    if wait is not None:
        raise LimitError(
            f"Dat zijn te veel verzoeken. Probeer het over {wait} s nog eens. / Too many requests; try again in {wait} s.",
            wait,
        )


def _check_origin(caller: Caller, headers: Headers) -> None:
    if caller.origin is None:
        return
    asking = asking_origin(headers)
    own = asking == "same-origin" and is_own(caller.origin, headers.get("host", ""))
    if asking != caller.origin and not own:
        raise ForbiddenError("This token belongs to a page of another origin.")


def _lacking(caller: Caller, permission: Permission) -> ForbiddenError:
    if caller.kind == "open":
        return ForbiddenError(
            "With open access there are no tokens, and none are needed. Set BRIEFWIJZER_ACCESS=keys to give them out."
        )
    return ForbiddenError(
        f"This key or sign-in does not have the scope {permission!r}.",
        {"WWW-Authenticate": f'Bearer realm="briefwijzer", error="insufficient_scope", scope="{permission}"'},
    )
