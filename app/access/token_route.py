"""POST /v1/token: the server of a page asks for a token that the page may use."""

from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app.access.credentials import Credentials
from app.access.names import checked_origin, is_own
from app.access.rules import Caller
from app.errors import ForbiddenError, QuestionError

router = APIRouter()


class TokenBody(BaseModel):
    """Body of POST /v1/token. ``ttl_s``: seconds, at most what the settings allow, which is also the default."""

    model_config = ConfigDict(extra="forbid")

    origin: str = Field(max_length=300)
    ttl_s: int | None = Field(default=None, ge=30, le=3600, strict=True)


@router.post("/v1/token")
async def token(body: TokenBody, request: Request, response: Response) -> dict[str, Any]:
    """Give a page's server a short-lived token, good from that page's origin alone."""
    credentials: Credentials = request.app.state.credentials
    caller: Caller = request.state.caller
    settings = request.app.state.settings
    if credentials.tokens is None:
        raise ForbiddenError("With open access there are no tokens.")
    try:
        origin = checked_origin(body.origin)
    except ValueError as error:
        raise QuestionError(f"origin: {error}.") from None
    if origin not in settings.origins and not _is_served_here(origin, request):
        raise ForbiddenError(f"Origin {origin!r} is not in BRIEFWIJZER_ORIGINS, so no page there may ask.")
    lasts_s = min(body.ttl_s or settings.token_ttl_s, settings.token_ttl_s)
    # No cache on the way may hand one page's token to another.
    response.headers["Cache-Control"] = "no-store"
    return {"token": credentials.tokens.make(caller.id, origin, lasts_s), "expires_in": lasts_s}


def _is_served_here(origin: str, request: Request) -> bool:
    """Return whether an origin is the service's own: under a host that it has, at the port that it has or that of a proxy's TLS.

    What the request says of its port is no proof: another server of the same machine has another one.
    """
    server = request.scope.get("server")
    ports = {None, server[1] if server else None}
    return is_own(origin, request.headers.get("host", "")) and urlsplit(origin).port in ports
