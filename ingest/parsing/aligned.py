"""Finds tables that have no drawn lines: rows whose cells stand below each other, apart by white space."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from ingest.parsing.layout import Word, rows_of

_FEWEST_ROWS, _FEWEST_COLUMNS, _MOST_COLUMNS = 3, 3, 14
_PROSE = 4


@dataclass(slots=True)
class _Cell:
    words: list[Word]

    @property
    def x0(self) -> float:
        return self.words[0].x0

    @property
    def x1(self) -> float:
        return self.words[-1].x1

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


@dataclass(slots=True)
class _Run:
    """Rows that fit into the same columns, each a stretch from left to right."""

    rows: list[list[_Cell]] = field(default_factory=list)
    columns: list[list[float]] = field(default_factory=list)

    def takes(self, row: Sequence[_Cell]) -> bool:
        """Add a row, unless one of its cells lies across two columns, or two of them in one."""
        taken: set[int] = set()
        for cell in row:
            over = [n for n, (x0, x1) in enumerate(self.columns) if cell.x0 < x1 and cell.x1 > x0]
            if len(over) > 1 or (over and over[0] in taken):
                return False
            taken.update(over)
        for cell in row:
            for column in self.columns:
                if cell.x0 < column[1] and cell.x1 > column[0]:
                    column[0], column[1] = min(column[0], cell.x0), max(column[1], cell.x1)
                    break
            else:
                self.columns.append([cell.x0, cell.x1])
        self.columns.sort()
        self.rows.append(list(row))
        return True

    @property
    def is_table(self) -> bool:
        """Whether enough rows are full ones, and the columns are not columns of running text."""
        full = [row for row in self.rows if len(row) >= _FEWEST_COLUMNS]
        if len(full) < _FEWEST_ROWS or not _FEWEST_COLUMNS <= len(self.columns) <= _MOST_COLUMNS:
            return False
        columns: list[list[_Cell]] = [[] for _ in self.columns]
        for row in self.rows:
            for cell in row:
                columns[self._column(cell)].append(cell)
        prose = [cells for cells in columns if cells and median(len(cell.words) for cell in cells) >= _PROSE]
        return not prose or (len(prose) == 1 and self._begins_anew(full))

    def _begins_anew(self, full: Sequence[Sequence[_Cell]]) -> bool:
        """Whether the long cells of the full rows begin a text, where lines of a column of prose are halfway one."""
        long = [cell.text for row in full for cell in row if len(cell.words) >= _PROSE]
        return sum(not text[:1].islower() for text in long) >= 0.6 * len(long)

    def _column(self, cell: _Cell) -> int:
        return next(n for n, (x0, x1) in enumerate(self.columns) if cell.x0 < x1 and cell.x1 > x0)

    def texts(self) -> list[list[str]]:
        """Return the rows of texts; what a cell says on a further line is put behind its first."""
        found: list[list[str]] = []
        above: Sequence[_Cell] = ()
        for row in self.rows:
            texts = [""] * len(self.columns)
            for cell in row:
                texts[self._column(cell)] = cell.text
            goes_on = found and (not texts[0] or (len(row) == 1 and _gap(above, row) < 0.35 * row[0].words[0].size))
            if goes_on:
                found[-1] = [" ".join(filter(None, pair)) for pair in zip(found[-1], texts, strict=True)]
            else:
                found.append(texts)
            above = row
        return found


def aligned_tables(words: Sequence[Word]) -> tuple[list[tuple[list[Word], list[list[str]]]], list[Word]]:
    """Return the tables of a column of a page, each as its words and its rows, and the words that are in none."""
    found: list[tuple[list[Word], list[list[str]]]] = []
    run = _Run()
    runs: list[_Run] = []
    for row in (_cells(row) for row in rows_of(words)):
        near = not run.rows or _gap(run.rows[-1], row) < 2.0 * row[0].words[0].size
        if run.rows and near and run.takes(row):
            continue
        runs.append(run)
        run = _Run()
        if len(row) >= _FEWEST_COLUMNS:
            run.takes(row)
    held: set[int] = set()
    for done in [*runs, run]:
        if done.is_table:
            own = [word for row in done.rows for cell in row for word in cell.words]
            found.append((own, done.texts()))
            held |= {id(word) for word in own}
    return found, [word for word in words if id(word) not in held]


def _cells(row: Sequence[Word]) -> list[_Cell]:
    cells = [_Cell([row[0]])]
    for before, word in pairwise(row):
        if word.x0 - before.x1 > max(0.9 * before.size, 5.0):
            cells.append(_Cell([word]))
        else:
            cells[-1].words.append(word)
    return cells


def _gap(above: Sequence[_Cell], row: Sequence[_Cell]) -> float:
    return min(w.top for cell in row for w in cell.words) - max(w.bottom for cell in above for w in cell.words)
