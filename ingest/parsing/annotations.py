"""The annotations of a PDF page that say something: links with their addresses, and what is filled in on forms."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pdfminer.pdftypes import resolve1

from ingest.parsing.layout import Word

Box = tuple[float, float, float, float]


@dataclass(slots=True)
class Note:
    """An annotation: a link with its address, or a form's field with what is filled in."""

    box: Box
    url: str | None
    value: str | None
    size: float


def annotations_of(page: Any) -> Iterator[Note]:
    """Yield the links and the filled-in fields of a page; one that is not sound is passed over, the page is not."""
    for reference in resolve1(page.page_obj.annots) or []:
        try:
            note = resolve1(reference)
            kind = _name(note.get("Subtype"))
            if kind not in ("Link", "Widget"):
                continue
            boxes = [_box(page, [float(resolve1(side)) for side in resolve1(note["Rect"])])]
            action = resolve1(note.get("A")) or {}
            url = _string(action.get("URI")) if kind == "Link" else None
            value = _value(note) if kind == "Widget" else None
        except (TypeError, ValueError, KeyError, AttributeError, IndexError):
            continue
        for box in boxes:
            if url or value:
                yield Note(box, url, value, 9.0)


def _value(note: Any) -> str | None:
    """Return the text of a field that is filled in; a box that is ticked says nothing in words."""
    held = note
    for _ in range(8):
        kind = _name(held.get("FT"))
        if kind is not None:
            value = resolve1(note.get("V") or held.get("V"))
            return _string(value) if kind in ("Tx", "Ch") else None
        held = resolve1(held.get("Parent"))
        if held is None:
            return None
    return None


def _name(value: Any) -> str | None:
    return getattr(resolve1(value), "name", None)


def _string(value: Any) -> str | None:
    value = resolve1(value)
    if isinstance(value, bytes):
        value = (
            value[2:].decode("utf-16-be", "replace")
            if value.startswith(b"\xfe\xff")
            else value.decode("utf-8", "replace")
        )
    return value.strip() or None if isinstance(value, str) else None


def _box(page: Any, rect: Sequence[float]) -> Box:
    """Return an annotation's rectangle as it lies on the page as shown, from the top left."""
    left, low, right, high = page.page_obj.mediabox
    wide, tall = right - left, high - low
    points = [(rect[0] - left, rect[1] - low), (rect[2] - left, rect[3] - low)]
    for _ in range(page.rotation // 90):
        points = [(y, wide - x) for x, y in points]
        wide, tall = tall, wide
    xs, ys = sorted(x for x, _ in points), sorted(tall - y for _, y in points)
    return xs[0] + page.mediabox[0], ys[0] + page.mediabox[1], xs[1] + page.mediabox[0], ys[1] + page.mediabox[1]


def filled_in(note: Note) -> Iterator[Word]:
    """Yield the words of a field at their place, a line of it for each line of text."""
    x0, top, x1, bottom = note.box
    lines = (note.value or "").splitlines()
    tall = min(14.0, (bottom - top) / max(1, len(lines)))
    for number, line in enumerate(lines):
        words = line.split()
        wide = (x1 - x0) / max(1, sum(len(word) + 1 for word in words))
        wide = min(wide, 0.5 * note.size)
        x = x0 + 2
        for word in words:
            low = min(bottom, top + (number + 1) * tall) if len(lines) > 1 else (top + bottom) / 2 + 0.4 * note.size
            yield Word(word, x, x + wide * len(word), low - note.size, low, note.size, bold=False)
            x += wide * (len(word) + 1)
