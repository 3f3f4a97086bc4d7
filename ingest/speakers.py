"""Decides whose words each block of a document is."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.errors import DocumentError
from app.passages import Block
from ingest.dialogue import Turn, questions_answered, turns
from ingest.parsing.blocks import Parsed
from ingest.parsing.text import closing_start
from ingest.sources import QuotesEntry

_MARK_LEVEL = 4
_TAIL = re.compile(r"(?<![\s\d.:,])[\s\d.:,]++$")


@dataclass(frozen=True, slots=True)
class Attributed:
    """Blocks with their speakers; for each the heading that it stands under; and what the passages under a heading answer."""

    blocks: tuple[Block, ...]
    sections: tuple[str | None, ...]
    asked: Mapping[str, str] = field(default_factory=dict)


def attribute_blocks(parsed: Parsed, speaker: str | None, quotes: Sequence[QuotesEntry], name: str) -> Attributed:
    """Return the blocks with their speakers.

    ``quotes`` name whose words stand in a document beside its author's: the headings after a line (``headings_after``), until
    the letter closes, or the text below every line that reads so (``after``), up to the next heading. A document of questions
    and answers, or of advice and reactions, is seen as such: the questions and the reactions are not the author's words, and nobody's
    unless ``quotes`` say whose.
    Raises DocumentError where a line that ``quotes`` name is not there.
    """
    closing = closing_start(parsed)
    starts = {_find(parsed, entry, name): entry for entry in quotes if entry.headings_after is not None}
    below = {_mark(entry.after): entry.speaker for entry in quotes if entry.after is not None}
    found = turns(parsed)
    _check_marks(parsed, below, name)
    headings_of: str | None = None
    text_of = speaker
    section: str | None = None
    blocks: list[Block] = []
    sections: list[str | None] = []
    for number, block in enumerate(parsed.blocks):
        line = " ".join(parsed.text[block.start : block.end].split())
        named = below.get(_mark(line)) if below else None
        opens = number in found or named is not None
        own = text_of
        if number in starts:
            headings_of, section, text_of = starts[number].speaker, None, speaker
            own = speaker
        elif closing is not None and number >= closing:
            headings_of = section = None
            own = text_of = speaker
        elif opens:
            turn = found.get(number)
            own = text_of = _speaks(turn, named, speaker)
            if turn is not None and turn.kind != "reply":
                block, section = replace(block, kind="heading", level=block.level or _MARK_LEVEL), line
        elif block.kind == "heading":
            section, text_of = line, speaker
            own = headings_of if headings_of is not None else speaker
        blocks.append(replace(block, speaker=own))
        sections.append(section)
    return Attributed(tuple(blocks), tuple(sections), questions_answered(parsed, found, sections) if found else {})


def _speaks(turn: Turn | None, named: str | None, speaker: str | None) -> str | None:
    """Return who speaks below a line: whom ``quotes`` name, the author for an answer, nobody known for the rest."""
    if named is not None:
        return named
    return speaker if turn is not None and turn.kind == "answer" else None


def _mark(line: str | None) -> str:
    """Return a line without the numbers and signs at its end: "Vraag 2:" opens the same as "Vraag"."""
    return _TAIL.sub("", " ".join((line or "").split())).casefold()


def _check_marks(parsed: Parsed, below: Mapping[str, str], name: str) -> None:
    if not below:
        return
    lines = {_mark(parsed.text[block.start : block.end]) for block in parsed.blocks if block.end - block.start < 200}
    for mark in below:
        if mark not in lines:
            raise DocumentError(
                f"{name}: after = {mark!r} in sources.toml does not stand in the document as a line of its own. "
                "Copy it from the file word for word, or take it out."
            )


def _find(parsed: Parsed, entry: QuotesEntry, name: str) -> int:
    wanted = " ".join((entry.headings_after or "").split())
    for number, block in enumerate(parsed.blocks):
        if " ".join(parsed.text[block.start : block.end].split()) == wanted:
            return number
    raise DocumentError(
        f"{name}: headings_after {entry.headings_after!r} in sources.toml does not stand in the document as a line of its "
        "own. Copy it from the file word for word, or take it out."
    )
