"""The layout of a page: words with their places, put together into lines, column by column."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median


@dataclass(slots=True)
class Word:
    """A word with its box, in points from the top left; ``url`` is the link that it stands on."""

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    size: float
    bold: bool
    url: str | None = None


@dataclass(slots=True)
class Line:
    """Words on one line, left to right; ``column`` counts the columns of the page."""

    words: list[Word]
    page: int
    column: int = 0

    @property
    def text(self) -> str:
        """The words, apart by spaces."""
        return " ".join(word.text for word in self.words)

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


def lines_of(words: list[Word], page: int) -> list[Line]:
    """Group words into lines, column by column, in reading order."""
    lines: list[Line] = []
    for column, group in enumerate(_columns(words)):
        rows: list[list[Word]] = []
        for word in sorted(group, key=lambda w: (w.bottom, w.x0)):
            row = rows[-1] if rows else None
            # A raised footnote mark belongs to the line that it hangs over.
            if row is not None and abs(_base(row) - word.bottom) <= max(2.0, 0.35 * max(word.size, row[0].size)):
                row.append(word)
            else:
                rows.append([word])
        lines += [Line(sorted(row, key=lambda w: w.x0), page, column) for row in rows]
    return lines


def _base(row: Sequence[Word]) -> float:
    return max(row, key=lambda w: w.size).bottom


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
    spanning = [w for w in words if w.x0 < x - 1 and w.x1 > x + 1]
    tops = sorted({round(w.top) for w in spanning})
    groups: list[list[Word]] = []
    edges = [float("-inf"), *tops, float("inf")]
    for upper, lower in pairwise(edges):
        on_edge = [w for w in words if upper - 3 <= w.top <= upper + 3] if upper > float("-inf") else []
        between = [w for w in words if upper + 3 < w.top < lower - 3]
        if on_edge:
            groups.append(on_edge)
        groups.append([w for w in between if w.x1 <= x + 1])
        groups.append([w for w in between if w.x0 > x - 1 and w.x1 > x + 1])
    return [group for group in groups if group]


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
