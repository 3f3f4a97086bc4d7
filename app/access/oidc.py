"""Signed-in users: a trusted proxy's OIDC tokens, verified against the issuer's public keys (JWKS)."""

import hashlib
import json
import logging
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry, extract_compact

from app.access.rules import OF_USERS, SIGNATURES, Caller
from app.errors import SettingsError, UnauthorizedError

_LEEWAY_S = 30
_FRESH_S = 3600.0
_ASK_AGAIN_S = 30.0
_TIMEOUT_S = 5.0
_MOST_BYTES = 1024 * 1024
_log = logging.getLogger(__name__)


class JwksSource(Protocol):
    """Where the issuer's keys come from."""

    def read(self) -> bytes:
        """Return the JWKS document. Raises OSError."""
        ...


class JwksFile:
    """Keys in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> bytes:
        """Return the file's content. Raises OSError."""
        return self._path.read_bytes()


class JwksUrl:
    """Keys at an address: asked for with a time-out, read up to a bound, and no redirect is followed."""

    def __init__(self, url: str) -> None:
        self._url = url

    def read(self) -> bytes:
        """Return the document. Raises OSError."""
        import httpx

        content = b""
        try:
            with httpx.stream("GET", self._url, timeout=_TIMEOUT_S, follow_redirects=False) as response:
                response.raise_for_status()
                for piece in response.iter_bytes():
                    content += piece
                    if len(content) > _MOST_BYTES:
                        raise OSError(f"{self._url}: more than {_MOST_BYTES} bytes")
        except httpx.HTTPError as error:
            raise OSError(f"{self._url}: {error}") from error
        return content


class Jwks:
    """The issuer's keys, kept for an hour. An unknown key id asks for them anew, twice a minute at most, so that tokens with
    invented ids cannot make the service flood the issuer. While the source fails, the keys that were read last go on holding.

    ``clock``: seconds that never go back.
    """

    def __init__(self, source: JwksSource, clock: Callable[[], float] = time.monotonic) -> None:
        self._source = source
        self._clock = clock
        self._keys: dict[str | None, list[Any]] = {}
        self._read_at: float | None = None
        self._tried_at: float | None = None
        self._lock = threading.Lock()

    def has(self, kid: str | None) -> bool:
        """Return whether the key of an id is at hand and fresh, so that nothing need be fetched."""
        fresh = self._read_at is not None and self._clock() - self._read_at < _FRESH_S
        return fresh and bool(self._of(kid))

    def keys(self, kid: str | None) -> Sequence[Any]:
        """Return the keys of an id, or all where a token names none; fetches them where they are not at hand.

        Blocks while it fetches. Raises UnauthorizedError where there is no such key.
        """
        if not self.has(kid):
            self._refresh()
        found = self._of(kid)
        if not found:
            raise UnauthorizedError("This sign-in was signed with a key that is not the issuer's.")
        return found

    def _of(self, kid: str | None) -> list[Any]:
        if kid is None:
            return [key for keys in self._keys.values() for key in keys]
        return self._keys.get(kid, [])

    def _refresh(self) -> None:
        with self._lock:
            now = self._clock()
            if self._tried_at is not None and now - self._tried_at < _ASK_AGAIN_S:
                return
            self._tried_at = now
            try:
                keys = public_keys(self._source.read())
            except (OSError, ValueError) as error:
                _log.warning("the issuer's keys cannot be read: %r", str(error)[:300])
                return
            by_id: dict[str | None, list[Any]] = {}
            for key in keys:
                by_id.setdefault(key.get("kid") if isinstance(key.get("kid"), str) else None, []).append(key)
            self._keys, self._read_at = by_id, now


def public_keys(document: bytes) -> list[Any]:
    """Return the public signing keys of a JWKS document. Raises ValueError where it is none or holds none."""
    try:
        entries = json.loads(document)["keys"]
        usable = [entry for entry in entries if entry.get("kty") in ("RSA", "EC", "OKP") and entry.get("use") != "enc"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"no JWKS document ({type(error).__name__})") from error
    kinds: dict[str, type[RSAKey | ECKey | OKPKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
    found = []
    for entry in usable:
        try:
            found.append(kinds[entry["kty"]].import_key(entry))
        except (JoseError, ValueError, TypeError, KeyError):
            _log.warning("a key of the issuer cannot be used: kid %r", str(entry.get("kid"))[:80])
    if not found:
        raise ValueError("the JWKS document holds no RSA, EC or OKP key for signatures")
    return found


class Oidc:
    """Checks the tokens of signed-in users: signature, issuer, audience, time, and algorithm. ``now``: seconds since 1970."""

    def __init__(
        self,
        issuer: str,
        audience: str,
        algorithms: Sequence[str],
        jwks: Jwks,
        now: Callable[[], float] = time.time,
    ) -> None:
        if not algorithms or not set(SIGNATURES).issuperset(algorithms):
            raise SettingsError(f"OIDC algorithms {list(algorithms)!r}: choose among {', '.join(SIGNATURES)}.")
        self._algorithms = list(algorithms)
        self._issuer = issuer
        self._jwks = jwks
        # Issuers add header fields of their own; those marked critical are refused all the same.
        self._registry = JWSRegistry(algorithms=self._algorithms, strict_check_header=False)
        self._registry.max_header_length = 4096
        self._claims = jwt.JWTClaimsRegistry(
            now=lambda: int(now()),
            leeway=_LEEWAY_S,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )

    def needs_fetch(self, token: str) -> bool:
        """Return whether checking a token would ask for the issuer's keys first, which takes time."""
        try:
            return not self._jwks.has(self._kid(token))
        except UnauthorizedError:
            return False

    def caller(self, token: str) -> Caller:
        """Return who asks with a token; blocks where the keys must be fetched. Raises UnauthorizedError."""
        last: Exception | None = None
        for key in self._jwks.keys(self._kid(token)):
            try:
                decoded = jwt.decode(token, key, self._algorithms, self._registry)
                self._claims.validate(decoded.claims)
            except (JoseError, ValueError, TypeError) as error:
                last = error
                continue
            subject = str(decoded.claims["sub"])
            # Names of people do not stand in limits and logs.
            digest = hashlib.blake2b(f"{self._issuer}\0{subject}".encode(), digest_size=12).hexdigest()
            return Caller("user", digest, "user", OF_USERS)
        reason = getattr(last, "error", "malformed")
        raise UnauthorizedError(f"This sign-in does not hold ({reason}). Sign in again.") from None

    def _kid(self, token: str) -> str | None:
        """Return the key id that a token names. Raises UnauthorizedError where it is no token, or signed in another way."""
        try:
            header = extract_compact(token.encode(), registry=self._registry).headers()
        except (JoseError, ValueError, TypeError) as error:
            raise UnauthorizedError("This sign-in is no token that can be read.") from error
        if header.get("alg") not in self._algorithms:
            raise UnauthorizedError("This sign-in is signed by an algorithm that is not accepted.")
        kid = header.get("kid")
        return kid if isinstance(kid, str) else None
