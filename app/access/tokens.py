"""Short-lived tokens for pages: signed, bound to one origin and to the key that asked for them.

A host page's own server asks for one with its key and puts it into the page, so that nothing long-lived stands in a page.
A token ends with its time, with the key that it was asked for by, and with the secret.
"""

import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from joserfc.jws import extract_compact

from app.access.keys import KeyStore
from app.access.rules import LEAST_SECRET_BYTES, OF_USERS, Caller
from app.errors import SettingsError, UnauthorizedError

# A name of its own, so that no other token can be taken for one of these.
TYPE = "bw-page+jwt"
_ISSUER = _AUDIENCE = "briefwijzer"
_ALGORITHM = "HS256"
# How far the clocks of two replicas may stand apart.
_LEEWAY_S = 5


class PageTokens:
    """Makes and checks tokens. ``secret``: at least 32 bytes; ``clock``: seconds since 1970."""

    def __init__(self, secret: bytes, keys: KeyStore, clock: Callable[[], float] = time.time) -> None:
        self._secret = OctKey.import_key(secret)
        self._keys = keys
        self._clock = clock
        self._claims = jwt.JWTClaimsRegistry(
            now=lambda: int(clock()),
            leeway=_LEEWAY_S,
            iss={"essential": True, "value": _ISSUER},
            aud={"essential": True, "value": _AUDIENCE},
            exp={"essential": True},
            sub={"essential": True},
            origin={"essential": True},
        )

    def make(self, key_id: str, origin: str, ttl_s: int) -> str:
        """Return a token that is good from ``origin`` for ``ttl_s`` seconds, while the key of that id is good."""
        now = int(self._clock())
        claims = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "sub": key_id,
            "origin": origin,
            "iat": now,
            "exp": now + ttl_s,
            "jti": secrets.token_urlsafe(12),
        }
        return jwt.encode({"alg": _ALGORITHM, "typ": TYPE}, claims, self._secret, [_ALGORITHM])

    def caller(self, token: str) -> Caller:
        """Return who asks with a token. Raises UnauthorizedError."""
        try:
            decoded = jwt.decode(token, self._secret, [_ALGORITHM])
            self._claims.validate(decoded.claims)
        except (JoseError, ValueError, TypeError) as error:
            raise UnauthorizedError(f"This page's token does not hold ({_reason(error)}). Ask for a new one.") from None
        claims: dict[str, Any] = decoded.claims
        key = self._keys.find(str(claims["sub"]))
        if decoded.header.get("typ") != TYPE or key is None or not isinstance(claims["origin"], str):
            raise UnauthorizedError("This page's token does not hold. Ask for a new one.")
        self._keys.active(key)
        return Caller("page", key.id, key.name, OF_USERS, claims["origin"])


def _reason(error: Exception) -> str:
    # The library's own short word, such as expired_token; never a part of the token.
    return str(getattr(error, "error", "malformed"))


def page_secret(given: str | None, directory: Path) -> bytes:
    """Return the secret that signs pages' tokens: the one that was given, or one kept in ``directory`` and made at first use.

    Raises SettingsError where the file cannot be used, or where others than its owner may read it.
    """
    if given is not None:
        return given.encode()
    path = directory / "token.secret"
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            _write_once(path, secrets.token_urlsafe(48).encode())
        if path.stat().st_mode & 0o077:
            raise SettingsError(f"{path}: others than its owner may read it. Close it: chmod 600 {path}")
        secret = path.read_bytes().strip()
    except OSError as error:
        raise SettingsError(
            f"{path}: the secret of pages' tokens cannot be kept here ({error}). "
            "Name a folder by BRIEFWIJZER_ACCESS_DIR, or give the secret itself by BRIEFWIJZER_TOKEN_SECRET."
        ) from error
    if len(secret) < LEAST_SECRET_BYTES:
        raise SettingsError(f"{path}: holds fewer than {LEAST_SECRET_BYTES} bytes. Delete it, and a new one is made.")
    return secret


def _write_once(path: Path, secret: bytes) -> None:
    """Write a file whole; where several processes do so at once, one file wins, and none is seen half-written."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(scratch, path)
        except FileExistsError:
            return
    finally:
        scratch.unlink(missing_ok=True)


def is_page_token(token: str) -> bool:
    """Return whether a token says of itself that it is a page's; whether it holds is another question."""
    try:
        return extract_compact(token.encode()).headers().get("typ") == TYPE
    except (JoseError, ValueError, TypeError):
        return False
