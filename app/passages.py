"""The nouns of Briefwijzer: speakers, sources, documents, sentences, passages.

All offsets are half-open ranges of Unicode code points in a document's text, so that
``document.text[start:end]`` is what stands there, in Python and over HTTP alike.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, NamedTuple

BlockKind = Literal["heading", "paragraph", "list_item", "table_row", "footnote"]


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody whose words stand in the corpus.

    ``hints`` steer a search towards the speaker, but nothing is ever attributed to these names.
    """

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    owner: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The names that words are attributed under."""
        return (self.name, *self.aliases)

    @property
    def called(self) -> tuple[str, ...]:
        """Whatever a question may call it by."""
        return (*self.names, *self.hints)


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a document: the stretch ``start:end`` of its text refers to ``url``.

    ``text`` is the anchor's text where the document shows one, else a readable form of the address.
    """

    text: str
    url: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Block:
    """A structural unit of a document: one paragraph, heading, list item, table row or footnote."""

    kind: BlockKind
    start: int
    end: int
    level: int | None = None
    speaker: str | None = None
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One text that is answered from, as it was at one moment."""

    id: str
    source_id: str
    title: str
    text: str
    blocks: tuple[Block, ...]
    links: tuple[Link, ...] = ()
    record_id: str | None = None
    publisher: str | None = None
    speaker: str | None = None
    language: str | None = None
    date: str | None = None
    url: str | None = None
    fetched_at: str | None = None

    @property
    def rev(self) -> str:
        """The revision: the first 12 hex digits of the SHA-256 of the text."""
        return revision(self.text)


@lru_cache(maxsize=64)
def revision(text: str) -> str:
    """Return the revision of a document text: 12 hex digits of its SHA-256; those of the last texts are remembered."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class Sentence(NamedTuple):
    """The unit of evidence. ``ordinal`` counts the sentences of a document from 0.

    A tuple, because a question reads a hundred of them, and a frozen dataclass takes five times as long to make.
    """

    document_id: str
    ordinal: int
    start: int
    end: int
    text: str
    speaker: str | None
    section: str | None
    kind: BlockKind
    block: int
    reported_speaker: str | None = None
    page: int | None = None


class Passage(NamedTuple):
    """A run of sentences of one section and one speaker; the unit of retrieval.

    ``number`` is its row in the index version (0 .. n-1), which the lexical and the dense index use as key.
    """

    number: int
    document_id: str
    first: int
    last: int
    start: int
    end: int
    text: str
    speaker: str | None
    section: str | None
    kind: BlockKind

    @property
    def id(self) -> str:
        """Stable within a revision of the document: the document's id and the offsets."""
        return f"{self.document_id}:{self.start}-{self.end}"


@dataclass(frozen=True, slots=True)
class SourceState:
    """What is known about a source at the time of an index version."""

    id: str
    title: str
    state: Literal["ok", "unchanged", "stands_in", "not_fetched", "blocked", "gone", "failed"]
    publisher: str | None = None
    speaker: str | None = None
    url: str | None = None
    date: str | None = None
    language: str | None = None
    linked_from: str | None = None
    reason: str | None = None
    fetched_at: str | None = None
    documents: int = 0
    passages: int = 0
    words: int = 0


@dataclass(frozen=True, slots=True)
class Analysed:
    """A document after ingest: its sentences and passages, before numbering.

    ``asked`` gives the question that the passages of a section answer, where the document is one of questions and answers.
    """

    document: Document
    sentences: tuple[Sentence, ...]
    passages: tuple[Passage, ...] = field(default=())
    asked: Mapping[str, str] = field(default_factory=dict)
