"""What may be asked without showing who asks, and which scope the rest needs. What is not named here needs ``read``."""

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from starlette.types import Scope

Permission: TypeAlias = Literal["ask", "search", "read", "feedback", "token", "metrics"]
PERMISSIONS: tuple[Permission, ...] = get_args(Permission)
# What somebody who signed in may do, and what a page may do with a token.
OF_USERS: frozenset[Permission] = frozenset({"ask", "search", "read", "feedback"})

# Signatures by a private key alone: with a shared secret, or none, whoever knows the public key could sign.
SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
LEAST_SECRET_BYTES = 32

# The widget's files and the empty page around it hold nothing that is secret; a probe has no key to show.
PUBLIC = frozenset({"/healthz", "/readyz", "/widget.js", "/embed", "/page.js", "/page.css", "/icon.svg", "/privacy"})
# Pages that a page of a listed origin may show in a frame, and files that it may load.
FRAMED = frozenset({"/embed"})
LOADED_ELSEWHERE = frozenset({"/widget.js", "/embed", "/page.css", "/icon.svg"})

_NEEDED: dict[str, Permission] = {
    "/v1/ask": "ask",
    "/v1/chat/completions": "ask",
    "/v1/models": "ask",
    "/v1/search": "search",
    "/v1/feedback": "feedback",
    "/v1/token": "token",
    "/metrics": "metrics",
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. ``id`` names the bucket of its limit, ``name`` is for logs; ``origin`` is where a page's token is good."""

    kind: Literal["open", "key", "page", "user", "link"]
    id: str
    name: str
    permissions: frozenset[Permission]
    origin: str | None = None


ANYBODY = Caller("open", "open", "open", frozenset(PERMISSIONS) - {"token"})


def route_path(scope: Scope) -> str:
    """Return the path that the routes are matched against: without the prefix that a proxy mounted the service under."""
    path, root = str(scope["path"]), str(scope.get("root_path", ""))
    return path[len(root) :] if root and (path == root or path.startswith(root + "/")) else path


def declared(path: str) -> str | None:
    """Return a path that is a route as it stands, or None for one that is none or has something of its own in it."""
    return path if path in _NEEDED or path in PUBLIC else None


def needed(path: str) -> Permission | None:
    """Return the permission that a path needs, or None for what is public."""
    if path.startswith("/v1/models/"):
        path = "/v1/models"
    return None if path in PUBLIC else _NEEDED.get(path, "read")
