"""POST /v1/feedback: what somebody thought of an answer."""

from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app.answer_ids import LONGEST
from app.errors import StateError
from app.observer import Observer
from app.problems import problem

router = APIRouter()
MOST_REMARK = 2_000


class FeedbackBody(BaseModel):
    """Body of POST /v1/feedback."""

    model_config = ConfigDict(extra="forbid")

    answer_id: str = Field(min_length=1, max_length=LONGEST)
    verdict: Literal["up", "down"]
    remark: str | None = Field(default=None, max_length=MOST_REMARK)


@router.post(
    "/v1/feedback",
    status_code=204,
    response_class=Response,
)
def feedback(body: FeedbackBody, request: Request) -> Response:
    """Keep feedback on an answer; given again, the last one counts. An earlier remark stays, unless an empty one erases it."""
    observer: Observer = request.app.state.observer
    remark = None if body.remark is None else body.remark.replace("\0", "").strip()
    try:
        observer.rate(body.answer_id, body.verdict, remark)
    except StateError:
        later = {"Retry-After": "60"}
        return problem(request, 503, "Feedback cannot be kept at the moment. Try again later.", headers=later)
    return Response(status_code=204)
