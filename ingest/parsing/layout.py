"""The layout of a page: words with their places, put together into lines, column by column."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

NOTE_MARK = re.compile(r"^\d{1,3}$")


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


def lines_of(words: list[Word], page: int) -> list[Line]:
    """Group words into lines, column by column, in reading order."""
    lines: list[Line] = []
    for column, group in enumerate(_columns(words)):
        rows: list[list[Word]] = []
        for word in sorted(group, key=lambda w: (w.bottom, w.x0)):
            row = rows[-1] if rows else None
            if row is not None and abs(_base(row) - word.bottom) <= max(2.0, 0.35 * max(word.size, row[0].size)):
                row.append(word)
            else:
                rows.append([word])
        for row in _with_raised(rows):
            lines += [Line(part, page, column) for part in _parts(sorted(row, key=lambda w: w.x0))]
    return lines


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


def _columns(words: list[Word]) -> list[list[Word]]:
    """Split a page's words at a gutter that runs down most of it; what crosses the gutter stands above or between."""
    if len(words) < 80:
        return [words] if words else []
    left, right = min(w.x0 for w in words), max(w.x1 for w in words)
    width = right - left
    best: tuple[int, float] | None = None
    for step in range(30, 71):
        x = left + width * step / 100
        crossing = sum(w.x0 < x - 1 and w.x1 > x + 1 for w in words)
        near = sum(w.x1 <= x and w.x1 > x - 0.02 * width for w in words) + sum(
            w.x0 >= x and w.x0 < x + 0.02 * width for w in words
        )
        if best is None or (crossing, -near) < best:
            best = (crossing, x) if best is None or crossing < best[0] else best
    assert best is not None
    crossing, x = best
    sides = sum(w.x1 <= x for w in words), sum(w.x0 >= x for w in words)
    if crossing > 0.03 * len(words) or min(sides) < 0.25 * len(words) or _is_prose_gap(words, x):
        return [words]
    return _around(words, x)


def _around(words: list[Word], x: float) -> list[list[Word]]:
    """Return the columns left and right of ``x``, in stretches between the lines that run across it."""
    bands: list[list[float]] = []
    for top in sorted(_tops_across(words, x)):
        if bands and top - 3 <= bands[-1][1]:
            bands[-1][1] = top + 3
        else:
            bands.append([top - 3, top + 3])
    groups: list[list[Word]] = []
    above = float("-inf")
    for upper, lower in [*bands, [float("inf"), float("inf")]]:
        between = [w for w in words if above < w.top < upper]
        groups.append([w for w in between if w.x0 + w.x1 <= 2 * x])
        groups.append([w for w in between if w.x0 + w.x1 > 2 * x])
        groups.append([w for w in words if upper <= w.top <= lower])
        above = lower
    return [group for group in groups if group]


def _tops_across(words: Sequence[Word], x: float) -> list[float]:
    """Return the upper edges of the words on lines that run on over ``x``: through it, or with no more than a space."""
    found = [w.top for w in words if w.x0 < x - 1 and w.x1 > x + 1]
    rows: dict[int, list[Word]] = {}
    for word in words:
        rows.setdefault(round(word.bottom), []).append(word)
    for row in rows.values():
        row.sort(key=lambda w: w.x0)
        for before, word in pairwise(row):
            if before.x0 < x <= word.x1 and before.x1 - 1 <= x <= word.x0 + 1 and word.x0 - before.x1 < 0.6 * word.size:
                found.append(word.top)
    return found


def _is_prose_gap(words: Sequence[Word], x: float) -> bool:
    """Whether lines run on across the place, as between a label and its text, and not two columns of prose."""
    rows: dict[int, list[Word]] = {}
    for word in words:
        rows.setdefault(round(word.bottom / 4), []).append(word)
    wide = 0
    both = 0
    for row in rows.values():
        before = [w.x1 for w in row if w.x1 <= x + 1]
        after = [w.x0 for w in row if w.x0 >= x - 1]
        if before and after:
            both += 1
            wide += min(after) - max(before) > 8
    return both > 5 and wide < 0.8 * both
