"""Tells what has come by before, without holding all of it in memory."""

import sqlite3

# Some 3 MB.
_IN_MEMORY = 25_000


class SeenIds:
    """A set of strings that only grows. Beyond some megabytes it lies in a file without a name, which its process leaves nothing of.

    A set of Python's own takes 130 bytes for each: of a million records a hundred megabytes.
    """

    def __init__(self, in_memory: int = _IN_MEMORY) -> None:
        self._in_memory = in_memory
        self._recent: set[str] = set()
        self._disk: sqlite3.Connection | None = None

    def __enter__(self) -> "SeenIds":
        return self

    def __exit__(self, *_: object) -> None:
        if self._disk is not None:
            self._disk.close()

    def add(self, ident: str) -> bool:
        """Take one in; return whether it is new."""
        if ident in self._recent or self._is_on_disk(ident):
            return False
        self._recent.add(ident)
        if len(self._recent) >= self._in_memory:
            self._spill()
        return True

    def _is_on_disk(self, ident: str) -> bool:
        if self._disk is None:
            return False
        return self._disk.execute("SELECT 1 FROM seen WHERE id = ?", (ident,)).fetchone() is not None

    def _spill(self) -> None:
        if self._disk is None:
            # SQLite's name for a database of its own, on disk where it gets large. Whoever lets go of a reader half-way closes it.
            self._disk = sqlite3.connect("", check_same_thread=False)
            self._disk.execute("PRAGMA journal_mode=OFF")
            self._disk.execute("PRAGMA synchronous=OFF")
            self._disk.execute("CREATE TABLE seen (id TEXT PRIMARY KEY) WITHOUT ROWID")
        self._disk.executemany("INSERT INTO seen VALUES (?)", ((ident,) for ident in sorted(self._recent)))
        self._recent.clear()
