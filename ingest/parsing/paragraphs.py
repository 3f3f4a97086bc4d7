"""From a page's lines to blocks: headings, paragraphs, list items, footnotes and the rows of tables."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from statistics import median

from app.passages import BlockKind
from ingest.parsing.blocks import ParsedBuilder
from ingest.parsing.layout import NOTE_MARK, Line, Word
from ingest.parsing.ocr import TEXT_SIZE
from ingest.parsing.pageblocks import PageBlock, joined, write
from ingest.parsing.pages import Page, Table
from ingest.parsing.trees import header_of, sentences_under

_BULLET = re.compile("^[\ufffd\ue000-\uf8ff•●▪■□◦‣○➢➤►▶✓✔❖*]$")
_LIST_MARK = re.compile(r"^(?:[•–\-·o]|\d{1,2}[.)]|[a-z][.)]|\(\d{1,2}\))$")
_LEADER = re.compile(r"(?<![.…·_])(?<![.…·_]\s)(?:\s?[.…·_]){4,}+\s*(?:\d{1,4}|[ivxlc]{1,6})$")
_DOTS = re.compile(r"^[.…·_]+$")
_READ_AS_BULLET = re.compile(r"^[e¢©«°*»®] [A-ZÀ-Ý]")
_NUMBERED_HEADING = re.compile(r"^(?:\d{1,2}(?:\.\d{1,2}){0,3}\.?|[IVX]{1,5}\.) [A-ZÀ-Ý][^.;:]{2,90}$")
_ENDS = re.compile(r"[.!?:;][\"'”’)\]]*$")


def add_pages(builder: ParsedBuilder, pages: Sequence[Page]) -> None:
    """Add the blocks of all pages, in reading order."""
    body = _body_size([page for page in pages if not page.is_recognised])
    _continue_tables(pages)
    found = [
        block for page in pages for block in (_recognised_blocks(page) if page.is_recognised else _blocks(page, body))
    ]
    written = {word.text.casefold() for page in pages for line in page.lines for word in line.words if "-" in word.text}
    for block in joined(found):
        write(builder, block, written)


def _body_size(pages: Sequence[Page]) -> float:
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            sizes[round(line.size * 2) / 2] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 10.0


def _continue_tables(pages: Sequence[Page]) -> None:
    """Give a table that opens a page the header of the one that closed the page before, where it goes on with that."""
    last: Table | None = None
    for before, page in zip([None, *pages], pages, strict=False):
        table = page.tables[0] if page.tables else None
        if (
            table is not None
            and last is not None
            and before is not None
            and not any(line.bottom < table.box[1] for line in page.lines)
            and not any(line.top > last.box[3] and line.size > 0.92 * _typical(before) for line in before.lines)
            and len(table.rows[0]) == len(last.rows[0])
            and abs(table.box[0] - last.box[0]) < 5
            and abs(table.box[2] - last.box[2]) < 5
        ):
            table.header = last.header or header_of(last.rows)
        last = page.tables[-1] if page.tables else None


def _typical(page: Page) -> float:
    return median(line.size for line in page.lines) if page.lines else 0.0


def _rows(table: Table, page: int) -> Iterator[PageBlock]:
    header = table.header or header_of(table.rows)
    rows = table.rows[1:] if table.header is None and header is not None else table.rows
    for sentence in sentences_under(header, rows):
        links = [(text, url) for text, url in table.links if text in sentence]
        yield PageBlock("table_row", [], page, row=sentence, links=links)


@dataclass(slots=True)
class _Assembly:
    """Puts the lines of a page together, one after the other."""

    page: Page
    body: float
    usual: float
    notes: list[PageBlock] = field(default_factory=list)
    current: PageBlock | None = None
    previous: Line | None = None
    raised: bool = False  # Where marks are raised, a line that starts with a plain number goes on with its note.

    def close(self) -> Iterator[PageBlock]:
        """Yield the block in the making."""
        if self.current is not None:
            yield self.current
            self.current = None

    def add(self, line: Line) -> Iterator[PageBlock]:
        """Take a line; yield the block that it closes."""
        if _BULLET.match(line.words[0].text):
            line.words[0].text = "•"
        kind, level = _kind(line, self.body, self.page)
        words = _without_marks(line) if kind != "footnote" else line.words
        if _LEADER.search(line.text):
            kind, level, words = "list_item", None, _without_leader(line.words)
        if not words:
            return
        if kind == "footnote" or self._goes_on_with_note(line):
            yield from self.close()
            self._note(line, words)
        elif self._is_sentence_after_all(line, kind) or (
            self.current is not None
            and self.previous is not None
            and _continues(self.current, self.previous, line, kind, level, self.usual, self.body)
        ):
            assert self.current is not None
            self.current.words += words
        else:
            yield from self.close()
            self.current = PageBlock(kind, list(words), self.page.number, level)
        self.previous = line

    def _is_sentence_after_all(self, line: Line, kind: BlockKind) -> bool:
        """Whether a numbered line that looked like a heading goes on; then it becomes the list item that it is."""
        current, previous = self.current, self.previous
        if (
            current is None
            or previous is None
            or current.kind != "heading"
            or current.level != 4
            or kind != "paragraph"
        ):
            return False
        near = line.column == previous.column and 0 <= line.top - previous.bottom < self.usual + 0.45 * self.body
        if not (near and line.italic and line.text[:1].islower()):
            return False
        current.kind, current.level = "list_item", None
        return True

    def _goes_on_with_note(self, line: Line) -> bool:
        return (
            bool(self.notes)
            and self.current is None
            and line.size < 0.92 * self.body
            and line.top > self.page.height * 0.5
        )

    def _note(self, line: Line, words: Sequence[Word]) -> None:
        self.raised = self.raised or _is_raised(line)
        apart = self.previous is not None and line.top - self.previous.bottom > self.usual + self.body
        if self.notes and not apart and not (_is_raised(line) if self.raised else _starts_note(line)):
            self.notes[-1].words += words
        else:
            self.notes.append(PageBlock("footnote", list(words), self.page.number))


def _blocks(page: Page, body: float) -> Iterator[PageBlock]:
    tables = list(page.tables)
    gaps = [b.top - a.bottom for a, b in pairwise(page.lines) if 0 < b.top - a.bottom < 3 * body]
    assembly = _Assembly(page, body, median(gaps) if gaps else 0.3 * body)
    for line in page.lines:
        while tables and tables[0].box[1] < line.top:
            yield from assembly.close()
            yield from _rows(tables.pop(0), page.number)
        yield from assembly.add(line)
    yield from assembly.close()
    for table in tables:
        yield from _rows(table, page.number)
    yield from assembly.notes


def _recognised_blocks(page: Page) -> Iterator[PageBlock]:
    """Yield the paragraphs that were recognised on a picture; a line in large type by itself is a heading."""
    for _, group in groupby(page.lines, key=lambda line: (line.column, line.size)):
        lines = list(group)
        words = [word for line in lines for word in line.words]
        text = " ".join(word.text for word in words)
        if _BULLET.match(words[0].text) or _READ_AS_BULLET.match(text):
            words[0].text = "•"
        is_heading = lines[0].size > TEXT_SIZE or (len(lines) == 1 and _NUMBERED_HEADING.match(text) is not None)
        is_item = _LIST_MARK.match(words[0].text) and len(words) > 1
        kind: BlockKind = "heading" if is_heading else "list_item" if is_item else "paragraph"
        yield PageBlock(kind, words, page.number, 2 if is_heading else None)


def _without_leader(words: Sequence[Word]) -> list[Word]:
    """Return the words of a line of a table of contents without its dots and its page number."""
    kept = list(words[:-1])
    while kept and _DOTS.match(kept[-1].text):
        kept.pop()
    if kept:
        kept[-1].text = re.sub(r"(?<![.…·_])(?<![.…·_]\s)(?:\s?[.…·_]){3,}+$", "", kept[-1].text).rstrip()
        kept[-1].ends_line = True
    return [word for word in kept if word.text]


def _kind(line: Line, body: float, page: Page) -> tuple[BlockKind, int | None]:
    if line.size < 0.92 * body and _starts_note(line) and (line.top > page.height * 0.5 or _is_raised(line)):
        return "footnote", None
    if line.size < 0.75 * body and line.top > page.height * 0.85:
        return "footnote", None  # The printer's own lines: a number, an ISSN.
    if _LIST_MARK.match(line.words[0].text) and len(line.words) > 1 and not line.bold:
        if line.italic and len(line.text) <= 100 and line.words[1].text[0].isupper() and not _ENDS.search(line.text):
            return "heading", 4
        return "list_item", None
    if len(line.text) <= 160 and not line.text.rstrip().endswith((",", ";")):
        if line.size >= 1.45 * body:
            return "heading", 1
        if line.size >= 1.12 * body:
            return "heading", 2
        if line.bold and len(line.text) <= 120:
            return "heading", 3
    return "paragraph", None


def _starts_note(line: Line) -> bool:
    return bool(NOTE_MARK.match(line.words[0].text)) and (_is_raised(line) or len(line.words) > 2)


def _is_raised(line: Line) -> bool:
    return len(line.words) > 1 and line.words[0].size < 0.85 * line.words[1].size


def _without_marks(line: Line) -> list[Word]:
    """Return a line's words without the raised numbers of footnotes; a full stop after one goes to the word before."""
    largest = max(word.size for word in line.words)
    kept: list[Word] = []
    dropped = False
    for word in line.words:
        if word.size < 0.75 * largest and NOTE_MARK.match(word.text):
            dropped = True
            continue
        if dropped:
            word.glued = word.glued and not word.text[0].isalnum()
        dropped = False
        kept.append(word)
    return kept


def _continues(
    block: PageBlock, previous: Line, line: Line, kind: BlockKind, level: int | None, usual: float, body: float
) -> bool:
    if line.column != previous.column or line.page != previous.page:
        return False
    gap = line.top - previous.bottom
    if block.kind == "heading" or kind == "heading":
        return block.kind == kind and block.level == level and gap < max(usual, 0.3 * body) + 0.5 * line.size
    if kind == "list_item":
        return False
    if gap > usual + 0.45 * body or gap < -2 * body:
        return False
    # An indented first line starts a paragraph, but a list item's further lines are all indented.
    return not (
        block.kind == "paragraph" and line.x0 - previous.x0 > 0.8 * body and _ENDS.search(previous.text) is not None
    )
