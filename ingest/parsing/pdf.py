"""PDF documents: words with their places become lines, columns, paragraphs, headings, footnotes and tables.

Headers, footers and page numbers that come back page after page are left out, hyphens at line ends undone, and links
keep the words that they stand on.
"""

import io
import logging
import re
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from app.errors import DocumentError
from app.passages import BlockKind
from ingest.parsing.blocks import Parsed, ParsedBuilder
from ingest.parsing.layout import NOTE_MARK, Line, Word, lines_of
from ingest.parsing.letterhead import stated_date, stated_reference
from ingest.parsing.trees import sentences_of

_log = logging.getLogger(__name__)
_MOST_PAGES = 1_000
_LARGEST = 200_000_000
_MOST_SIGNS_A_PAGE = 60_000
_MOST_DRAWN = 5_000
_LONGEST_S = 300.0
_FEWEST_LETTERS = 20
_LIST_MARK = re.compile(r"^(?:[•●▪◦‣–\-·o]|\d{1,2}[.)]|[a-z][.)]|\(\d{1,2}\))$")
_HYPHENATED = re.compile(r"(?<=\w)[-\u00ad]\n([a-zà-ÿ])")
_LIGATURE = re.compile("[\ufb00-\ufb06\u0132\u0133]")  # All else stays as it is printed: "m²", "½", "…".
_LONGEST_HEADING = 250
_AFTER_HYPHEN = frozenset({"en", "of", "als", "noch", "tot", "dan", "maar", "and", "or"})
_ENDS = re.compile(r"[.!?:;][\"'”’)\]]*$")
_NUMBERS = re.compile(r"\d+|\b[ivxlc]+\b", re.IGNORECASE)


@dataclass(slots=True)
class _Block:
    kind: BlockKind
    words: list[Word]
    page: int
    level: int | None = None
    row: str | None = None


@dataclass(slots=True)
class _Page:
    number: int
    height: float
    lines: list[Line]
    tables: list[tuple[float, list[str]]] = field(default_factory=list)
    is_picture: bool = False

    @property
    def text(self) -> str:
        """All text, to judge how much there is and whether it is language."""
        return " ".join([*(line.text for line in self.lines), *(row for _, rows in self.tables for row in rows)])

    @property
    def letters(self) -> int:
        """Number of letters."""
        return sum(sign.isalpha() for sign in self.text)


def read_pdf(data: bytes, name: str) -> Parsed:
    """Read a PDF. Raises DocumentError where it is damaged, encrypted, without text, or its text is gibberish."""
    if len(data) > _LARGEST:
        raise DocumentError(f"{name}: the PDF is larger than {_LARGEST // 1_000_000} MB. Split the file.")
    if not data[:1024].lstrip().startswith(b"%PDF"):
        raise DocumentError(f"{name}: this is no PDF file. Give it the ending of what it is.")
    _check(data, name)
    pages = _pages(data, name)
    text = "".join(page.text for page in pages)
    if sum(sign.isalpha() for sign in text) < _FEWEST_LETTERS * max(1, len(pages)) ** 0.5:
        return _recognised(data, name)
    if _is_gibberish(text):
        raise DocumentError(
            f"{name}: its letters cannot be told (the PDF's character map is broken). "
            "Save it anew from the original, or put the text beside it as .txt or .md."
        )
    _drop_repeated(pages)
    body = _body_size(pages)
    scans = _scanned_pages(data, name, pages)
    builder = ParsedBuilder()
    for block in _joined([block for page in pages for block in scans.get(page.number) or _blocks(page, body)]):
        _add(builder, block)
    return builder.build(title=_title(data), date=stated_date(builder.text), reference=stated_reference(builder.text))


def _check(data: bytes, name: str) -> None:
    """Open the file with PDFium first, which says plainly what is wrong."""
    import pypdfium2

    try:
        with_pages = pypdfium2.PdfDocument(data)
        count = len(with_pages)
        with_pages.close()
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise DocumentError(f"{name}: the PDF is locked with a password. Save it without one.") from error
        raise DocumentError(f"{name}: the PDF is damaged and cannot be opened ({error}).") from error
    if not count:
        raise DocumentError(f"{name}: the PDF has no pages.")
    if count > _MOST_PAGES:
        raise DocumentError(f"{name}: {count} pages; at most {_MOST_PAGES} are read. Split the file.")


def _pages(data: bytes, name: str) -> list[_Page]:
    import pdfplumber

    try:
        with pdfplumber.open(io.BytesIO(data)) as document:
            found: list[_Page] = []
            until = time.monotonic() + _LONGEST_S
            for number, page in enumerate(document.pages, 1):
                if time.monotonic() > until:
                    raise DocumentError(f"{name}: reading took more than {_LONGEST_S:.0f} s, at page {number}.")
                if len(page.chars) > _MOST_SIGNS_A_PAGE:
                    raise DocumentError(
                        f"{name}: page {number} holds {len(page.chars)} signs; at most {_MOST_SIGNS_A_PAGE} are read."
                    )
                found.append(_page(page, number))
                page.close()
            return found
    except DocumentError:
        raise
    except Exception as error:
        raise DocumentError(f"{name}: the PDF cannot be read ({type(error).__name__}: {str(error)[:120]}).") from error


def _page(page: Any, number: int) -> _Page:
    rotated = page.filter(lambda item: item.get("object_type") != "char" or item.get("upright", True))
    raw = rotated.extract_words(
        x_tolerance_ratio=0.18, y_tolerance=2, extra_attrs=["size", "fontname"], use_text_flow=False
    )
    links = [link for link in page.hyperlinks if link.get("uri")]
    words = [_word(item, links) for item in raw if item["text"].strip()]
    tables = _tables(page)
    inside = [box for box, _ in tables]
    words = [w for w in words if not any(_within(w, box) for box in inside)]
    return _Page(
        number, float(page.height), lines_of(words, number), [(box[1], rows) for box, rows in tables], _is_picture(page)
    )


def _is_picture(page: Any) -> bool:
    """Whether one picture covers more than half of the page."""
    area = float(page.width) * float(page.height)
    return any((item["x1"] - item["x0"]) * (item["bottom"] - item["top"]) > 0.5 * area for item in page.images)


def _word(item: dict[str, Any], links: Sequence[dict[str, Any]]) -> Word:
    middle_x, middle_y = (item["x0"] + item["x1"]) / 2, (item["top"] + item["bottom"]) / 2
    url = next(
        (
            link["uri"]
            for link in links
            if link["x0"] - 1 <= middle_x <= link["x1"] + 1 and link["top"] - 1 <= middle_y <= link["bottom"] + 1
        ),
        None,
    )
    if isinstance(url, bytes):
        url = url.decode("utf-8", "replace")
    font = item["fontname"].lower()
    return Word(
        unicodedata.normalize("NFC", _LIGATURE.sub(_spelled, item["text"])), item["x0"], item["x1"], item["top"], item["bottom"], item["size"],
        any(mark in font for mark in ("bold", "black", "heavy", "semibold", "-bd")), url,
        any(mark in font for mark in ("italic", "oblique", "-it")),
    )  # fmt: skip


def _spelled(ligature: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", ligature.group())


def _tables(page: Any) -> list[tuple[tuple[float, float, float, float], list[str]]]:
    """Return (box, rows as sentences) of the tables with drawn lines."""
    drawn = len(page.lines) + len(page.rects) + len(page.curves)
    if not 4 <= drawn <= _MOST_DRAWN:  # A map or a drawing has tens of thousands, and no table.
        return []
    found = []
    for table in page.find_tables():
        rows = [[" ".join(_HYPHENATED.sub(r"\1", cell or "").split()) for cell in row] for row in table.extract()]
        filled = [row for row in rows if sum(bool(cell) for cell in row) > 1]
        if len(filled) >= 2 and len(filled) >= len([row for row in rows if any(row)]) * 0.5:
            found.append((table.bbox, list(sentences_of(rows, has_header=False))))
    return found


def _within(word: Word, box: tuple[float, float, float, float]) -> bool:
    x, y = (word.x0 + word.x1) / 2, (word.top + word.bottom) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _drop_repeated(pages: Sequence[_Page]) -> None:
    """Leave out what stands at the top or bottom of page after page, and numbers that count the pages."""
    if len(pages) < 2:
        return
    seen: Counter[str] = Counter()
    for page in pages:
        seen.update({_pattern(line) for line in _margin(page)})
    most = max(2, len(pages) * 0.4)
    for page in pages:
        margin = {id(line) for line in _margin(page)}
        page.lines = [
            line
            for line in page.lines
            if id(line) not in margin or (seen[_pattern(line)] < most and not _is_page_number(line))
        ]


def _margin(page: _Page) -> list[Line]:
    """Return the lines in the outer eighth of a page, at most three at either end."""
    ordered = sorted(page.lines, key=lambda line: line.top)
    top = [line for line in ordered[:3] if line.bottom < page.height * 0.13]
    bottom = [line for line in ordered[-3:] if line.top > page.height * 0.87]
    return top + bottom


def _pattern(line: Line) -> str:
    return _NUMBERS.sub("#", line.text.casefold()).strip()


def _is_page_number(line: Line) -> bool:
    return len(line.text) <= 20 and bool(
        re.fullmatch(r"(?:pagina|page|blad)?\s*[#/|\-–.\s]*(?:van|of)?[#/|\-–.\s]*", _pattern(line))
    )


def _body_size(pages: Sequence[_Page]) -> float:
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            sizes[round(line.size * 2) / 2] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 10.0


def _blocks(page: _Page, body: float) -> Iterator[_Block]:
    tables = sorted(page.tables)
    notes: list[_Block] = []
    raised = False  # Where marks are raised, a line that starts with a plain number goes on with its note.
    current: _Block | None = None
    previous: Line | None = None
    gaps = [
        b.top - a.bottom for a, b in zip(page.lines, page.lines[1:], strict=False) if 0 < b.top - a.bottom < 3 * body
    ]
    usual = median(gaps) if gaps else 0.3 * body
    for line in page.lines:
        while tables and tables[0][0] < line.top:
            if current is not None:
                yield current
                current = None
            yield from (_Block("table_row", [], page.number, row=row) for row in tables.pop(0)[1])
        kind, level = _kind(line, body, page)
        words = _without_marks(line) if kind != "footnote" else line.words
        if not words:
            continue
        if kind == "footnote" or (
            notes and current is None and line.size < 0.92 * body and line.top > page.height * 0.5
        ):
            if current is not None:
                yield current
                current = None
            raised = raised or _is_raised(line)
            if notes and not (_is_raised(line) if raised else _starts_note(line)):
                notes[-1].words += words
            else:
                notes.append(_Block("footnote", list(words), page.number))
            previous = line
            continue
        if (
            current is not None
            and previous is not None
            and _continues(current, previous, line, kind, level, usual, body)
        ):
            current.words += words
        else:
            if current is not None:
                yield current
            current = _Block(kind, list(words), page.number, level)
        previous = line
    if current is not None:
        yield current
    for _, rows in tables:
        yield from (_Block("table_row", [], page.number, row=row) for row in rows)
    yield from notes


def _kind(line: Line, body: float, page: _Page) -> tuple[BlockKind, int | None]:
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
    block: _Block, previous: Line, line: Line, kind: BlockKind, level: int | None, usual: float, body: float
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


def _joined(blocks: Sequence[_Block]) -> list[_Block]:
    """Join a paragraph that a page or column break cut in two; footnotes between its halves come after it."""
    found: list[_Block] = []
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


def _add(builder: ParsedBuilder, block: _Block) -> None:
    if block.row is not None:
        builder.add(block.kind, block.row, page=block.page)
        return
    text, at_end = "", False
    links: list[tuple[int, int, str]] = []
    for word in block.words:
        piece = word.text.replace("\u00ad", "-") if word.text.endswith("\u00ad") else word.text.replace("\u00ad", "")
        if at_end and text.endswith("-") and len(text) > 1 and text[-2].isalnum() and piece not in _AFTER_HYPHEN:
            if text[-2].isalpha() and piece[:1].islower():
                text = text[:-1]  # "vluchte-" "lingen"
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


def _recognised(data: bytes, name: str) -> Parsed:
    """Read a document that is nothing but pictures."""
    from ingest.parsing.ocr import recognise

    builder = ParsedBuilder()
    for number, paragraphs in recognise(data, name).items():
        for paragraph in paragraphs:
            builder.add("paragraph", paragraph, page=number)
    if not builder.text:
        raise DocumentError(f"{name}: no text was found in its pictures.")
    return builder.build(date=stated_date(builder.text), reference=stated_reference(builder.text))


def _scanned_pages(data: bytes, name: str, pages: Sequence[_Page]) -> dict[int, list[_Block]]:
    """Read the pages that are pictures in a document that otherwise has text.

    Without Tesseract such a page is named in the log and left out: it may be a cover's photograph, for which the
    other pages should not be lost.
    """
    from ingest.parsing.ocr import is_available, recognise

    numbers = [page.number for page in pages if page.is_picture and page.letters < _FEWEST_LETTERS]
    if not numbers:
        return {}
    if not is_available():
        _log.warning(
            "%s: page %s: a picture without text, left out. To read it: apt install tesseract-ocr tesseract-ocr-nld",
            name, ", ".join(map(str, numbers)),
        )  # fmt: skip
        return {}
    return {
        number: [_Block("paragraph", [], number, row=paragraph) for paragraph in paragraphs]
        for number, paragraphs in recognise(data, name, numbers).items()
    }


def _is_gibberish(text: str) -> bool:
    """Whether most signs are of no alphabet, or the letters make no words: the marks of a broken character map."""
    signs = [sign for sign in text if not sign.isspace()]
    odd = sum(unicodedata.category(sign) in ("Co", "Cn", "Cc") or sign == "\ufffd" for sign in signs)
    if odd > 0.05 * len(signs) or text.count("(cid:") * 6 > 0.05 * len(signs):
        return True
    letters = [sign for sign in text.casefold() if sign.isalpha()]
    vowels = sum(unicodedata.normalize("NFD", sign)[0] in "aeiouy" for sign in letters)
    latin = sum("a" <= unicodedata.normalize("NFD", sign)[0] <= "z" for sign in letters)
    return len(letters) > 200 and (latin < 0.6 * len(letters) or not 0.2 < vowels / len(letters) < 0.65)


def _title(data: bytes) -> str | None:
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    try:
        title = document.get_metadata_dict().get("Title", "").strip()
    finally:
        document.close()
    return title if len(title) > 5 and not title.lower().endswith((".doc", ".docx", ".indd", ".pdf")) else None
