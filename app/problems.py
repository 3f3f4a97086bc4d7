"""Problem details (RFC 9457): what every refusal and failure looks like over HTTP."""

from typing import Any

from fastapi.responses import JSONResponse
from starlette.requests import Request

TITLES = {
    400: ("Verzoek niet begrepen", "Request not understood"),
    401: ("Niet aangemeld", "Not signed in"),
    403: ("Niet toegestaan", "Not allowed"),
    404: ("Niet gevonden", "Not found"),
    405: ("Methode niet toegestaan", "Method not allowed"),
    408: ("Het verzoek kwam te langzaam binnen", "The request came in too slowly"),
    413: ("Verzoek te groot", "Request too large"),
    421: ("Verkeerde host", "Wrong host"),
    422: ("Ongeldig verzoek", "Invalid request"),
    429: ("Te veel vragen achter elkaar", "Too many requests"),
    500: ("Er ging iets mis", "Something went wrong"),
    503: ("Nu niet beschikbaar", "Not available now"),
}
# What any route may answer with instead.
REFUSALS = (400, 401, 403, 404, 408, 413, 421, 422, 429, 500, 503)
# OpenAI's names for what went wrong, where its clients look for it.
_OPENAI_KINDS = {
    401: ("invalid_request_error", "invalid_api_key"),
    403: ("permission_error", None),
    429: ("requests", "rate_limit_exceeded"),
    500: ("server_error", None),
    503: ("server_error", None),
}
_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}
_OPENAI_PATHS = ("/v1/chat/", "/v1/models")


def problem(
    request: Request, status: int, detail: str, *, headers: dict[str, str] | None = None, **more: Any
) -> JSONResponse:
    """Return problem details, the title in the language of the request; ``more`` are further members."""
    body = problem_object(request, status, detail, **more)
    return JSONResponse(body, status, headers=headers, media_type="application/problem+json")


def problem_object(request: Request, status: int, detail: str, **more: Any) -> dict[str, Any]:
    """Return the members of problem details."""
    english = request.headers.get("accept-language", "nl").lower().startswith("en")
    title = TITLES.get(status, ("Fout", "Error"))[int(english)]
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    if request.url.path.startswith(_OPENAI_PATHS):
        kind, code = _OPENAI_KINDS.get(status, ("invalid_request_error", None))
        body.setdefault("error", {"message": detail, "type": kind, "param": None, "code": code})
    return body


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the entries of the OpenAPI document for the problems that a route may answer with."""
    return {
        status: {"description": TITLES[status][1], "content": {"application/problem+json": {"schema": _SCHEMA}}}
        for status in statuses
    }


def sent_as(*media_types: str) -> dict[int | str, dict[str, Any]]:
    """Return the entry of the OpenAPI document for a response that is no JSON."""
    return {200: {"description": "OK", "content": {media: {"schema": {"type": "string"}} for media in media_types}}}
