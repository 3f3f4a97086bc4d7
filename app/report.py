"""What was asked and what came of it: by topic and by week, from the questions that were kept."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from app.answers import Status
from app.records import AskedQuestion, Feedback
from app.topics import Topic, topics

STATUSES: tuple[Status, ...] = ("answered", "partial", "not_found")


@dataclass(frozen=True, slots=True)
class Week:
    """One week, from Monday (UTC), with its questions by status."""

    monday: str
    answered: int
    partial: int
    not_found: int

    @property
    def total(self) -> int:
        """All questions of the week."""
        return self.answered + self.partial + self.not_found


@dataclass(frozen=True, slots=True)
class TopicRow:
    """A topic with what people asked about it and did not find. ``weeks`` counts per week of the report, ``down`` the thumbs down."""

    topic: str
    example: str
    questions: int
    not_found: int
    partial: int
    down: int
    weeks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The whole report. ``logging`` says whether questions are kept now; ``since`` and ``until`` are ISO times."""

    since: str
    until: str
    logging: bool
    questions: int
    by_status: dict[str, int]
    weeks: tuple[Week, ...]
    topics: tuple[TopicRow, ...]


def report(
    questions: Sequence[AskedQuestion],
    feedback: Sequence[Feedback],
    *,
    since: float,
    until: float,
    logging: bool,
    names: Collection[str] = (),
) -> Report:
    """Return the report on questions of a period. Topics are those of the questions not found or found in part.

    ``names`` are the terms of the speakers' names, which make no topic.
    """
    by_status = Counter(asked.status for asked in questions)
    first = min((asked.asked_at for asked in questions), default=until)
    mondays = _mondays(max(since, first), until)
    unanswered = [asked for asked in questions if asked.status != "answered"]
    down = {given.answer for given in feedback if given.verdict == "down"}
    rows = sorted(
        (_row(topic, mondays, down) for topic in topics(unanswered, names)),
        key=lambda row: (-row.not_found, -row.partial, row.topic),
    )
    return Report(
        _iso(since), _iso(until), logging, len(questions), {status: by_status[status] for status in STATUSES},
        tuple(_week(monday, questions) for monday in mondays), tuple(rows),
    )  # fmt: skip


def _week(monday: str, questions: Sequence[AskedQuestion]) -> Week:
    counts = Counter(asked.status for asked in questions if _monday(asked.asked_at) == monday)
    return Week(monday, *(counts[status] for status in STATUSES))


def _row(topic: Topic, mondays: Sequence[str], down: set[str]) -> TopicRow:
    by_week = Counter(_monday(asked.asked_at) for asked in topic.questions)
    return TopicRow(
        topic.label, topic.example, len(topic.questions), topic.count("not_found"), topic.count("partial"),
        sum(asked.answer in down for asked in topic.questions), tuple(by_week[monday] for monday in mondays),
    )  # fmt: skip


def _monday(at: float) -> str:
    day = datetime.fromtimestamp(at, UTC).date()
    return (day - timedelta(days=day.weekday())).isoformat()


def _mondays(first: float, last: float) -> list[str]:
    """Return every Monday from the week of ``first`` to that of ``last``, so that a week without questions is seen."""
    found = []
    day = datetime.fromisoformat(_monday(first))
    while day <= datetime.fromisoformat(_monday(last)):
        found.append(day.date().isoformat())
        day += timedelta(days=7)
    return found


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


# Of the drawing, in units of the view box.
_WIDTH, _HEIGHT, _LEFT, _BELOW, _ABOVE = 720.0, 260.0, 40.0, 24.0, 10.0
_BAR = 0.7
_MOST_LABELS = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle of the chart, with the class that colours it and what it says."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    title: str


def chart(weeks: Sequence[Week], words: dict[str, str]) -> dict[str, Any]:
    """Return the stacked bars of the weeks, the labels and the lines of a drawing; ``words`` name the statuses."""
    most = max((week.total for week in weeks), default=0) or 1
    step = max(1, -(-most // 4))
    top = step * -(-most // step)
    across = (_WIDTH - _LEFT) / max(1, len(weeks))
    scale = (_HEIGHT - _BELOW - _ABOVE) / top
    bars, labels = [], []
    every = -(-len(weeks) // _MOST_LABELS) if weeks else 1
    for place, week in enumerate(weeks):
        x, y = _LEFT + place * across + across * (1 - _BAR) / 2, _HEIGHT - _BELOW
        for status in STATUSES:
            count = getattr(week, status)
            if count:
                y -= count * scale
                title = f"{week.monday}: {count} {words[status]}"
                bars.append(
                    Bar(round(x, 1), round(y, 1), round(across * _BAR, 1), round(count * scale, 1), status, title)
                )
        if place % every == 0:
            labels.append((round(x + across * _BAR / 2, 1), week.monday[5:]))
    lines = [(round(_HEIGHT - _BELOW - value * scale, 1), value) for value in range(0, top + 1, step)]
    return {"width": _WIDTH, "height": _HEIGHT, "left": _LEFT, "bars": bars, "labels": labels, "lines": lines}
