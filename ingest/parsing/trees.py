"""Blocks from a tree of HTML elements, shared by the readers of web pages and of Markdown."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

from app.passages import BlockKind
from ingest.parsing.blocks import ParsedBuilder

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_SKIPPED = frozenset({"script", "style", "noscript", "template", "head", "svg", "iframe", "object", "form", "button"})
_BLOCKS = frozenset(
    """p div section article main header footer ul ol li table thead tbody tfoot tr td th blockquote pre figure figcaption aside nav
    dl dt dd h1 h2 h3 h4 h5 h6 details summary address hr body html center""".split()
)
_SPACE = re.compile(r"\s+")
_DEEPEST = 200


class Run:
    """Text in the making, with the links in it; white space is folded as it comes."""

    def __init__(self) -> None:
        self._text = ""
        self._links: list[tuple[int, int, str]] = []

    def add(self, text: str) -> None:
        """Append text."""
        folded = _SPACE.sub(" ", text)
        if not self._text or self._text.endswith(" "):
            folded = folded.lstrip()
        self._text += folded

    def link(self, start: int, url: str) -> None:
        """Link what was added since ``start``."""
        end = len(self._text.rstrip())
        while start < end and self._text[start] == " ":
            start += 1
        if start < end:
            self._links.append((start, end, url))

    def __len__(self) -> int:
        return len(self._text)

    def flush(self, builder: ParsedBuilder, kind: BlockKind, level: int | None = None) -> None:
        """Hand the block to the builder and start anew."""
        text = self._text.rstrip()
        if text:
            builder.add(kind, text, level=level, links=tuple(link for link in self._links if link[1] <= len(text)))
        self._text, self._links = "", []


def add_tree(builder: ParsedBuilder, root: Any, base: str | None = None) -> None:
    """Add the blocks of an element and of all below it. ``base`` completes relative addresses."""
    run = Run()
    _walk(builder, run, root, base, "paragraph", 0)
    run.flush(builder, "paragraph")


def _walk(builder: ParsedBuilder, run: Run, element: Any, base: str | None, kind: BlockKind, depth: int) -> None:
    tag = element.tag.lower() if isinstance(element.tag, str) else ""
    if not tag or tag in _SKIPPED or depth > _DEEPEST:
        return
    if tag == "br":
        run.add(" ")
        return
    if tag == "table":
        run.flush(builder, kind)
        for row in table_rows(element):
            builder.add("table_row", row)
        return
    is_block = tag in _BLOCKS
    own: BlockKind = "heading" if tag in _HEADINGS else "list_item" if tag in ("li", "dd") else kind
    if is_block:
        run.flush(builder, kind)
    start = len(run)
    if element.text:
        run.add(element.text)
    for child in element:
        _walk(builder, run, child, base, own, depth + 1)
        if child.tail:
            run.add(child.tail)
    if tag == "a" and element.get("href"):
        run.link(start, urljoin(base or "", element.get("href").strip()))
    if is_block:
        run.flush(builder, own, _HEADINGS.get(tag))


def table_rows(table: Any) -> Iterator[str]:
    """Yield the rows of a table as sentences that keep their header: "land: Bulgarije; 2023: 0%"."""
    rows = [
        [_SPACE.sub(" ", "".join(cell.itertext())).strip() for cell in row if isinstance(cell.tag, str)]
        for row in table.iter("tr")
        if row.getparent() is not None and next(row.iterancestors("table"), None) is table
    ]
    yield from sentences_of(rows, has_header=any(True for _ in table.iter("th")))


def sentences_of(rows: list[list[str]], *, has_header: bool) -> Iterator[str]:
    """Yield table rows as sentences; the header names the cells where the first row is one."""
    rows = [row for row in rows if any(row)]
    if not rows:
        return
    header = rows[0]
    named = (
        (has_header or all(cell and not any(sign.isdigit() for sign in cell) for cell in header))
        and len(rows) > 1
        and len(header) > 1
        and all(len(cell) <= 60 for cell in header)
    )
    if not named:
        for row in rows:
            yield "; ".join(cell for cell in dict.fromkeys(row) if cell)
        return
    for row in rows[1:]:
        cells = [f"{name}: {cell}" if name else cell for name, cell in zip(header, row, strict=False) if cell]
        cells += [cell for cell in row[len(header) :] if cell]
        yield "; ".join(cells)
