"""Small real servers for the browser tests: pages of an intranet, and a service that says what a test scripts."""

import json
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.main import create_app
from app.settings import Settings
from app.web import widget

STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "require-trusted-types-for 'script'"
)
PAGE = """<!doctype html>
<html lang="nl"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Intranet</title><link rel="stylesheet" href="/host.css"></head>
<body><main><h1>Intranet</h1><p><a href="#eerst" id="before">Eerste koppeling</a></p>
{widget}<p><a href="#laatst" id="after">Laatste koppeling</a></p></main>
<script src="/widget.js" defer></script></body></html>"""


def event(name: str, data: Any) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def citation(number: int = 1, **more: Any) -> dict[str, Any]:
    """A citation as the service gives it; ``TEXT`` is the document's text."""
    quote = more.get("quote", QUOTE)
    start = more.get("start", TEXT.find(quote))
    return {
        "number": number, "quote": quote, "document_id": "brief", "rev": "abcdefabcdef", "source_id": "brief",
        "record_id": None, "title": "Een brief", "publisher": "Stichting", "speaker": "wij", "reported_speaker": None,
        "date": "2025-12", "section": "Opvang", "page": None, "start": start, "end": start + len(quote), "links": [],
        "url": "https://bron.example/brief", "viewer_url": f"/documents/brief?rev=abcdefabcdef&start={start}#quote",
        "fetched_at": "2026-01-05T09:00:00+00:00", "language": "nl", **more,
    }  # fmt: skip


# Four-byte letters before the quote: code points and UTF-16 units differ.
QUOTE = "De gemeente krijgt vier jaar geld voor taallessen."
TEXT = f"🙂🙂 𝓖eachte lezer.\n{QUOTE} Dat is volgens ons te kort.\nWoorden van een ander.\nMet groet."
_LINES = TEXT.split("\n")


def document() -> dict[str, Any]:
    blocks, start = [], 0
    for number, line in enumerate(_LINES):
        speaker = "ander" if number == 2 else "wij"
        blocks.append(
            {"kind": "paragraph", "start": start, "end": start + len(line), "level": None, "speaker": speaker}
        )
        start += len(line) + 1
    return {"id": "brief", "rev": "abcdefabcdef", "text": TEXT, "blocks": blocks, "links": []}


def answer(*citations: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A whole answer: one statement for each citation."""
    statements = [{"text": c["quote"], "speaker": c["speaker"], "citations": [c["number"]]} for c in citations]
    text = "\n\n".join(f"“{c['quote']}” [{c['number']}]" for c in citations)
    return {
        "id": "antwoord-1", "status": "answered" if citations else "not_found", "language": "nl", "mode": "extractive",
        "degraded": False, "answer": text or "Dat staat niet in de bronnen.",
        "notice": None if citations else "Dat staat niet in de bronnen.", "statements": statements,
        "citations": list(citations), "also": [], "speakers": {"wij": "Stichting Wij", "ander": "De Ander"},
        "corrections": [], "understood": None, "index_version": "v", "took_ms": 1.0, **more,
    }  # fmt: skip


def events_of(whole: dict[str, Any]) -> list[bytes]:
    """The stream of an answer, one event a piece."""
    numbered = {c["number"]: c for c in whole["citations"]}
    said = [
        event("statement", {"statement": s, "citations": [numbered[n] for n in s["citations"]]})
        for s in whole["statements"]
    ]
    return [*said, event("done", whole)]


Step = bytes | threading.Event | Response


@dataclass
class ScriptedService:
    """Answers each question by the next script: pieces of a stream, gates at which it waits, or a whole response.

    ``asked`` are the bodies and headers of the questions, ``verdicts`` the bodies of the feedback; ``closed`` is set when the
    client of a stream has gone. Pages of ``origins`` may ask. What it tells of itself waits for ``about_gate``, and documents for
    ``document_gate``, where there is one.
    """

    scripts: deque[list[Step]] = field(default_factory=deque)
    origins: frozenset[str] = frozenset()
    page: str = PAGE.format(widget="<briefwijzer-chat></briefwijzer-chat>")
    page_policy: str = STRICT
    page_style: str = ""
    about: dict[str, Any] = field(
        default_factory=lambda: {
            "speakers": {"wij": "Stichting Wij", "ander": "De Ander"},
            "examples": ["Wie betaalt de taallessen?", "Hoe lang?"],
        }
    )
    documents: dict[str, dict[str, Any]] = field(default_factory=lambda: {"brief": document()})
    asked: list[tuple[dict[str, Any], Headers]] = field(default_factory=list)
    verdicts: list[dict[str, Any]] = field(default_factory=list)
    gates: list[threading.Event] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)
    about_gate: threading.Event | None = None
    document_gate: threading.Event | None = None

    def answers(self, *steps: Step) -> None:
        """Add a script for one question."""
        self.gates += [step for step in steps if isinstance(step, threading.Event)]
        self.scripts.append(list(steps))

    def release(self) -> None:
        """Open every gate, so that no stream outlives its test."""
        for gate in (*self.gates, self.about_gate, self.document_gate):
            if gate is not None:
                gate.set()

    def app(self) -> ASGIApp:
        routes = [
            Route("/", self._page), Route("/host.css", self._style), Route("/widget.js", self._script),
            Route("/v1/widget", self._about), Route("/v1/documents/{name}", self._document),
            Route("/v1/ask", self._ask, methods=["POST"]), Route("/v1/feedback", self._feedback, methods=["POST"]),
        ]  # fmt: skip
        return ListedOrigins(Starlette(routes=routes), self)

    async def _page(self, request: Request) -> Response:
        return HTMLResponse(self.page, headers={"Content-Security-Policy": self.page_policy})

    async def _style(self, request: Request) -> Response:
        return Response(self.page_style, media_type="text/css")

    async def _script(self, request: Request) -> Response:
        return widget(request)

    async def _about(self, request: Request) -> Response:
        await _passed(self.about_gate)
        return JSONResponse(self.about)

    async def _document(self, request: Request) -> Response:
        await _passed(self.document_gate)
        found = self.documents.get(request.path_params["name"])
        return JSONResponse(found) if found else JSONResponse({"title": "Niet gevonden"}, 404)

    async def _feedback(self, request: Request) -> Response:
        self.verdicts.append(await request.json())
        return Response(status_code=204)

    async def _ask(self, request: Request) -> Response:
        self.asked.append((await request.json(), request.headers))
        steps = self.scripts.popleft()
        if isinstance(steps[0], Response):
            return steps[0]
        return StreamingResponse(self._pieces(request, steps), media_type="text/event-stream")

    async def _pieces(self, request: Request, steps: list[Step]) -> AsyncIterator[bytes]:
        try:
            for step in steps:
                if isinstance(step, bytes):
                    yield step
                elif isinstance(step, threading.Event):
                    await _passed(step)
        except (ClientDisconnect, anyio.get_cancelled_exc_class()):
            self.closed.set()
            raise


async def _passed(gate: threading.Event | None) -> None:
    while gate is not None and not gate.is_set():
        await anyio.sleep(0.01)


class ListedOrigins:
    """Lets pages of the listed origins ask, as the service's own setting does; the origin is then no longer a foreign one."""

    def __init__(self, app: ASGIApp, listing: ScriptedService | Iterable[str]) -> None:
        self._app = app
        self._listing = listing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        origin = Headers(scope=scope).get("origin") if scope["type"] == "http" else None
        listed = self._listing.origins if isinstance(self._listing, ScriptedService) else frozenset(self._listing)
        if origin not in listed:
            await self._app(scope, receive, send)
            return
        given = {
            "Access-Control-Allow-Origin": str(origin),
            "Access-Control-Allow-Headers": "Authorization, Content-Type",
            "Access-Control-Expose-Headers": "Retry-After",
        }
        if scope["method"] == "OPTIONS":
            await Response(status_code=204, headers=given)(scope, receive, send)
            return

        async def send_with_origin(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(given)
            await send(message)

        bare = [(name, value) for name, value in scope["headers"] if name != b"origin"]
        await self._app({**scope, "headers": bare}, receive, send_with_origin)


def pages(contents: dict[str, str]) -> Starlette:
    """The pages of an intranet, by path; what is added later is served too."""

    async def page(request: Request) -> Response:
        html = contents.get(request.url.path)
        return HTMLResponse(html) if html is not None else Response(status_code=404)

    return Starlette(routes=[Route("/{path:path}", page)])


def service_for(index_dir: Path, origin: str) -> FastAPI | ASGIApp:
    """The real service, which a page of ``origin`` may ask."""
    if "origins" in Settings.model_fields:
        return create_app(Settings(index_dir=index_dir, origins=(origin,)))
    return ListedOrigins(create_app(Settings(index_dir=index_dir)), (origin,))
