"""One page of a PDF: its words with their places and links, its tables, and what is filled in on its forms."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pdfminer.layout import LTChar
from pdfminer.pdfpage import PDFPage
from pdfminer.pdftypes import resolve1
from pdfplumber.page import Page as PlumberPage

from app.errors import DocumentError
from ingest.parsing.aligned import aligned_tables
from ingest.parsing.annotations import Box, Note, annotations_of, filled_in
from ingest.parsing.layout import Line, Word, columns_of, lines_of

MOST_SIGNS = 60_000
_MOST_INSTRUCTIONS = 4_000_000
_MOST_DRAWN = 5_000
_HYPHENATED = re.compile(r"(?<=\w)[-\u00ad]\n([a-zà-ÿ])")
_LIGATURE = re.compile("[\ufb00-\ufb06\u0132\u0133]")  # All else stays as it is printed: "m²", "½", "…".
_CID = re.compile(r"\(cid:\d+\)")
_BOLD = ("bold", "black", "heavy", "semibold", "-bd")
_ITALIC = ("italic", "oblique", "-it")


@dataclass(slots=True)
class Table:
    """A table: where it stands, its rows as they are printed, and the links on it."""

    box: Box
    rows: list[list[str]]
    links: list[tuple[str, str]] = field(default_factory=list)
    header: list[str] | None = None  # of a table that an earlier page began


@dataclass(slots=True)
class Page:
    """A page as it is read: lines in reading order, and the tables apart."""

    number: int
    width: float
    height: float
    lines: list[Line]
    tables: list[Table] = field(default_factory=list)
    is_picture: bool = False
    is_recognised: bool = False

    @property
    def text(self) -> str:
        """All text, to judge how much there is and whether it is language."""
        cells = (" ".join(row) for table in self.tables for row in table.rows)
        return " ".join([*(line.text for line in self.lines), *cells])

    @property
    def letters(self) -> int:
        """Number of letters."""
        return sum(sign.isalpha() for sign in self.text)


class _LeanPage(PlumberPage):
    """A page whose signs hold only what is used of them, which halves the time that a page takes."""

    def process_object(self, obj: Any) -> dict[str, Any]:
        if not isinstance(obj, LTChar):
            return dict(super().process_object(obj))
        name = obj.fontname
        top = self.height - obj.y1 + self.mediabox[1]
        return {
            "object_type": "char",
            "text": _CID.sub("\ufffd", obj.get_text()),
            "fontname": name.decode("latin-1") if isinstance(name, bytes) else name,
            "size": obj.size,
            "upright": obj.upright,
            "climbs": obj.matrix[1] > 0,
            "x0": obj.x0 + self.mediabox[0],
            "x1": obj.x1 + self.mediabox[0],
            "top": top,
            "bottom": self.height - obj.y0 + self.mediabox[1],
            "doctop": top,
        }


def pages_of(document: Any, name: str, plain: Callable[[int], str]) -> Iterator[Page]:
    """Yield the pages of an opened PDF one by one; nothing of a page is kept but what it says. Raises DocumentError.

    ``plain`` gives the text of a page without its layout, for one that is drawn by millions of strokes: a map.
    """
    for number, raw in enumerate(PDFPage.create_pages(document.doc), 1):
        if _instructions(raw) > _MOST_INSTRUCTIONS:
            yield _without_layout(plain(number), number, name)
            continue
        page = _LeanPage(document, raw, number)
        signs = page.chars
        if len(signs) > MOST_SIGNS:
            raise DocumentError(f"{name}: page {number} holds {len(signs)} signs; at most {MOST_SIGNS} are read.")
        lying = [sign for sign in signs if not sign["upright"]]
        if 2 * len(lying) > len(signs) > 20:
            # A table printed on its side: the page is turned, so that it is read like any other.
            climbing = sum(sign["climbs"] for sign in lying)
            raw.rotate = (raw.rotate + (90 if 2 * climbing > len(lying) else 270)) % 360
            raw.attrs["Rotate"] = raw.rotate
            page = _LeanPage(document, raw, number)
        yield _read(page, number)
        page.close()


def _instructions(raw: Any) -> int:
    """Return how many bytes of drawing instructions a page has."""
    size = 0
    for content in raw.contents:
        stream = resolve1(content)
        size += len(stream.get_data()) if hasattr(stream, "get_data") else 0
    return size


def _without_layout(text: str, number: int, name: str) -> Page:
    if len(text) > MOST_SIGNS:
        raise DocumentError(f"{name}: page {number} holds {len(text)} signs; at most {MOST_SIGNS} are read.")
    lines = []
    for row, line in enumerate(filter(str.strip, text.splitlines())):
        words = [
            Word(word, 70.0 + 6 * column, 76.0 + 6 * column, 120.0 + 12 * row, 130.0 + 12 * row, 10.0, bold=False)
            for column, word in enumerate(line.split())
        ]
        words[-1].ends_line = True
        lines.append(Line(words, number))
    return Page(number, 595.0, 842.0, lines)


def _read(page: Any, number: int) -> Page:
    notes = list(annotations_of(page))
    words = [_word(item, notes) for item in _words(page)]
    words += [word for note in notes if note.value for word in filled_in(note)]
    tables = _tables(page)
    for table in tables:
        table.links = [(w.text, w.url) for w in words if w.url and _within(w, table.box)]
    words = [w for w in words if not any(_within(w, table.box) for table in tables)]
    aligned, words = aligned_tables(words)
    lines: list[Line] = []
    for column, group in enumerate(columns_of(words)):
        within, rest = aligned_tables(group)
        aligned += within
        lines += lines_of(rest, number, column)
    tables += [Table(_around(own), rows, [(w.text, w.url) for w in own if w.url]) for own, rows in aligned]
    tables.sort(key=lambda table: table.box[1])
    return Page(number, float(page.width), float(page.height), lines, tables, _is_picture(page))


def _around(words: Sequence[Word]) -> Box:
    return min(w.x0 for w in words), min(w.top for w in words), max(w.x1 for w in words), max(w.bottom for w in words)


def _words(page: Any) -> list[dict[str, Any]]:
    from pdfplumber.utils.text import extract_words

    upright = [sign for sign in _once(page.chars) if sign["upright"]]
    found = extract_words(
        upright, x_tolerance_ratio=0.18, y_tolerance=2, extra_attrs=["size", "fontname"], use_text_flow=False
    )
    return [item for item in found if item["text"].strip()]


def _once(signs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out the signs that are printed a second time over themselves to look bold."""
    if len({(sign["text"], round(sign["x0"]), round(sign["top"])) for sign in signs}) > len(signs) - 3:
        return list(signs)
    seen: dict[tuple[str, int, int], tuple[float, float]] = {}
    kept = []
    for sign in signs:
        # Far less than the narrowest letter is wide, so that the second "l" of "alle" is no repetition.
        near = max(0.1 * sign["size"], 0.05)
        x, y, text = sign["x0"], sign["top"], sign["text"]
        columns = {int((x - near) / (2 * near)), int((x + near) / (2 * near))}
        rows = {int((y - near) / (2 * near)), int((y + near) / (2 * near))}
        again = (seen.get((text, column, row)) for column in columns for row in rows)
        if not text.isspace() and any(at and abs(at[0] - x) < near and abs(at[1] - y) < near for at in again):
            continue
        seen[text, int(x / (2 * near)), int(y / (2 * near))] = (x, y)
        kept.append(sign)
    return kept


def _is_picture(page: Any) -> bool:
    """Whether pictures cover more than half of the page: one, or the strips of a scan."""
    covered = sum((item["x1"] - item["x0"]) * (item["bottom"] - item["top"]) for item in page.images)
    return bool(covered > 0.5 * float(page.width) * float(page.height))


def _word(item: dict[str, Any], notes: Sequence[Note]) -> Word:
    x, y = (item["x0"] + item["x1"]) / 2, (item["top"] + item["bottom"]) / 2
    url = next(
        (
            note.url
            for note in notes
            if note.url and note.box[0] - 1 <= x <= note.box[2] + 1 and note.box[1] - 1 <= y <= note.box[3] + 1
        ),
        None,
    )
    font = item["fontname"].lower()
    return Word(
        unicodedata.normalize("NFC", _LIGATURE.sub(_spelled, item["text"])), item["x0"], item["x1"], item["top"], item["bottom"],
        item["size"], any(mark in font for mark in _BOLD), url, any(mark in font for mark in _ITALIC),
    )  # fmt: skip


def _spelled(ligature: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", ligature.group())


def _tables(page: Any) -> list[Table]:
    """Return the tables with drawn lines, from the top."""
    drawn = len(page.lines) + len(page.rects) + len(page.curves)
    if not 4 <= drawn <= _MOST_DRAWN:  # A map or a drawing has tens of thousands, and no table.
        return []
    found = []
    for table in page.find_tables():
        rows = [
            [" ".join(_HYPHENATED.sub(r"\1", _LIGATURE.sub(_spelled, cell or "")).split()) for cell in row]
            for row in table.extract(x_tolerance_ratio=0.18, y_tolerance=2)
        ]
        rows = [row for row in rows if any(row)]
        filled = [row for row in rows if sum(bool(cell) for cell in row) > 1]
        widest = Counter(len(row) for row in rows)
        if len(filled) >= 2 and len(filled) >= 0.5 * len(rows) and widest.most_common(1)[0][0] > 1:
            found.append(Table(table.bbox, rows))
    return sorted(found, key=lambda table: table.box[1])


def _within(word: Word, box: Box) -> bool:
    x, y = (word.x0 + word.x1) / 2, (word.top + word.bottom) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]
