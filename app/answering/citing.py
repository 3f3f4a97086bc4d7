"""Cuts quotes from the record, and gives them their addresses."""

from dataclasses import dataclass

from app.answers import Citation
from app.passages import Document, Link, Sentence
from app.retrieval import RankedSentence


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of neighbouring sentences of one speaker that becomes one quote. ``ranked`` is the one it was chosen for."""

    sentences: tuple[Sentence, ...]
    ranked: RankedSentence

    @property
    def length(self) -> int:
        """Length of the quote in code points."""
        return self.sentences[-1].end - self.sentences[0].start


def cite(number: int, piece: Piece, document: Document, wants_link: bool) -> Citation:
    """Return the citation of a piece; its quote is cut from the document's text and nothing else."""
    first, last = piece.sentences[0], piece.sentences[-1]
    start, end = first.start, last.end
    return Citation(
        number, document.text[start:end], document.id, document.rev, document.source_id, document.record_id,
        document.title, document.publisher, first.speaker,
        piece.ranked.sentence.reported_speaker,
        document.date, first.section, first.page, start, end, _links(document, start, end, wants_link),
        text_fragment(document.url, document.text[start:end], first.page),
        f"/documents/{document.id}?rev={document.rev}&start={start}&end={end}#quote",
        document.fetched_at, document.language,
    )  # fmt: skip


def _links(document: Document, start: int, end: int, wants_link: bool) -> tuple[Link, ...]:
    """Return the links inside the quote; where a link was asked for, also one whose place is only known roughly."""
    inside = [link for link in document.links if start <= link.start and link.end <= end]
    if wants_link:
        inside += [link for link in document.links if link not in inside and link.start < end and start < link.end]
    return tuple(inside)


def text_fragment(url: str | None, quote: str, page: int | None) -> str | None:
    """Return the address that opens a page at the quote (a PDF at its page number), or None without an address."""
    from urllib.parse import quote as encode

    if url is None:
        return None
    base = url.split("#", 1)[0]
    if base.lower().split("?")[0].endswith(".pdf"):
        return f"{base}#page={page}" if page else base

    def encoded(text: str) -> str:
        return encode(text, safe="").replace("-", "%2D")

    words = quote.split()
    if len(words) <= 10:
        return f"{base}#:~:text={encoded(' '.join(words))}"
    return f"{base}#:~:text={encoded(' '.join(words[:5]))},{encoded(' '.join(words[-5:]))}"
