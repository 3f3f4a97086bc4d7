"""Tells what has come by before, without holding all of it in memory."""

import sqlite3


class SeenIds:
    """A set of strings that only grows. Beyond some 2 MB it lies in a file without a name, which its process leaves nothing of.

    A set of Python's own takes 130 bytes for each: of a million records a hundred megabytes.
    """

    def __init__(self) -> None:
        # SQLite's name for a database of its own, on disk where it gets large. Whoever lets go of a reader half-way closes it.
        self._connection = sqlite3.connect("", check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode=OFF")
        self._connection.execute("PRAGMA synchronous=OFF")
        self._connection.execute("CREATE TABLE seen (id TEXT PRIMARY KEY) WITHOUT ROWID")

    def __enter__(self) -> "SeenIds":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def add(self, ident: str) -> bool:
        """Take one in; return whether it is new."""
        return self._connection.execute("INSERT OR IGNORE INTO seen VALUES (?)", (ident,)).rowcount == 1
