"""Copies an index folder, with all that the service keeps in it or beside it, while it is served and written to.

What is replaced by a rename, or never changed, is copied as it stands. SQLite's own way is taken for the databases that are
written while the service runs: a plain copy of one of these and of its write-ahead log can hold half a transaction. The copy is
made beside its place and renamed into it, so that there is never half a backup.
"""

import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.errors import BackupError, DamagedIndexError, NoIndexError
from app.index.versions import IndexDirectory, reader_lock, sync, sync_tree

_WAIT_S = 30.0
# Chroma writes into its own on being opened; those of keys and records are written all the time. A catalogue never is.
_WRITTEN = frozenset({"chroma.sqlite3", "keys.sqlite", "records.sqlite"})
_BESIDE = ("-wal", "-shm", "-journal")
# The counts of processes that run now.
_OF_THE_MOMENT = frozenset({"metrics"})
_TRIES = 5


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What a backup holds: the version that answers in it, how many versions, bytes in all."""

    path: Path
    version: str
    versions: int
    bytes: int


def back_up(index: Path, access: Path, state: Path, target: Path) -> BackedUp:
    """Copy an index, the folder of its keys and that of its state into ``target``, in the layout of an index folder.

    Raises BackupError, which changes nothing, NoIndexError, DamagedIndexError.
    """
    _check_target(index, target)
    scratch = target.absolute().parent / f".{target.name}.{secrets.token_hex(6)}.part"
    try:
        scratch.mkdir(parents=True, mode=0o700)
        version, count = _copy_versions(IndexDirectory(index), scratch)
        if (index / "identity").is_file():
            _copy_file(index / "identity", scratch / "identity")
        for source, name in ((index / "snapshots", "snapshots"), (access, "access"), (state, "state")):
            if source.is_dir():
                _copy_tree(source, scratch / name)
        size = sum(path.stat().st_size for path in scratch.rglob("*") if path.is_file())
        sync_tree(scratch)
        # Onto an empty folder, or into a free place.
        scratch.rename(target)
        sync(target.absolute().parent)
    except (OSError, sqlite3.Error) as error:
        raise BackupError(
            f"{target}: the backup could not be made ({error}). Nothing is left of it; see to free space and rights, and try again."
        ) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return BackedUp(target, version, count, size)


def _check_target(index: Path, target: Path) -> None:
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise BackupError(f"{target}: is no folder. Name one that is empty or not there yet.")
    if target.is_dir() and any(target.iterdir()):
        raise BackupError(f"{target}: is not empty, and a backup never writes over anything. Name another folder.")
    if target.resolve().is_relative_to(index.resolve()):
        raise BackupError(f"{target}: is inside the index {index}. Name a folder elsewhere, on another disk at best.")


def _copy_versions(versions: IndexDirectory, scratch: Path) -> tuple[str, int]:
    """Copy all versions that were published, and the pointer to the one that answers; each is held while it is copied."""
    for _ in range(_TRIES):
        pointer = _pointer(versions)
        name = versions.require_current()
        with reader_lock(versions.directory(name)) as held:
            if not held or _pointer(versions) != pointer:
                # Another version was published, and this one removed, between the two looks.
                continue
            _copy_tree(versions.directory(name), scratch / "versions" / name)
        others = [other for other in versions.names() if other != name]
        copied = [other for other in others if _copy_held(versions.directory(other), scratch / "versions" / other)]
        (scratch / "current").write_text(pointer, encoding="utf-8")
        return name, 1 + len(copied)
    raise BackupError(f"{versions.path}: new versions are published faster than they can be copied. Try again.")


def _pointer(versions: IndexDirectory) -> str:
    try:
        return (versions.path / "current").read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NoIndexError(f"{versions.path}: there is no index yet. Make one: briefwijzer ingest") from None
    except (OSError, UnicodeDecodeError) as error:
        raise DamagedIndexError(f"{versions.path / 'current'}: cannot be read ({error}).") from error


def _copy_held(source: Path, target: Path) -> bool:
    with reader_lock(source) as held:
        if held:
            _copy_tree(source, target)
    return held


def _copy_tree(source: Path, target: Path) -> None:
    """Copy a folder's files before its folders, so that what names others is never newer than these."""
    for folder, names, files in os.walk(source):
        at = target / Path(folder).relative_to(source)
        at.mkdir(parents=True, exist_ok=True)
        at.chmod(Path(folder).stat().st_mode & 0o777)
        # What begins with a dot is being made, or was left behind.
        names[:] = [name for name in names if not name.startswith(".") and name not in _OF_THE_MOMENT]
        for name in files:
            if not name.startswith(".") and not name.endswith(_BESIDE):
                _copy_file(Path(folder) / name, at / name)


def _copy_file(source: Path, target: Path) -> None:
    if source.name in _WRITTEN:
        _copy_database(source, target)
    else:
        shutil.copy2(source, target)


def _copy_database(source: Path, target: Path) -> None:
    """Copy a database as it is at one moment between two transactions, and look whether the copy is whole."""
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, source.stat().st_mode & 0o777))
    with _opened(source) as original, _opened(target) as copy:
        original.backup(copy)
        [(found,)] = copy.execute("PRAGMA quick_check(1)").fetchall()
        if found != "ok":
            raise sqlite3.DatabaseError(f"{source}: is damaged: {found}")


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, timeout=_WAIT_S)) as connection:
        yield connection
