"""A copy of a dense index to look into: opening Chroma writes into its files, and a published version is not written to."""

import fcntl
import os
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from app.index.left_behind import left_behind, makers_name

_PREFIX = ".checking."
_STORE = "chroma.sqlite3"


class Scratch:
    """A folder beside the versions that is removed with ``remove``, or by the next ingest where its maker was killed.

    The maker holds a lock on it, so that one in use is never taken for left behind.
    """

    def __init__(self, path: Path, handle: int) -> None:
        self.path = path
        self._handle = handle

    @classmethod
    def make(cls, index: Path) -> "Scratch | None":
        """Make a folder, or none where the disk has no room for one."""
        path = index / makers_name(_PREFIX)
        try:
            path.mkdir()
            handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return cls(path, handle)

    def remove(self) -> None:
        """Take the folder away."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._handle)


def sweep_scratch(index: Path) -> None:
    """Remove the folders whose makers were killed."""
    for path in left_behind(index, _PREFIX):
        shutil.rmtree(path, ignore_errors=True)


def copy_dense(directory: Path, folder: Path) -> Path:
    """Copy a dense index as it stands at one moment; return the copy. Raises OSError where the disk is full."""
    copy = folder / directory.name
    with closing(sqlite3.connect(f"file:{directory / _STORE}?mode=ro", uri=True, timeout=30)) as connection:
        # A reader that opens the store meanwhile writes a row; under a shared lock it waits until the copy is made.
        # What cannot even be locked is damaged, and is copied as it is.
        with suppress(sqlite3.Error):
            connection.execute("BEGIN")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        copy.mkdir()
        for path in sorted(directory.rglob("*")):
            # Never with its parents: who made the folder may have been killed, and the folder removed.
            if path.is_dir():
                (copy / path.relative_to(directory)).mkdir()
            else:
                shutil.copyfile(path, copy / path.relative_to(directory))
    return copy
