"""Decides whose words each block of a document is."""

from collections.abc import Sequence
from dataclasses import replace

from app.errors import DocumentError
from app.passages import Block
from ingest.parsing.blocks import Parsed
from ingest.parsing.text import closing_start
from ingest.sources import QuotesEntry


def attribute_blocks(
    parsed: Parsed, speaker: str | None, quotes: Sequence[QuotesEntry], name: str
) -> tuple[tuple[Block, ...], tuple[str | None, ...]]:
    """Return the blocks with their speakers, and for each block the heading of the section that it stands in.

    The headings after a line named by ``quotes`` are that speaker's words, until the letter closes; the text below them
    stays the author's. That line itself, and the closing of a letter, stand under no heading.
    """
    closing = closing_start(parsed)
    starts = {_find(parsed, entry, name): entry for entry in quotes}
    quoted: str | None = None
    section: str | None = None
    blocks: list[Block] = []
    sections: list[str | None] = []
    for number, block in enumerate(parsed.blocks):
        own = speaker
        if number in starts:
            quoted, section = starts[number].speaker, None
        elif closing is not None and number >= closing:
            quoted = section = None
        elif block.kind == "heading":
            section = " ".join(parsed.text[block.start : block.end].split())
            if quoted is not None:
                own = quoted
        blocks.append(replace(block, speaker=own))
        sections.append(section)
    return tuple(blocks), tuple(sections)


def _find(parsed: Parsed, entry: QuotesEntry, name: str) -> int:
    wanted = " ".join(entry.headings_after.split())
    for number, block in enumerate(parsed.blocks):
        if " ".join(parsed.text[block.start : block.end].split()) == wanted:
            return number
    raise DocumentError(
        f"{name}: headings_after {entry.headings_after!r} in sources.toml does not stand in the document as a line of its "
        "own. Copy it from the file word for word, or take it out."
    )
