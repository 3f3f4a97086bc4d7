"""Blocks from a tree of HTML elements, shared by the readers of web pages and of Markdown."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

from app.passages import BlockKind
from ingest.parsing.blocks import ParsedBuilder, is_web_link

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_SKIPPED = frozenset({"script", "style", "noscript", "template", "head", "svg", "iframe", "object", "form", "button"})
_BLOCKS = frozenset(
    """p div section article main header footer ul ol li table thead tbody tfoot tr td th blockquote pre figure figcaption aside nav
    dl dt dd h1 h2 h3 h4 h5 h6 details summary address hr body html center""".split()
)
_SPACE = re.compile(r"\s+")
_DEEPEST = 200
_WIDEST = 60
_SUMMARY_LEVEL = 3
_NOTES = re.compile(r"foot-?notes?\b|endnotes?\b|voetnoot|voetnoten|doc-endnotes", re.IGNORECASE)
_YEAR = re.compile(r"^(?:19|20)\d\d(?:[-/–](?:19|20)?\d\d)?\*?$")


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

    @property
    def text(self) -> str:
        """What was added so far."""
        return self._text

    @property
    def links(self) -> tuple[tuple[int, int, str], ...]:
        """The links on it, as (start, end, url)."""
        return tuple(self._links)

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
    if not tag or tag in _SKIPPED or _is_note_mark(element, tag):
        return
    if depth > _DEEPEST:
        # Nested this deep it is no structure any more, but its words are still said.
        run.add(" ".join(element.itertext()))
        return
    if tag == "br":
        run.add(" ")
        return
    if tag == "table" and not _is_frame(element):
        run.flush(builder, kind)
        _add_table(builder, element, base)
        return
    if tag == "dl":
        run.flush(builder, kind)
        _add_definitions(builder, element, base, depth)
        return
    is_block = tag in _BLOCKS
    own = _own_kind(element, tag, kind)
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
        _link(run, start, element.get("href").strip(), base)
    if is_block:
        run.flush(builder, own, _HEADINGS.get(tag, _SUMMARY_LEVEL) if own == "heading" else None)


def _own_kind(element: Any, tag: str, kind: BlockKind) -> BlockKind:
    if kind == "footnote" or _NOTES.search(f"{element.get('class') or ''} {element.get('role') or ''}"):
        return "footnote"
    if tag in _HEADINGS or tag == "summary":
        return "heading"
    return "list_item" if tag == "li" else kind


def _is_note_mark(element: Any, tag: str) -> bool:
    """Whether this is no more than the raised number of a note, or the way back from one."""
    text = "".join(element.itertext()).strip() if tag in ("a", "sup") else "-"
    if not re.fullmatch(r"\[?\(?[\d*†↩↑^]{0,3}\)?\]?", text) or not text:
        return False
    if tag == "a":
        return (element.get("href") or "").startswith("#")
    return any((link.get("href") or "").startswith("#") for link in element.iter("a"))


def _link(run: Run, start: int, href: str, base: str | None) -> None:
    if href.startswith("#"):
        return  # A place on the same page.
    try:
        run.link(start, urljoin(base or "", href))
    except ValueError:
        return  # No address at all, such as "http://[".


def _is_frame(table: Any) -> bool:
    """Whether a table only lays out a page: it holds other tables, or has one column."""
    if table.get("role") == "presentation" or next(table.iter("table", "TABLE"), table) is not table:
        return True
    if any(found is not table for found in table.iter("table")):
        return True
    rows = list(table.iter("tr"))
    return bool(rows) and all(sum(isinstance(cell.tag, str) for cell in row) <= 1 for row in rows)


def _add_definitions(builder: ParsedBuilder, element: Any, base: str | None, depth: int) -> None:
    """Add each term with what is said of it as one item: "Statushouder: iemand met een verblijfsvergunning"."""
    terms: list[str] = []
    fresh = True
    for item in element.iter("dt", "dd"):
        if next(item.iterancestors("dl"), None) is not element:
            continue
        if item.tag == "dt":
            terms = [*terms, _flat(item)] if fresh else [_flat(item)]
            fresh = True
            continue
        term = f"{', '.join(terms).rstrip(':')}: " if terms and fresh else ""
        fresh = False
        run = Run()
        run.add(term)
        if any(isinstance(part.tag, str) and part.tag in _BLOCKS for part in item.iterdescendants()):
            _walk(builder, run, item, base, "list_item", depth + 1)
        else:
            _walk_inline(builder, run, item, base, depth)
        run.flush(builder, "list_item")


def _walk_inline(builder: ParsedBuilder, run: Run, item: Any, base: str | None, depth: int) -> None:
    """Put what an element says behind what stands in the run already."""
    run.add(item.text or "")
    for child in item:
        _walk(builder, run, child, base, "list_item", depth + 1)
        run.add(child.tail or "")


def _add_table(builder: ParsedBuilder, table: Any, base: str | None) -> None:
    caption = next((_flat(found) for found in table.iter("caption")), "")
    if caption:
        builder.add("paragraph", caption)
    links = [
        (_flat(link), urljoin(base or "", link.get("href").strip())) for link in table.iter("a") if link.get("href")
    ]
    for row in table_rows(table):
        anchors = ((row.find(text), text, url) for text, url in links if text and is_web_link(url))
        kept = tuple((start, start + len(text), url) for start, text, url in anchors if start >= 0)
        builder.add("table_row", row, links=kept)


def _flat(element: Any) -> str:
    return _SPACE.sub(" ", "".join(element.itertext())).strip()


def table_rows(table: Any) -> Iterator[str]:
    """Yield the rows of a table as sentences that keep their header: "land: Bulgarije; 2023: 0%"."""
    grid: list[list[str]] = []
    heads = 0
    below: dict[int, tuple[int, str]] = {}  # Cells that reach down from a row above: column -> (rows left, text).
    for row in table.iter("tr"):
        cells = [cell for cell in row if isinstance(cell.tag, str) and cell.tag in ("td", "th")]
        written: list[str] = []
        for cell in cells:
            _from_above(written, below)
            text = _flat(cell)
            wide, deep = _span(cell, "colspan"), _span(cell, "rowspan")
            for _ in range(wide):
                if deep > 1:
                    below[len(written)] = (deep - 1, text)
                written.append(text)
        _from_above(written, below)
        if len(grid) == heads and cells and all(cell.tag == "th" for cell in cells):
            heads += 1
        grid.append(written)
    if heads > 1:
        width = max(len(row) for row in grid[:heads])
        padded = [row + [""] * (width - len(row)) for row in grid[:heads]]
        grid[:heads] = [[" ".join(dict.fromkeys(filter(None, column))) for column in zip(*padded, strict=True)]]
    yield from sentences_of(grid, has_header=heads > 0)


def _from_above(written: list[str], below: dict[int, tuple[int, str]]) -> None:
    while len(written) in below:
        left, text = below.pop(len(written))
        if left > 1:
            below[len(written)] = (left - 1, text)
        written.append(text)


def _span(cell: Any, name: str) -> int:
    value = (cell.get(name) or "1").strip()
    return min(_WIDEST, max(1, int(value))) if value.isdecimal() and len(value) < 6 else 1


def sentences_of(rows: list[list[str]], *, has_header: bool) -> Iterator[str]:
    """Yield table rows as sentences; the header names the cells where the first row is one."""
    rows = [row for row in rows if any(row)]
    header = header_of(rows, has_header=has_header)
    yield from sentences_under(header, rows if header is None else rows[1:])


def header_of(rows: list[list[str]], *, has_header: bool = False) -> list[str] | None:
    """Return the first row where it names the columns, else None. ``has_header`` says that it is marked as such."""
    if len(rows) < 2 or len(rows[0]) < 2:
        return None
    header = rows[0]
    named = (
        has_header or all(cell and not any(sign.isdigit() for sign in cell) for cell in header) or _names_years(rows)
    )
    return header if named and all(len(cell) <= 60 for cell in header) else None


def _names_years(rows: list[list[str]]) -> bool:
    """Whether the first row holds years or is empty only at its corner, as the head of a table of figures does."""
    first, rest = rows[0][0], rows[0][1:]
    if any(sign.isdigit() for sign in first) or not rest or not all(rest):
        return False
    years = [cell for cell in rest if _YEAR.match(cell)]
    words = [cell for cell in rest if not any(sign.isdigit() for sign in cell)]
    return len(years) + len(words) == len(rest) and (bool(years) or not first)


def sentences_under(header: list[str] | None, rows: list[list[str]]) -> Iterator[str]:
    """Yield rows as sentences, each cell with its column's name: "land: Bulgarije; 2023: 0%"."""
    for row in rows:
        if header is None:
            yield "; ".join(cell for cell in dict.fromkeys(row) if cell)
            continue
        if row == header:
            continue  # Printed again at the head of a page.
        cells = [f"{name}: {cell}" if name else cell for name, cell in zip(header, row, strict=False) if cell]
        cells += [cell for cell in row[len(header) :] if cell]
        yield "; ".join(cells)
