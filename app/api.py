"""The HTTP contract: routes, request models, problem details."""

import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from app.answers import Answer
from app.errors import BriefwijzerError, DamagedIndexError, NoIndexError, NotFoundError, QuestionError
from app.retrieval import Retriever
from app.service import Reading, Service

router = APIRouter()
DOCUMENT_ID = re.compile(r"^[a-z0-9._-]{1,200}$")


class Turn(BaseModel):
    """An earlier question of the same conversation, with its answer."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(max_length=20_000)
    answer: str = Field(default="", max_length=40_000)


class AskBody(BaseModel):
    """Body of POST /v1/ask."""

    model_config = ConfigDict(extra="forbid")

    question: str
    history: list[Turn] = Field(default=[], max_length=100)
    language: str | None = Field(default=None, pattern="^(nl|en)$")
    speakers: list[str] = Field(default=[], max_length=50)
    sources: list[str] = Field(default=[], max_length=200)


class SearchBody(BaseModel):
    """Body of POST /v1/search."""

    model_config = ConfigDict(extra="forbid")

    query: str
    limit: int = Field(default=10, ge=1, le=100)


def current_reading(request: Request) -> Any:
    """Give a request the version that answers now, and hold it until the request has ended."""
    service: Service = request.app.state.service
    with service.reading() as reading:
        yield reading


ReadingDep = Annotated[Reading, Depends(current_reading)]


def answer_object(answer: Answer) -> dict[str, Any]:
    """Return an answer as the contract has it."""
    return asdict(answer)


@router.post("/v1/ask")
def ask(body: AskBody, request: Request) -> Response:
    """Answer a question, with citations; as an event stream where the client asks for one."""
    service: Service = request.app.state.service
    if "text/event-stream" not in request.headers.get("accept", ""):
        with service.reading() as reading:
            _check_names(body, reading)
            return JSONResponse(answer_object(_answer(reading, body)))
    # A stream holds its version until it has ended, which is after this function has returned.
    holding = ExitStack()
    try:
        reading = holding.enter_context(service.reading())
        _check_names(body, reading)
        stream = answer_events(reading, body)
        first = next(stream)
    except BaseException:
        holding.close()
        raise

    def rest() -> Iterator[str]:
        with holding:
            yield first
            yield from stream

    return StreamingResponse(rest(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})


def asked(body: AskBody) -> dict[str, Any]:
    """Return what the answerers take beside the question."""
    return {
        "history": [turn.question for turn in body.history],
        "language": body.language,
        "speakers": body.speakers,
        "sources": body.sources,
    }


def _answer(reading: Reading, body: AskBody) -> Answer:
    answerer = reading.generative or reading.answerer
    return answerer.ask(body.question, **asked(body))


def answer_events(reading: Reading, body: AskBody) -> Iterator[str]:
    """Yield the events of an answer: each statement with its citations as soon as it holds, then the whole object."""
    if reading.generative is None:
        yield from events(reading.answerer.ask(body.question, **asked(body)))
        return
    sent = 0
    for made in reading.generative.stream(body.question, **asked(body)):
        if isinstance(made, Answer):
            yield from events(made) if not sent else iter((event("done", answer_object(made)),))
        else:
            sent += 1
            cited = [asdict(citation) for citation in made.citations]
            yield event("statement", {"statement": asdict(made.statement), "citations": cited})


def events(answer: Answer) -> Iterator[str]:
    """Yield the events of an answer that is there as a whole."""
    whole = answer_object(answer)
    numbered = {citation["number"]: citation for citation in whole["citations"]}
    if answer.notice:
        yield event("notice", {"text": answer.notice, "status": answer.status})
    for statement in whole["statements"]:
        cited = [numbered[number] for number in statement["citations"]]
        yield event("statement", {"statement": statement, "citations": cited})
    yield event("done", whole)


def event(name: str, data: dict[str, Any]) -> str:
    """Return one server-sent event; JSON escapes every line break, so that data is one line."""
    import json

    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n"


def _check_names(body: AskBody, reading: Reading) -> None:
    known_speakers = {speaker.id for speaker in reading.retriever.reader.speakers}
    for name in body.speakers:
        if name not in known_speakers:
            raise QuestionError(f"Unknown speaker {name!r}. Known: {', '.join(sorted(known_speakers))}.")
    known_sources = {source.id for source in reading.index.catalogue.sources()}
    for name in body.sources:
        if name not in known_sources:
            raise QuestionError(f"Unknown source {name!r}. Known: {', '.join(sorted(known_sources))}.")


@router.post("/v1/search")
def search(body: SearchBody, reading: ReadingDep, request: Request) -> dict[str, Any]:
    """Return the best passages for a query."""
    import time

    started = time.perf_counter()
    from app.answering.extractive import check_question

    check_question(body.query, request.app.state.settings.max_question_chars)
    results = search_results(reading.retriever, body.query, body.limit)
    took = round((time.perf_counter() - started) * 1000, 2)
    return {"results": results, "index_version": reading.index.name, "took_ms": took}


def search_results(retriever: Retriever, query: str, limit: int) -> list[dict[str, Any]]:
    """Return the found passages as the contract has them."""
    hits = retriever.search(retriever.reader.read(query), limit)
    heads, revisions = retriever.heads([hit.document_row for hit in hits])
    return [
        {
            "passage_id": hit.passage.id,
            "document_id": hit.passage.document_id,
            "rev": revisions[hit.document_row],
            "source_id": heads[hit.document_row].source_id,
            "record_id": heads[hit.document_row].record_id,
            "title": heads[hit.document_row].title,
            "section": hit.passage.section,
            "speaker": hit.passage.speaker,
            "text": hit.passage.text,
            "start": hit.passage.start,
            "end": hit.passage.end,
            "score": round(hit.score, 4),
        }
        for hit in hits
    ]


@router.get("/v1/sources")
def sources(reading: ReadingDep) -> dict[str, Any]:
    """Return the sources with their state."""
    return {"sources": [asdict(source) for source in reading.index.catalogue.sources()]}


@router.get("/v1/glossary")
def glossary(reading: ReadingDep) -> dict[str, Any]:
    """Return the glossary that staff keep."""
    return {"glossary": list(reading.index.catalogue.glossary())}


@router.get("/v1/documents/{document_id}")
def document(
    document_id: str, reading: ReadingDep, rev: Annotated[str | None, Query(max_length=64)] = None
) -> dict[str, Any]:
    """Return a document's text, blocks and links."""
    found = reading.index.catalogue.document(checked_document_id(document_id), rev)
    return {
        "id": found.id,
        "rev": found.rev,
        "source_id": found.source_id,
        "record_id": found.record_id,
        "title": found.title,
        "publisher": found.publisher,
        "language": found.language,
        "date": found.date,
        "url": found.url,
        "fetched_at": found.fetched_at,
        "text": found.text,
        "blocks": [asdict(block) for block in found.blocks],
        "links": [asdict(link) for link in found.links],
    }


def checked_document_id(document_id: str) -> str:
    """Return an id that may be looked up. Raises NotFoundError."""
    if not DOCUMENT_ID.match(document_id):
        raise NotFoundError("There is no such document.")
    return document_id


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """Say that the process lives."""
    return {"status": "ok"}


@router.get("/readyz")
def readyz(reading: ReadingDep) -> dict[str, str]:
    """Say that a version answers; 503 until one does."""
    reading.index.probe()
    return {"status": "ready", "index_version": reading.index.name}


_TITLES = {
    400: ("Verzoek niet begrepen", "Request not understood"),
    403: ("Niet toegestaan", "Not allowed"),
    404: ("Niet gevonden", "Not found"),
    405: ("Methode niet toegestaan", "Method not allowed"),
    413: ("Verzoek te groot", "Request too large"),
    422: ("Ongeldig verzoek", "Invalid request"),
    500: ("Er ging iets mis", "Something went wrong"),
    503: ("Nog niet beschikbaar", "Not available yet"),
}


def problem(request: Request, status: int, detail: str, **more: Any) -> JSONResponse:
    """Return problem details (RFC 9457), the title in the language of the request."""
    english = request.headers.get("accept-language", "nl").lower().startswith("en")
    title = _TITLES.get(status, ("Fout", "Error"))[int(english)]
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    if request.url.path == "/v1/chat/completions":
        # Where its clients look for what went wrong.
        body["error"] = {"message": detail, "type": "invalid_request_error", "param": None, "code": None}
    return JSONResponse(body, status, media_type="application/problem+json")


async def on_known_error(request: Request, error: Exception) -> Response:
    """Turn our own errors into problem details."""
    status = 500
    if isinstance(error, QuestionError):
        status = 422
    elif isinstance(error, NotFoundError):
        status = 404
    elif isinstance(error, NoIndexError | DamagedIndexError):
        status = 503
    return problem(request, status, str(error))


async def on_invalid(request: Request, error: Exception) -> Response:
    """Turn a request that does not fit the contract into problem details that name the field."""
    assert isinstance(error, RequestValidationError)
    errors = [
        {"field": ".".join(str(part) for part in e["loc"] if part != "body"), "message": e["msg"]}
        for e in error.errors()[:10]
    ]
    first = errors[0]
    if error.errors()[0]["type"] == "json_invalid":
        return problem(request, 422, f"The body is no valid JSON (at character {first['field']}).")
    if not first["field"] and "json" not in request.headers.get("content-type", ""):
        return problem(request, 422, "Send the body as JSON, with the header Content-Type: application/json.")
    return problem(request, 422, f"{first['field'] or 'body'}: {first['message']}", errors=errors)


async def on_http_error(request: Request, error: Exception) -> Response:
    """Turn the framework's own errors into problem details."""
    assert isinstance(error, HTTPException)
    response = problem(request, error.status_code, str(error.detail))
    if error.headers:
        response.headers.update(error.headers)
    return response


async def on_unknown_error(request: Request, error: Exception) -> Response:
    """Answer a fault of ours without telling its insides."""
    return problem(request, 500, "Internal error. / Interne fout.")


Handler = Callable[[Request, Exception], Awaitable[Response]]
ERROR_HANDLERS: dict[int | type[Exception], Handler] = {
    BriefwijzerError: on_known_error,
    RequestValidationError: on_invalid,
    HTTPException: on_http_error,
    Exception: on_unknown_error,
}
