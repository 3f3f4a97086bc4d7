"""Blocks made of words with their places: joined over page breaks, and written out as text with links."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from app.passages import BlockKind
from ingest.parsing.blocks import ParsedBuilder
from ingest.parsing.layout import Word

_AFTER_HYPHEN = frozenset({"en", "of", "als", "noch", "tot", "dan", "maar", "and", "or"})
_LONGEST_HEADING = 250
_ENDS = re.compile(r"[.!?:;][\"'”’)\]]*$")


@dataclass(slots=True)
class PageBlock:
    """A block in the making: words with their places, or a row of a table that is written out."""

    kind: BlockKind
    words: list[Word]
    page: int
    level: int | None = None
    row: str | None = None
    links: list[tuple[str, str]] = field(default_factory=list)


def joined(blocks: Sequence[PageBlock]) -> list[PageBlock]:
    """Join a paragraph that a page or column break cut in two; footnotes between its halves come after it."""
    found: list[PageBlock] = []
    for block in blocks:
        last = next((b for b in reversed(found) if b.kind != "footnote"), None)
        if (
            last is not None
            and block.kind == "paragraph"
            and block.words
            and last.kind in ("paragraph", "list_item")
            and last.words
            and not _ENDS.search(last.words[-1].text)
            and (block.words[0].text[0].islower() or last.words[-1].text.endswith(("-", ",")))
            and abs(median(w.size for w in last.words) - median(w.size for w in block.words)) < 0.6
        ):
            last.words += block.words
        else:
            found.append(block)
    return found


def write(builder: ParsedBuilder, block: PageBlock, written: set[str]) -> None:
    """Add a block; ``written`` are the words that hold a hyphen inside a line of this document."""
    if block.row is not None:
        found = [(block.row.find(text), text, url) for text, url in block.links]
        anchors = tuple((start, start + len(text), url) for start, text, url in found if start >= 0)
        builder.add(block.kind, block.row, page=block.page, links=anchors)
        return
    text, at_end = "", False
    links: list[tuple[int, int, str]] = []
    for word in block.words:
        piece = word.text.replace("\u00ad", "-") if word.text.endswith("\u00ad") else word.text.replace("\u00ad", "")
        if at_end and text.endswith("-") and len(text) > 1 and text[-2].isalnum() and piece not in _AFTER_HYPHEN:
            if text[-2].islower() and piece[:1].islower() and not _is_written(text, piece, written):
                text = text[:-1]  # "vluchte-" "lingen", and not "EU-" "regels"
        elif text and (at_end or not word.glued):
            text += " "
        at_end = word.ends_line
        start = len(text)
        text += piece
        if word.url:
            if links and links[-1][2] == word.url and links[-1][1] >= start - 1:
                links[-1] = (links[-1][0], len(text), word.url)
            else:
                links.append((start, len(text), word.url))
    kept = tuple((start, min(end, len(text)), url) for start, end, url in links if start < len(text))
    is_bold_text = block.kind == "heading" and (block.level or 0) >= 3 and len(text) > _LONGEST_HEADING
    kind: BlockKind = "paragraph" if is_bold_text else block.kind
    builder.add(kind, text, level=block.level if kind == "heading" else None, page=block.page, links=kept)


def _is_written(text: str, piece: str, written: set[str]) -> bool:
    """Whether the document writes a word with its hyphen where no line ends: "niet-westerse"."""
    word = (text.rsplit(" ", 1)[-1] + piece).casefold()
    return any(found.startswith(word.rstrip(".,;:!?)")) for found in (word, word.rstrip(".,;:!?)")) if found in written)
