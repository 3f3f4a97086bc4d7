"""Notices that opening a version ended the process, as a damaged Chroma store can: a marker that its maker never took away.

The maker holds a lock on its marker as long as it lives, so that two processes that open at once are not mistaken for dead.
"""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from app.index.left_behind import left_behind, makers_name

_MARKER = "opening."


class Opening:
    """A marker that stands while a version is opened and probed."""

    def __init__(self, path: Path, handle: int) -> None:
        self._path = path
        self._handle = handle

    @classmethod
    def of(cls, version: Path) -> "Opening | None":
        """Set a marker, or none where the disk has no room for one."""
        path = version / makers_name(_MARKER)
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return None
        return cls(path, handle)

    def done(self) -> None:
        """Take the marker away."""
        self._path.unlink(missing_ok=True)
        os.close(self._handle)


def died_while_opening(version: Path) -> bool:
    """Whether a process died while it opened this version; its marker is taken away, so that it is told once."""
    died = False
    for path in left_behind(version, _MARKER):
        with suppress(OSError):
            path.unlink(missing_ok=True)
            died = True
    return died
