"""The routes that browsers open: the pages, and the widget with what it needs to know."""

from importlib.resources import files
from typing import Annotated, Any, Literal

from fastapi import APIRouter, FastAPI, Query, Request, Response
from fastapi.responses import HTMLResponse
from starlette.routing import Match

from app.access.rules import route_path
from app.api import ReadingDep, checked_document_id
from app.errors import RefusedError
from app.index.catalogue import Catalogue
from app.pages import document_page, embed_page, front_page, refused_page
from app.problems import problem, sent_as
from app.widget import widget_script

router = APIRouter()
MOST_EXAMPLES = 4
_ASKING = {"nl": "Wat zegt {speaker} over ‘{heading}’?", "en": "What does {speaker} say about ‘{heading}’?"}

Language = Annotated[Literal["nl", "en"], Query(alias="lang")]


@router.get("/", response_class=HTMLResponse)
def front(request: Request, reading: ReadingDep, language: Language = "nl") -> HTMLResponse:
    """Show the page that asks and answers."""
    sources = reading.index.catalogue.sources()
    is_written = reading.generative is not None
    return HTMLResponse(front_page(sources, language, root_of(request), widget_script().digest, is_written=is_written))


@router.get("/embed", response_class=HTMLResponse)
def embed(
    request: Request, language: Language = "nl", theme: Literal["auto", "light", "dark"] = "auto"
) -> HTMLResponse:
    """Show the widget alone, for a page that may hold an iframe but no script."""
    return HTMLResponse(embed_page(language, root_of(request), widget_script().digest, theme))


@router.get("/documents/{document_id}", response_class=HTMLResponse)
def viewer(
    document_id: str,
    request: Request,
    reading: ReadingDep,
    rev: Annotated[str | None, Query(max_length=64)] = None,
    start: Annotated[int | None, Query(ge=0)] = None,
    end: Annotated[int | None, Query(ge=0)] = None,
    language: Language = "nl",
) -> HTMLResponse:
    """Show a document with the quote marked."""
    catalogue = reading.index.catalogue
    found = catalogue.document(checked_document_id(document_id), rev)
    current = catalogue.current_revision(document_id)
    names = {speaker.id: speaker.name for speaker in catalogue.speakers()}
    # Whatever else the address carries stays.
    other = request.url.include_query_params(lang="nl" if language == "en" else "en").query
    return HTMLResponse(
        document_page(
            found,
            names,
            start,
            end,
            language,
            root_of(request),
            f"?{other}",
            is_current=found.rev == current,
            has_current=current is not None,
        )
    )


@router.get("/v1/widget")
def about(request: Request, reading: ReadingDep, language: Literal["nl", "en"] = "nl") -> dict[str, Any]:
    """Return what the widget shows before the first answer: the speakers' names, questions, and whether it takes verdicts."""
    catalogue = reading.index.catalogue
    return {
        "speakers": {speaker.id: speaker.name for speaker in catalogue.speakers()},
        "examples": example_questions(catalogue, language),
        "feedback": takes_feedback(request.app),
    }


def takes_feedback(app: FastAPI) -> bool:
    """Return whether verdicts on answers can be sent."""
    sent = {"type": "http", "method": "POST", "path": "/v1/feedback", "headers": []}
    return any(route.matches(sent)[0] is Match.FULL for route in app.routes)


def example_questions(catalogue: Catalogue, language: str) -> list[str]:
    """Return the corpus' own example questions in a language; where it has none, questions about its headings."""
    given = [example["question"] for example in catalogue.examples() if example["language"] == language]
    if given:
        return given[:MOST_EXAMPLES]
    asking = _ASKING[language]
    return [asking.format(speaker=name, heading=text) for text, name in catalogue.headings(MOST_EXAMPLES)]


def root_of(request: Request) -> str:
    """Return the path that the service is mounted under, with which the addresses on its pages begin."""
    return str(request.scope.get("root_path", ""))


def refused(request: Request, error: RefusedError, *, access: str, link_hours: int) -> Response:
    """Return the response of a refusal: for whoever opens one of the pages a page that says what to do, else problem details.

    ``link_hours``: how long a link in an answer opens a document.
    """
    path = route_path(request.scope)
    is_page = path == "/" or path.startswith("/documents/")
    if error.status != 401 or not is_page or "text/html" not in request.headers.get("accept", ""):
        return problem(request, error.status, str(error), headers=error.headers)
    language = "en" if request.query_params.get("lang") == "en" else "nl"
    link: Literal["ended", "without"] | None
    link = None if path == "/" else "ended" if "pass" in request.query_params else "without"
    shown = refused_page(language, root_of(request), access, link, link_hours)
    return HTMLResponse(shown, error.status, headers={**error.headers, "Vary": "Accept", "Cache-Control": "no-store"})


@router.get("/widget.js", response_class=Response, responses=sent_as("text/javascript"))
def widget(request: Request, v: Annotated[str | None, Query(max_length=64)] = None) -> Response:
    """Return the widget as one script."""
    script = widget_script()
    etag = f'"{script.digest}"'
    headers = {
        "ETag": etag,
        "Vary": "Accept-Encoding",
        "Cache-Control": "public, max-age=31536000, immutable" if v == script.digest else "no-cache",
        # Any page may load the script; whether it may ask is decided by its origin.
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if etag in (tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(script.packed, media_type="text/javascript", headers={**headers, "Content-Encoding": "gzip"})
    return Response(script.body, media_type="text/javascript", headers=headers)


@router.get("/page.css", response_class=Response, responses=sent_as("text/css"))
def page_style() -> Response:
    """Return the style sheet of the pages."""
    return _asset("page.css", "text/css")


@router.get("/page.js", response_class=Response, responses=sent_as("text/javascript"))
def page_script() -> Response:
    """Return the script of the page for a frame, which hands a token to the widget."""
    return _asset("page.js", "text/javascript")


@router.get("/icon.svg", response_class=Response, responses=sent_as("image/svg+xml"))
def icon() -> Response:
    """Return the sign of the pages."""
    return _asset("icon.svg", "image/svg+xml")


def _asset(name: str, media_type: str) -> Response:
    content = (files("app.pages") / name).read_bytes()
    return Response(content, media_type=media_type, headers={"Cache-Control": "no-cache"})
