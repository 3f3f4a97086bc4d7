"""What a request shows of who asks: a key, a page's token, or the token of somebody who signed in."""

import asyncio
import re
from dataclasses import dataclass

from starlette.datastructures import Headers, QueryParams
from starlette.types import Scope

from app.access.addresses import ClientAddresses
from app.access.keys import PREFIX, KeyStore
from app.access.links import ViewerLinks
from app.access.oidc import Oidc
from app.access.rules import ANYBODY, Caller, route_path
from app.access.tokens import PageTokens, is_page_token
from app.errors import ForbiddenError, UnauthorizedError

_DOCUMENT = re.compile(r"/documents/([^/]+)")
_CHALLENGE = 'Bearer realm="briefwijzer"'
_LONGEST = 16_384


def _is_of_a_page(headers: Headers) -> bool:
    """Return whether a browser says that a page's script asks.

    A page's own GET requests name no origin, but the site. Of the other Sec-Fetch headers Node's fetch sends one too, which is no page.
    """
    return headers.get("origin") is not None or headers.get("sec-fetch-site", "none") != "none"


@dataclass(slots=True)
class Credentials:
    """The kinds of credentials that are taken. Without ``keys`` access is open, and nobody need show anything.

    ``oidc_header``: where a trusted proxy puts the token of who signed in, beside ``Authorization: Bearer``.
    """

    keys: KeyStore | None = None
    tokens: PageTokens | None = None
    links: ViewerLinks | None = None
    oidc: Oidc | None = None
    oidc_header: str | None = None

    def viewer_url(self, caller: Caller, viewer_url: str, document_id: str, rev: str) -> str:
        """Return a viewer address as this caller's readers can open it."""
        if self.links is None or caller.kind not in ("key", "page"):
            return viewer_url
        return self.links.signed(viewer_url, document_id, rev, caller.id)

    def reader(self, scope: Scope) -> Caller | None:
        """Return who follows a link with a pass to the document that it is for, or None where there is no such pass."""
        found = _DOCUMENT.fullmatch(route_path(scope))
        if self.links is None or self.keys is None or not found or scope["method"] != "GET":
            return None
        query = QueryParams(scope.get("query_string", b""))
        key_id = self.links.key_id(query.get("pass", ""), found[1], query.get("rev", ""))
        key = None if key_id is None else self.keys.find(key_id)
        if key is None or not self.keys.is_active(key):
            return None
        return Caller("link", "link", "link", frozenset({"read"}))

    async def caller(self, scope: Scope, addresses: ClientAddresses) -> Caller:
        """Return who asks. Raises UnauthorizedError, with the challenge that browsers and programs expect, or ForbiddenError."""
        if self.keys is None:
            return ANYBODY
        headers = Headers(scope=scope)
        shown = self._shown(headers, proxied=addresses.peer_is_trusted(scope))
        if shown is None:
            raise UnauthorizedError(
                "Meld u aan, of stuur een sleutel mee. / Sign in, or send a key: Authorization: Bearer …",
                {"WWW-Authenticate": _CHALLENGE},
            )
        try:
            return await self._holder(shown, headers, self.keys)
        except UnauthorizedError as error:
            error.headers["WWW-Authenticate"] = f'{_CHALLENGE}, error="invalid_token"'
            raise

    def _shown(self, headers: Headers, *, proxied: bool) -> str | None:
        if self.oidc_header and proxied and (passed := headers.get(self.oidc_header)):
            return passed.removeprefix("Bearer ").strip()[:_LONGEST]
        scheme, _, value = headers.get("authorization", "").partition(" ")
        return value.strip()[:_LONGEST] if scheme.lower() == "bearer" and value.strip() else None

    async def _holder(self, shown: str, headers: Headers, keys: KeyStore) -> Caller:
        if shown.startswith(PREFIX):
            key = keys.checked(shown)
            if _is_of_a_page(headers):
                raise ForbiddenError(
                    "A key does not belong in a page, where everybody can read it. Let the page's own server ask for a token: "
                    "POST /v1/token"
                )
            if keys.is_use_due(key):
                await asyncio.to_thread(keys.note_use, key)
            return Caller("key", key.id, key.name, key.scopes)
        if self.tokens is not None and is_page_token(shown):
            return self.tokens.caller(shown)
        if self.oidc is None:
            raise UnauthorizedError("This is neither a key nor a page's token.")
        if self.oidc.needs_fetch(shown):
            return await asyncio.to_thread(self.oidc.caller, shown)
        return self.oidc.caller(shown)

    def close(self) -> None:
        """Let go of the keys."""
        if self.keys is not None:
            self.keys.close()
