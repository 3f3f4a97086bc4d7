"""Parsed documents, and the builder with which every reader makes them."""

import re
from dataclasses import dataclass

from app.passages import Block, BlockKind, Link

_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a reader makes of a file: clean text in one piece, its blocks and its links, with code point offsets.

    ``reference`` is a letter's or decision's own number ("W03.25.00123/II"), where it states one; ``remarks`` name what of
    the file could not be read.
    """

    text: str
    blocks: tuple[Block, ...]
    links: tuple[Link, ...] = ()
    title: str | None = None
    date: str | None = None
    language: str | None = None
    reference: str | None = None
    remarks: tuple[str, ...] = ()

    @property
    def words(self) -> int:
        """Number of words, counted by white space."""
        return len(self.text.split())


class ParsedBuilder:
    """Collects blocks in reading order; the text of the document is the blocks joined by an empty line."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._blocks: list[Block] = []
        self._links: list[Link] = []
        self._length = 0

    def add(
        self,
        kind: BlockKind,
        text: str,
        *,
        level: int | None = None,
        page: int | None = None,
        links: tuple[tuple[int, int, str], ...] = (),
        keep_lines: bool = False,
    ) -> Block | None:
        """Append one block and return it, or None where the text is blank.

        ``links`` holds (start, end, url) with offsets into ``text``; a text with links must come with single spaces.
        White space is folded to single spaces, unless ``keep_lines`` keeps the line breaks of, say, a signature.
        """
        if not links:
            lines = [_SPACES.sub(" ", line).strip() for line in text.split("\n")] if keep_lines else None
            text = "\n".join(line for line in lines if line) if lines is not None else _SPACES.sub(" ", text).strip()
        if not text.strip():
            return None
        start = self._length + (2 if self._parts else 0)
        block = Block(kind, start, start + len(text), level=level, page=page)
        self._parts.append(text)
        self._blocks.append(block)
        self._length = block.end
        for first, last, url in links:
            if is_web_link(url) and first < last:
                self._links.append(Link(text[first:last], url, start + first, start + last))
        return block

    def link(self, text: str, url: str, start: int, end: int) -> None:
        """Add a link by its offsets in the whole text; anything but http(s) is left out."""
        if is_web_link(url):
            self._links.append(Link(text, url, start, end))

    @property
    def text(self) -> str:
        """The text so far."""
        return "\n\n".join(self._parts)

    def build(
        self,
        *,
        title: str | None = None,
        date: str | None = None,
        language: str | None = None,
        reference: str | None = None,
        remarks: tuple[str, ...] = (),
    ) -> Parsed:
        """Return the parsed document."""
        links = tuple(sorted(self._links, key=lambda link: (link.start, link.end)))
        return Parsed(self.text, tuple(self._blocks), links, title, date, language, reference, remarks)


def is_web_link(url: str) -> bool:
    """Whether a link may be kept: http and https alone, never ``javascript:``, ``file:`` and their like."""
    return url.startswith(("http://", "https://")) and not any(ord(sign) < 33 for sign in url)
