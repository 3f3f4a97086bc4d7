"""Files and folders that their maker holds by a lock for as long as it lives: one that nobody holds was left by one that was killed."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def makers_name(prefix: str) -> str:
    """Return a name that no other process, and no other thread, makes."""
    return f"{prefix}{os.getpid()}.{secrets.token_hex(3)}"


def left_behind(folder: Path, prefix: str) -> Iterator[Path]:
    """Yield what begins with ``prefix`` and whose maker was killed; it is held while the caller looks at it."""
    for path in folder.glob(f"{prefix}*"):
        with suppress(OSError):
            # To lock a file on a network it has to be open for writing, as a folder cannot be.
            handle = os.open(path, (os.O_RDONLY if path.is_dir() else os.O_RDWR) | os.O_CLOEXEC)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield path
            finally:
                os.close(handle)
