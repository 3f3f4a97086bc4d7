"""What an answer is made of. The HTTP contract is these types, field by field."""

from dataclasses import dataclass
from typing import Literal

from app.passages import Link

Status = Literal["answered", "partial", "not_found"]


@dataclass(frozen=True, slots=True)
class Citation:
    """A stretch of a document, verbatim: ``quote`` is the document's text from ``start`` to ``end``."""

    number: int
    quote: str
    document_id: str
    rev: str
    source_id: str
    record_id: str | None
    title: str
    publisher: str | None
    speaker: str | None
    reported_speaker: str | None
    date: str | None
    section: str | None
    page: int | None
    start: int
    end: int
    links: tuple[Link, ...]
    url: str | None
    viewer_url: str
    fetched_at: str | None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that is said, by one speaker, and the numbers of the citations that it rests on."""

    text: str
    speaker: str | None
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Also:
    """A speaker who treats the topic too."""

    speaker: str
    citations: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The whole answer.

    ``notice`` says what is missing, where something is; ``speakers`` gives the names of ids; ``corrections`` are (typed, meant)
    pairs; ``understood`` is how a follow-up question was read, with what it took from the earlier ones.
    """

    id: str
    status: Status
    language: str
    mode: Literal["extractive", "llm"]
    degraded: bool
    answer: str
    notice: str | None
    statements: tuple[Statement, ...]
    citations: tuple[Citation, ...]
    also: tuple[Also, ...]
    speakers: dict[str, str]
    corrections: tuple[tuple[str, str], ...]
    understood: str | None
    index_version: str
    took_ms: float
