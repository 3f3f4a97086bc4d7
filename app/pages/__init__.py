"""The server-rendered pages: the front page and the viewer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from app.passages import Block, Document, SourceState


@cache
def _templates() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("app", "pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )


def front_page(sources: Sequence[SourceState], names: Mapping[str, str]) -> str:
    """Return the page that asks and shows cited answers."""
    return str(_templates().get_template("front.html").render(sources=sources, names=names))


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a block's text, marked or not."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class ShownBlock:
    """A block as the viewer shows it."""

    block: Block
    parts: tuple[Part, ...]
    first_mark: bool


def document_page(
    document: Document, names: Mapping[str, str], start: int | None, end: int | None, *, is_current: bool
) -> str:
    """Return a document with its structure, its speakers, and the stretch ``start:end`` marked."""
    blocks: list[ShownBlock] = []
    marked = False
    for block in document.blocks:
        parts = _parts(document.text, block, start, end)
        first = not marked and any(part.marked for part in parts)
        marked = marked or first
        blocks.append(ShownBlock(block, parts, first))
    template = _templates().get_template("document.html")
    return str(
        template.render(
            document=document, blocks=blocks, names=names, is_current=is_current, has_mark=marked, wanted=start
        )
    )


def _parts(text: str, block: Block, start: int | None, end: int | None) -> tuple[Part, ...]:
    if start is None or end is None or end <= block.start or start >= block.end or start >= end:
        return (Part(text[block.start : block.end], False),)
    first, last = max(start, block.start), min(end, block.end)
    parts = (
        Part(text[block.start : first], False),
        Part(text[first:last], True),
        Part(text[last : block.end], False),
    )
    return tuple(part for part in parts if part.text)
