"""OpenAI's wire format, for programs that speak it: POST /v1/chat/completions and GET /v1/models.

The last user message is the question, the user messages before it the conversation; system and assistant messages change
nothing, since an answer can hold nothing but verified statements. Citations come as annotations and in the text.
"""

import json
import time
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from app.answers import Answer
from app.api import bounded_history, outgoing, whole_answer
from app.errors import QuestionError
from app.questions import Questions

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

    include_usage: bool = False


class CompletionBody(BaseModel):
    """Body of POST /v1/chat/completions; settings of a language model are taken and have nothing to set."""

    model_config = ConfigDict(extra="ignore")

    model: str = MODEL
    messages: list[Message] = Field(min_length=1, max_length=200)
    stream: bool = False
    stream_options: StreamOptions | None = None


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
    question, history = conversation
    questions: Questions = request.app.state.questions
    out = outgoing(request, question)
    answer = await questions.answer(
        request, lambda reading, permit: whole_answer(reading, permit, out, question, history=history)
    )
    if body.stream:
        usage = body.stream_options is not None and body.stream_options.include_usage
        return StreamingResponse(_chunks(answer, usage=usage), media_type="text/event-stream")
    message = {"role": "assistant", "content": answer.answer, "refusal": None, "annotations": annotations(answer)}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    return JSONResponse({**_head(answer, "chat.completion"), "choices": [choice], "usage": _usage()})


@router.get("/v1/models")
def models() -> dict[str, Any]:
    """List the one model there is."""
    return {"object": "list", "data": [{"id": MODEL, "object": "model", "created": 0, "owned_by": "briefwijzer"}]}


def _head(answer: Answer, kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{answer.id}", "object": kind, "created": int(time.time()), "model": MODEL}


def _usage() -> dict[str, int]:
    # No tokens are counted: without a chat model there are none.
    return {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


def annotations(answer: Answer) -> list[dict[str, Any]]:
    """Return the citations as OpenAI's annotations, each at the place of its marker in the text."""
    found = []
    for citation in answer.citations:
        marker = f"[{citation.number}]"
        start = max(0, answer.answer.find(marker))
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


async def _chunks(answer: Answer, *, usage: bool) -> AsyncIterator[str]:
    head = _head(answer, "chat.completion.chunk")

    def chunk(delta: dict[str, Any], finish: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return f"data: {json.dumps({**head, 'choices': [choice]}, ensure_ascii=False)}\n\n"

    yield chunk({"role": "assistant", "content": ""})
    for part in _paragraphs(answer.answer):
        yield chunk({"content": part})
    yield chunk({"annotations": annotations(answer)}, "stop")
    if usage:
        yield f"data: {json.dumps({**head, 'choices': [], 'usage': _usage()})}\n\n"
    yield "data: [DONE]\n\n"


def _paragraphs(text: str) -> Iterator[str]:
    parts = text.split("\n\n")
    for place, part in enumerate(parts):
        yield part if place == len(parts) - 1 else part + "\n\n"
