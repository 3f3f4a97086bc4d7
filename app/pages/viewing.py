"""Prepares a document for the viewer: its blocks in runs, their text cut at the quote's mark and at links."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from app.passages import Block, Document, Link

VOICES = 6
_CONTENTS_FROM = 3


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a block's text; ``first`` is where the quote begins."""

    text: str
    marked: bool = False
    first: bool = False
    url: str | None = None


@dataclass(frozen=True, slots=True)
class ShownBlock:
    """A block as the viewer shows it.

    ``speaker`` is named where it is not the document's own; ``references`` are links whose words are not known, or that
    have no words in the text; ``page`` is set where a new page begins.
    """

    block: Block
    anchor: str
    parts: tuple[Part, ...]
    is_other: bool
    voice: int
    references: tuple[Link, ...]
    page: int | None

    @property
    def begins_mark(self) -> bool:
        """Whether the quote begins in this block."""
        return any(part.first for part in self.parts)

    @property
    def tag(self) -> str:
        """The element that the block becomes; the document's title is the page's h1."""
        if self.block.kind == "heading":
            return f"h{min(max(self.block.level or 2, 2), 6)}"
        return {"list_item": "li", "table_row": "li"}.get(self.block.kind, "p")


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring blocks of one kind: a list is one run of its items."""

    kind: str
    blocks: tuple[ShownBlock, ...]


@dataclass(frozen=True, slots=True)
class View:
    """A document, ready to be shown. ``others`` are the ids of the speakers that are set apart."""

    runs: tuple[Run, ...]
    contents: tuple[tuple[str, str], ...]
    others: tuple[str | None, ...]
    has_mark: bool


def view_of(document: Document, names: Mapping[str, str], start: int | None, end: int | None) -> View:
    """Return a document with the stretch ``start:end`` marked, in code points."""
    is_wanted = start is not None and end is not None and 0 <= start < end <= len(document.text)
    marked = (start, end) if is_wanted and start is not None and end is not None else (0, 0)
    exact, rough = _sorted_links(document)
    voices = {name: number % VOICES for number, name in enumerate(names)}
    blocks: list[ShownBlock] = []
    page: int | None = None
    has_mark = False
    for number, block in enumerate(document.blocks):
        cuts = tuple(_parts(document.text, block, marked, exact, has_mark))
        has_mark = has_mark or any(part.marked for part in cuts)
        references = tuple(link for link in rough if block.start < link.end <= block.end)
        new_page = block.page if block.page != page else None
        page = block.page
        is_other = block.speaker != document.speaker
        voice = voices.get(block.speaker or "", -1)
        blocks.append(ShownBlock(block, f"b{number}", cuts, is_other, voice, references, new_page))
    runs = tuple(Run(kind, tuple(group)) for kind, group in groupby(blocks, lambda shown: shown.block.kind))
    headings = [
        (shown.anchor, document.text[shown.block.start : shown.block.end])
        for shown in blocks
        if shown.block.kind == "heading"
    ]
    others = tuple(dict.fromkeys(shown.block.speaker for shown in blocks if shown.is_other))
    return View(runs, tuple(headings) if len(headings) >= _CONTENTS_FROM else (), others, has_mark)


def _sorted_links(document: Document) -> tuple[list[Link], list[Link]]:
    """Return (links whose words stand in the text, links that are only known to stand somewhere in a stretch)."""
    exact: list[Link] = []
    rough: list[Link] = []
    reached = 0
    for link in sorted(document.links, key=lambda link: (link.start, link.end)):
        stands_there = " ".join(document.text[link.start : link.end].split()) == " ".join(link.text.split())
        if stands_there and link.start >= reached and link.start < link.end:
            exact.append(link)
            reached = link.end
        else:
            rough.append(link)
    return exact, rough


def _parts(text: str, block: Block, marked: tuple[int, int], links: Sequence[Link], has_mark: bool) -> Iterator[Part]:
    """Yield the block's text, cut wherever the mark or a link begins or ends."""
    inside = [link for link in links if link.start < block.end and block.start < link.end]
    edges = {block.start, block.end, *marked, *(edge for link in inside for edge in (link.start, link.end))}
    cuts = sorted(edge for edge in edges if block.start <= edge <= block.end)
    for first, last in pairwise(cuts):
        is_marked = marked[0] <= first < marked[1]
        url = next((link.url for link in inside if link.start <= first < link.end), None)
        yield Part(text[first:last], is_marked, is_marked and not has_mark, url)
        has_mark = has_mark or is_marked
