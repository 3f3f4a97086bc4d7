"""The layout of a page: words with their places, put together into lines, column by column."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

NOTE_MARK = re.compile(r"^\d{1,3}$")
_FEWEST_WORDS = 80


@dataclass(slots=True)
class Word:
    """A word with its box, in points from the top left; ``url`` is the link that it stands on.

    ``glued`` says that no space stands before it: the type changes within a word, or a bracket follows. ``ends_line``
    tells a hyphen that was set by the printer from the one in "land- en tuinbouw".
    """

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    size: float
    bold: bool
    url: str | None = None
    italic: bool = False
    glued: bool = False
    ends_line: bool = False


@dataclass(slots=True)
class Line:
    """Words on one line, left to right; ``column`` counts the columns of the page."""

    words: list[Word]
    page: int
    column: int = 0

    @property
    def text(self) -> str:
        """The words, apart by spaces."""
        return "".join(word.text if word.glued else f" {word.text}" for word in self.words).strip()

    @property
    def top(self) -> float:
        """Upper edge."""
        return min(word.top for word in self.words)

    @property
    def bottom(self) -> float:
        """Lower edge."""
        return max(word.bottom for word in self.words)

    @property
    def x0(self) -> float:
        """Left edge."""
        return self.words[0].x0

    @property
    def x1(self) -> float:
        """Right edge."""
        return self.words[-1].x1

    @property
    def size(self) -> float:
        """Size of type, in points."""
        return median(word.size for word in self.words)

    @property
    def bold(self) -> bool:
        """Whether nearly all words are bold."""
        return sum(word.bold for word in self.words) > len(self.words) * 0.8

    @property
    def italic(self) -> bool:
        """Whether all words are italic."""
        return all(word.italic for word in self.words)


def lines_of(words: list[Word], page: int, column: int = 0) -> list[Line]:
    """Group the words of one column into lines, from the top; ``column`` is its number on the page."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda w: (w.bottom, w.x0)):
        row = rows[-1] if rows else None
        if row is not None and abs(_base(row) - word.bottom) <= max(2.0, 0.35 * max(word.size, row[0].size)):
            row.append(word)
        else:
            rows.append([word])
    return [Line(part, page, column) for row in _with_raised(rows) for part in _parts(sorted(row, key=lambda w: w.x0))]


def _with_raised(rows: Sequence[list[Word]]) -> list[list[Word]]:
    """Put the raised numbers of footnotes, which sort as rows of their own, on the line that they hang over."""
    kept = [row for row in rows if not all(NOTE_MARK.match(word.text) for word in row)]
    lines = list(kept)
    for row in rows:
        if not all(NOTE_MARK.match(word.text) for word in row):
            continue
        for mark in row:
            line = _line_under(mark, lines)
            if line is None:
                kept.append([mark])
            else:
                line.append(mark)
    return sorted(kept, key=_base)


def _line_under(mark: Word, lines: Sequence[list[Word]]) -> list[Word] | None:
    middle = (mark.top + mark.bottom) / 2
    near = [
        line
        for line in lines
        if mark.size < 0.8 * _largest(line).size and _largest(line).top - 0.4 * mark.size <= middle <= _base(line)
    ]
    return min(near, key=lambda line: abs(_largest(line).top - mark.top), default=None)


def _largest(row: Sequence[Word]) -> Word:
    return max(row, key=lambda w: w.size)


def _base(row: Sequence[Word]) -> float:
    return _largest(row).bottom


def _parts(row: list[Word]) -> list[list[Word]]:
    """Cut a row where a wide gap and another size of type show that two texts happen to stand side by side."""
    parts = [[row[0]]]
    for before, word in pairwise(row):
        gap = word.x0 - before.x1
        larger, smaller = max(before.size, word.size), min(before.size, word.size)
        if gap > 1.5 * larger and larger > 1.25 * smaller and not NOTE_MARK.match(before.text):
            parts.append([word])
        else:
            word.glued = gap < 0.1 * larger
            parts[-1].append(word)
    for part in parts:
        part[-1].ends_line = True
    return parts


def columns_of(words: list[Word]) -> list[list[Word]]:
    """Split a page's words into its columns, in reading order; what runs across a gutter stands above or between.

    A page may change from one column to two and back: each stretch is read by itself, and a column that holds columns
    is split again.
    """
    if len(words) < _FEWEST_WORDS:
        return [words] if words else []
    x = _gutter(words)
    stretches = _stretches(words, x)
    beside = [row for is_split, rows in stretches if is_split for row in rows]
    if not _is_prose_beside(beside, x):
        return [words]
    groups: list[list[Word]] = []
    for is_split, rows in stretches:
        held = [word for row in rows for word in row]
        if is_split:
            groups += columns_of([w for w in held if w.x0 + w.x1 <= 2 * x])
            groups += columns_of([w for w in held if w.x0 + w.x1 > 2 * x])
        else:
            groups.append(held)
    return [group for group in groups if group]


def _gutter(words: Sequence[Word]) -> float:
    """Return the place that the fewest words cross, and beside which the most begin and end."""
    left, right = min(w.x0 for w in words), max(w.x1 for w in words)
    step = max(right - left, 1.0) / 100
    crossing, near = [0] * 102, [0] * 104
    for word in words:
        first, last = (word.x0 + 1 - left) / step, (word.x1 - 1 - left) / step
        for number in range(int(first) + 1, int(last) + 1):
            crossing[number] += 1
        for edge in (int((word.x0 - left) / step), int((word.x1 - left) / step) + 1):
            for number in (edge - 1, edge, edge + 1):
                near[number] += 1
    best = min(range(20, 81), key=lambda number: (crossing[number], -near[number]))
    return left + best * step


def rows_of(words: Sequence[Word]) -> list[list[Word]]:
    """Group words into rows by the line that they stand on, from the top, each from left to right."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda w: w.bottom):
        if rows and word.bottom - rows[-1][0].bottom <= 2.0:
            rows[-1].append(word)
        else:
            rows.append([word])
    return [sorted(row, key=lambda w: w.x0) for row in rows]


def _stretches(words: Sequence[Word], x: float) -> list[tuple[bool, list[list[Word]]]]:
    """Return the rows of words from the top in stretches: those that keep clear of the gutter, and those that do not."""
    stretches: list[tuple[bool, list[list[Word]]]] = []
    clear: list[list[Word]] = []

    def close() -> None:
        if clear:
            stretches.append((any(row[-1].x0 >= x - 1 for row in clear), list(clear)))
            clear.clear()

    for row in rows_of(words):
        if _runs_across(row, x):
            close()
            stretches.append((False, [row]))
        else:
            clear.append(row)
    close()
    merged: list[tuple[bool, list[list[Word]]]] = []
    for is_split, rows in stretches:
        if merged and not is_split and not merged[-1][0]:
            merged[-1][1].extend(rows)
        else:
            merged.append((is_split, rows))
    return merged


def _runs_across(row: Sequence[Word], x: float) -> bool:
    """Whether a line runs on over ``x``: through it, or with no more than a space."""
    return any(w.x0 < x - 1 and w.x1 > x + 1 for w in row) or any(
        before.x1 - 1 <= x <= word.x0 + 1 and word.x0 - before.x1 < 0.6 * word.size for before, word in pairwise(row)
    )


def _is_prose_beside(rows: Sequence[Sequence[Word]], x: float) -> bool:
    """Whether running text stands on both sides of ``x``, and not labels with their values or the cells of a table."""
    sides: tuple[list[int], list[int]] = ([], [])
    wide = both = 0
    for row in rows:
        left = [w for w in row if w.x0 + w.x1 <= 2 * x]
        right = [w for w in row if w.x0 + w.x1 > 2 * x]
        for side, held in zip(sides, (left, right), strict=True):
            if held:
                side.append(len(held))
        if left and right:
            both += 1
            wide += right[0].x0 - left[-1].x1 > 8
    if any(len(side) < 4 or sum(side) < 0.04 * sum(map(sum, sides)) or median(side) < 3 for side in sides):
        return False
    return both < 4 or wide >= 0.8 * both
