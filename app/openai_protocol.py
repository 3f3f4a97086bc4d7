"""OpenAI's wire format, for programs that speak it: POST /v1/chat/completions and GET /v1/models.

The last user message is the question, the user messages before it the conversation; system and assistant messages change
nothing, since an answer can hold nothing but verified statements. Citations come as annotations and in the text. What cannot be
done (another model, more than one choice, a tool that must be called) is refused in OpenAI's own form of an error.
"""

import json
import secrets
import time
from collections.abc import Generator, Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from app.answering.generative import Said
from app.answers import Answer
from app.api import Outgoing, bounded_history, outgoing, whole_answer
from app.errors import BriefwijzerError, QuestionError
from app.problems import problem
from app.questions import Permit, Questions
from app.service import Reading

router = APIRouter()
MODEL = "briefwijzer"


class Message(BaseModel):
    """One message of a conversation; its content is text, or a list of parts of which the text counts."""

    model_config = ConfigDict(extra="ignore")

    role: str
    content: str | list[dict[str, Any]] | None = None

    @property
    def text(self) -> str:
        """The message's text."""
        if isinstance(self.content, str):
            return self.content
        parts = [part.get("text") for part in self.content or () if part.get("type") == "text"]
        return "\n".join(part for part in parts if isinstance(part, str))


class StreamOptions(BaseModel):
    """What a stream is to hold besides."""

    model_config = ConfigDict(extra="ignore")

    include_usage: bool = Field(default=False, strict=True)


class CompletionBody(BaseModel):
    """Body of POST /v1/chat/completions; settings of a language model are taken and have nothing to set."""

    model_config = ConfigDict(extra="ignore")

    model: str = MODEL
    messages: list[Message] = Field(min_length=1, max_length=200)
    stream: bool = Field(default=False, strict=True)
    stream_options: StreamOptions | None = None
    n: int | None = Field(default=None, strict=True)
    tools: list[Any] | None = None
    tool_choice: Any = None
    functions: list[Any] | None = None
    function_call: Any = None
    response_format: dict[str, Any] | None = None


async def _conversation(body: CompletionBody, request: Request) -> tuple[str, list[str]]:
    asked = [message.text for message in body.messages if message.role == "user"]
    if not asked:
        raise QuestionError("There is no user message in ‘messages’, so there is no question.")
    settings = request.app.state.settings
    return asked[-1], bounded_history(asked[:-1], settings.max_history, settings.max_question_chars)


Conversation = Annotated[tuple[str, list[str]], Depends(_conversation)]


@router.post(
    "/v1/chat/completions", responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}}
)
async def chat_completions(body: CompletionBody, conversation: Conversation, request: Request) -> Response:
    """Answer the last user message as a chat completion."""
    refused = _refusal(request, body)
    if refused is not None:
        return refused
    question, history = conversation
    questions: Questions = request.app.state.questions
    out = outgoing(request, question)
    if body.stream:
        usage = body.stream_options is not None and body.stream_options.include_usage
        stream = await questions.stream(
            request,
            lambda reading, permit: _chunks(_events(reading, permit, out, question, history), usage=usage),
            _failed,
        )
        return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"})
    answer = await questions.answer(
        request, lambda reading, permit: whole_answer(reading, permit, out, question, history=history)
    )
    cited = annotations(answer, answer.answer)
    message = {"role": "assistant", "content": answer.answer, "refusal": None, "annotations": cited}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    return JSONResponse({**_head(answer.id, "chat.completion"), "choices": [choice], "usage": _usage()})


def _refusal(request: Request, body: CompletionBody) -> JSONResponse | None:
    """Return the error for what cannot be done, or None."""
    if body.model != MODEL:
        return refusal(
            request,
            404,
            f"The model {body.model!r} does not exist. There is one: {MODEL!r}.",
            "model",
            "model_not_found",
        )
    if body.n is not None and body.n != 1:
        return refusal(
            request, 400, f"n = {body.n}: there is one answer to a question. Leave n out.", "n", "unsupported_value"
        )
    if body.tool_choice not in (None, "auto", "none") or body.function_call not in (None, "auto", "none"):
        detail = "No tool can be called here. Leave tool_choice out, or set it to 'none'."
        return refusal(request, 400, detail, "tool_choice", "unsupported_parameter")
    if body.response_format is not None and body.response_format.get("type", "text") != "text":
        detail = f"response_format {body.response_format.get('type')!r} is not supported. Leave it out."
        return refusal(request, 400, detail, "response_format", "unsupported_value")
    return None


def refusal(request: Request, status: int, detail: str, param: str, code: str) -> JSONResponse:
    """Return problem details with an error in OpenAI's form."""
    error = {"message": detail, "type": "invalid_request_error", "param": param, "code": code}
    return problem(request, status, detail, error=error)


_LISTED = {"id": MODEL, "object": "model", "created": 0, "owned_by": "briefwijzer"}


@router.get("/v1/models")
def models() -> dict[str, Any]:
    """List the one model there is."""
    return {"object": "list", "data": [_LISTED]}


@router.get("/v1/models/{model_id}")
def model(model_id: str, request: Request) -> Response:
    """Describe the one model there is."""
    if model_id != MODEL:
        return refusal(
            request, 404, f"The model {model_id!r} does not exist. There is one: {MODEL!r}.", "model", "model_not_found"
        )
    return JSONResponse(_LISTED)


def _head(name: str, kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{name}", "object": kind, "created": int(time.time()), "model": MODEL}


def _usage() -> dict[str, int]:
    # No tokens are counted: without a chat model there are none.
    return {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


def annotations(answer: Answer, text: str) -> list[dict[str, Any]]:
    """Return the citations as OpenAI's annotations, each at the place of its first marker in the text as it was sent."""
    found = []
    for citation in answer.citations:
        marker = f"[{citation.number}]"
        start = max(0, text.find(marker))
        found.append(
            {
                "type": "url_citation",
                "url_citation": {
                    "start_index": start,
                    "end_index": start + len(marker),
                    "title": citation.title,
                    "url": citation.url or citation.viewer_url,
                },
            }
        )
    return found


def _events(
    reading: Reading, permit: Permit, out: Outgoing, question: str, history: list[str]
) -> Iterator[Said | Answer]:
    if reading.generative is None or not permit.may_write:
        yield whole_answer(reading, permit, out, question, history=history)
        return
    for made in reading.generative.stream(question, history=history, given_up=permit.given_up):
        yield out.whole(made) if isinstance(made, Answer) else made


def _failed(error: Exception) -> str:
    """Return the last piece of a stream that broke; what is known of the error is for whoever looks after the service."""
    message = str(error) if isinstance(error, BriefwijzerError) else "Internal error. / Interne fout."
    return (
        f"data: {json.dumps({'error': {'message': message, 'type': 'server_error', 'param': None, 'code': None}})}\n\n"
    )


def _chunks(made: Iterator[Said | Answer], *, usage: bool) -> Generator[str, None, None]:
    """Yield the chunks of a stream: each written statement as soon as it holds, and then what the whole answer adds to them."""
    head = _head(secrets.token_urlsafe(12), "chat.completion.chunk")

    def chunk(delta: dict[str, Any], finish: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return f"data: {json.dumps({**head, 'choices': [choice]}, ensure_ascii=False)}\n\n"

    sent = ""
    # The first is made before the stream begins, so that a question that cannot be taken is an error and no broken stream.
    for event in made:
        opening = chunk({"role": "assistant", "content": ""}) if not sent else ""
        if isinstance(event, Said):
            text = f"{event.statement.text} {''.join(f'[{number}]' for number in event.statement.citations)}\n\n"
            if event.notice:
                text = f"{event.notice}\n\n{text}"
            sent += text
            yield opening + chunk({"content": text})
            continue
        if opening:
            yield opening
        rest = _rest(event.answer, sent)
        for part in _paragraphs(rest):
            yield chunk({"content": part})
        yield chunk({"annotations": annotations(event, sent + rest)}, "stop")
    if usage:
        yield f"data: {json.dumps({**head, 'choices': [], 'usage': _usage()})}\n\n"
    yield "data: [DONE]\n\n"


def _rest(answer: str, sent: str) -> str:
    """Return what of an answer was not sent yet."""
    before, found, after = answer.partition(sent.rstrip("\n")) if sent else ("", "", answer)
    if sent and found:
        after = after.lstrip("\n")
        return f"{before}{after}"
    return after if not sent else ""


def _paragraphs(text: str) -> Iterator[str]:
    parts = text.split("\n\n")
    for place, part in enumerate(parts):
        yield part if place == len(parts) - 1 else part + "\n\n"
