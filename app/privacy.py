"""GET /privacy: what the service keeps, how long and on what ground, told from the settings it runs with."""

from dataclasses import dataclass
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.errors import StateError
from app.pages import privacy_page

router = APIRouter()
Ground = Literal["legitimate_interest", "public_task", "consent"]


@dataclass(frozen=True, slots=True)
class Keeping:
    """What is kept. Days are None for what is not kept at all; ``llm`` is where questions go to be worded, None nowhere.

    ``addresses_limited``: requests of one address are counted in memory; ``keys``: who asks shows a key, a page's token or a sign-in, and
    links in answers open for ``link_hours`` without.
    """

    questions_days: int | None
    former_questions_days: int
    feedback_days: int | None
    answer_days: int
    llm: str | None
    traced: bool
    metrics: bool
    addresses_limited: bool
    keys: bool
    link_hours: int
    controller: str | None
    contact: str | None
    ground: Ground


@router.get("/privacy", response_class=HTMLResponse)
def privacy(request: Request) -> HTMLResponse:
    """Show what is kept, how long and on what ground, in Dutch and English."""
    state = request.app.state
    keeping: Keeping = state.keeping
    # Questions that were kept while the setting was on are still there for a while after it is off.
    former = False
    if keeping.questions_days is None:
        try:
            former = state.observer.records.has_questions()
        except StateError as error:
            state.observer.failures.failed("questions", error)
            # What cannot be looked up may be there.
            former = True
    return HTMLResponse(privacy_page(keeping=keeping, former=former, root=request.scope.get("root_path", "")))
