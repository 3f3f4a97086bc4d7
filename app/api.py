"""The HTTP contract: routes, request models, problem details."""

import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json
from starlette.exceptions import HTTPException

from app.access.credentials import Credentials
from app.access.rules import Caller
from app.answers import Answer, Citation
from app.errors import (
    BriefwijzerError,
    DamagedIndexError,
    NoIndexError,
    NotFoundError,
    QuestionError,
    RefusedError,
)
from app.observing import answered
from app.problems import problem, problem_object
from app.questions import Permit, Questions
from app.retrieval import Retriever
from app.service import Reading, Service

router = APIRouter()
_INSIDE = "Internal error. / Interne fout."
DOCUMENT_ID = re.compile(r"[a-z0-9._-]{1,200}")


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
    limit: int = Field(default=10, ge=1, le=100, strict=True)


async def current_reading(request: Request) -> AsyncIterator[Reading]:
    """Give a request the version that answers now, and hold it until the response is made; sending it may take long."""
    service: Service = request.app.state.service
    async with request.app.state.looking_up.place():
        with service.reading() as reading:
            yield reading


Show = Callable[[Citation], Citation]
ReadingDep = Annotated[Reading, Depends(current_reading, scope="function")]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """How an answer goes out to the one who asked: ``show`` gives citations their addresses, ``note`` the answer its id."""

    show: Show
    note: Callable[[Answer], Answer]

    def whole(self, answer: Answer) -> Answer:
        """Return the whole answer as it goes out."""
        return self.note(replace(answer, citations=tuple(self.show(citation) for citation in answer.citations)))


def outgoing(request: Request, question: str) -> Outgoing:
    """Return how the answer to a request's question goes out; it is seen on its way."""
    return Outgoing(as_shown_to(request), partial(answered, request, question))


def as_shown_to(request: Request) -> Show:
    """Return what gives a citation the viewer address that the reader of this request's answer can open."""
    credentials: Credentials = request.app.state.credentials
    caller: Caller = request.state.caller

    def shown(citation: Citation) -> Citation:
        address = credentials.viewer_url(caller, citation.viewer_url, citation.document_id, citation.rev)
        return replace(citation, viewer_url=f"{request.scope.get('root_path', '')}{address}")

    return shown


def answer_object(answer: Answer) -> dict[str, Any]:
    """Return an answer as the contract has it."""
    return asdict(answer)


@router.post(
    "/v1/ask", responses={200: {"model": Answer, "content": {"text/event-stream": {"schema": {"type": "string"}}}}}
)
async def ask(body: AskBody, request: Request) -> Response:
    """Answer a question, with citations; as an event stream where the client asks for one."""
    questions: Questions = request.app.state.questions
    out, options = outgoing(request, body.question), asked(body, request)
    if "text/event-stream" not in request.headers.get("accept", ""):
        return await questions.answer(request, lambda reading, permit: _answer(reading, permit, body, out, options))
    stream = await questions.stream(
        request,
        lambda reading, permit: answer_events(reading, permit, body, out, options),
        lambda error: event("error", _problem_of(request, error)),
    )
    return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


def bounded_history(questions: Sequence[str], most: int, most_chars: int) -> list[str]:
    """Return the last ``most`` earlier questions, each as far as a question may be long: none longer was ever answered."""
    return [question[:most_chars] for question in questions[max(0, len(questions) - most) :]]


def asked(body: AskBody, request: Request) -> dict[str, Any]:
    """Return what the answerers take beside the question."""
    settings = request.app.state.settings
    earlier = [turn.question for turn in body.history]
    return {
        "history": bounded_history(earlier, settings.max_history, settings.max_question_chars),
        "language": body.language,
        "speakers": body.speakers,
        "sources": body.sources,
    }


def _answer(reading: Reading, permit: Permit, body: AskBody, out: Outgoing, options: dict[str, Any]) -> Response:
    _check_names(body, reading)
    return _json(whole_answer(reading, permit, out, body.question, **options))


def _json(content: Any) -> Response:
    """Return a response with dataclasses, mappings and sequences as JSON, made in a fifth of json's time."""
    return Response(to_json(content), media_type="application/json")


def whole_answer(reading: Reading, permit: Permit, out: Outgoing, question: str, **options: Any) -> Answer:
    """Return the answer: by the chat model where there is one and it has a turn. Raises QuestionError."""
    return out.whole(_made(reading, permit, question, **options))


def _made(reading: Reading, permit: Permit, question: str, **options: Any) -> Answer:
    if reading.generative is None:
        return reading.answerer.ask(question, **options)
    if permit.may_write:
        return reading.generative.ask(question, given_up=permit.given_up, **options)
    # The chat model has all it can take.
    answer = reading.answerer.ask(question, **options)
    return replace(answer, degraded=answer.status != "not_found")


def answer_events(
    reading: Reading, permit: Permit, body: AskBody, out: Outgoing, options: dict[str, Any]
) -> Generator[str, None, None]:
    """Yield the events of an answer: what it lacks, each statement with its citations as soon as it holds, then the whole object."""
    _check_names(body, reading)
    if reading.generative is None or not permit.may_write:
        yield from events(whole_answer(reading, permit, out, body.question, **options))
        return
    sent = 0
    for made in reading.generative.stream(body.question, given_up=permit.given_up, **options):
        if isinstance(made, Answer):
            whole = out.whole(made)
            yield from events(whole) if not sent else iter((event("done", answer_object(whole)),))
        else:
            sent += 1
            if made.notice:
                yield event("notice", {"text": made.notice, "status": made.status})
            cited = [asdict(citation) for citation in map(out.show, made.citations)]
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
    return f"event: {name}\ndata: {to_json(data).decode()}\n\n"


def _check_names(body: AskBody, reading: Reading) -> None:
    known_speakers = {speaker.id for speaker in reading.retriever.reader.speakers}
    for name in body.speakers:
        if name not in known_speakers:
            raise QuestionError(f"Unknown speaker {name!r}. Known: {', '.join(sorted(known_speakers))}.")
    known_sources = {source.id for source in reading.index.catalogue.sources()} if body.sources else set()
    for name in body.sources:
        if name not in known_sources:
            raise QuestionError(f"Unknown source {name!r}. Known: {', '.join(sorted(known_sources))}.")


@router.post("/v1/search")
async def search(body: SearchBody, request: Request) -> Response:
    """Return the best passages for a query."""
    questions: Questions = request.app.state.questions
    most = request.app.state.settings.max_question_chars
    return await questions.answer(request, lambda reading, _: _found(reading, body, most), writes=False)


def _found(reading: Reading, body: SearchBody, most_chars: int) -> Response:
    started = time.perf_counter()
    from app.answering.extractive import check_question

    check_question(body.query, most_chars)
    results = search_results(reading.retriever, body.query, body.limit)
    took = round((time.perf_counter() - started) * 1000, 2)
    return _json({"results": results, "index_version": reading.index.name, "took_ms": took})


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
    if not DOCUMENT_ID.fullmatch(document_id):
        raise NotFoundError("There is no such document.")
    return document_id


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Say that the process lives."""
    return {"status": "ok"}


@router.get("/readyz")
def readyz(reading: ReadingDep, request: Request) -> dict[str, Any]:
    """Say that a version answers, and what of it is not as it should be; 503 until one does."""
    reading.index.look()
    service: Service = request.app.state.service
    condition = service.condition()
    more = {"held_since": condition.held_since, "troubles": condition.troubles}
    return {"status": "ready", "index_version": reading.index.name, **{key: what for key, what in more.items() if what}}


def _status_of(error: Exception) -> int:
    if isinstance(error, RefusedError):
        return error.status
    if isinstance(error, QuestionError):
        return 422
    if isinstance(error, NotFoundError):
        return 404
    return 503 if isinstance(error, NoIndexError | DamagedIndexError) else 500


def _problem_of(request: Request, error: Exception) -> dict[str, Any]:
    known = isinstance(error, BriefwijzerError)
    return problem_object(request, _status_of(error), str(error) if known else _INSIDE)


async def on_known_error(request: Request, error: Exception) -> Response:
    """Turn our own errors into problem details."""
    headers = error.headers if isinstance(error, RefusedError) else None
    return problem(request, _status_of(error), str(error), headers=headers)


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
    return problem(request, 500, _INSIDE)


Handler = Callable[[Request, Exception], Awaitable[Response]]
ERROR_HANDLERS: dict[int | type[Exception], Handler] = {
    BriefwijzerError: on_known_error,
    RequestValidationError: on_invalid,
    HTTPException: on_http_error,
    Exception: on_unknown_error,
}
