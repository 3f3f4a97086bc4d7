"""The directory of index versions: which one is current, who reads it, who may write.

    <index>/current                  the pointer: the name of the published version
    <index>/write.lock               held by the one writer
    <index>/versions/<name>/         catalogue.sqlite, tantivy/, chroma/, words.npy, manifest.json
    <index>/versions/<name>/published     says that it was complete and verified; a build that died has none
    <index>/versions/<name>/reader.lock   shared by readers, taken exclusively by whoever prunes

A version is built in ``versions/`` under its final name and counts for nothing until the pointer names it. Once opened,
a directory is never renamed.
"""

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.errors import DamagedIndexError, IndexBusyError, IndexError_, NoIndexError

FORMAT = 2
CATALOGUE, LEXICAL, DENSE, MANIFEST = "catalogue.sqlite", "tantivy", "chroma", "manifest.json"
WORDS = "words.npy"
_PUBLISHED = "published"
_DESCRIBED = {"format", "corpus", "fingerprint", "model", "counts"}


class IndexDirectory:
    """Everything about an index that is not inside one version."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._versions = path / "versions"
        self._pointer = path / "current"

    def current(self) -> str | None:
        """Return the name of the published version, or None before the first."""
        try:
            name = self._pointer.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise DamagedIndexError(f"{self._pointer}: cannot be read ({error}).") from error
        if not name or "/" in name or name.startswith("."):
            raise DamagedIndexError(f"{self._pointer}: does not name a version ({name!r}).")
        return name

    def directory(self, name: str) -> Path:
        """Return the directory of a version."""
        return self._versions / name

    def names(self) -> list[str]:
        """Return the names of all versions that were ever published, oldest first."""
        if not self._versions.is_dir():
            return []
        return sorted(path.name for path in self._versions.iterdir() if (path / _PUBLISHED).is_file())

    def manifest(self, name: str) -> dict[str, Any]:
        """Return a version's manifest. Raises DamagedIndexError."""
        path = self.directory(name) / MANIFEST
        try:
            manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise DamagedIndexError(f"{path}: cannot be read ({error}).") from error
        if not isinstance(manifest, dict) or not manifest.keys() >= _DESCRIBED:
            raise DamagedIndexError(f"{path}: does not describe a version; ingest builds it anew.")
        if manifest["format"] != FORMAT:
            raise DamagedIndexError(f"{path}: format {manifest['format']!r} is not {FORMAT}; ingest builds it anew.")
        return manifest

    def new(self) -> Path:
        """Make the directory of a version to be built. Its name sorts by time."""
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{secrets.token_hex(3)}"
        path = self._versions / name
        path.mkdir(parents=True)
        return path

    def publish(self, name: str) -> None:
        """Make a complete version the current one: files to disk, then one atomic rename of the pointer."""
        (self.directory(name) / _PUBLISHED).touch()
        sync_tree(self.directory(name))
        sync_directory(self._versions)
        scratch = self.path / f".current.{os.getpid()}"
        with scratch.open("w", encoding="utf-8") as file:
            file.write(name + "\n")
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(self._pointer)
        sync_directory(self.path)

    @contextmanager
    def writing(self, *, wait_s: float = 0.0) -> Iterator[None]:
        """Hold the writer's lock. Raises IndexBusyError that names the holder's process, after ``wait_s`` seconds."""
        from filelock import FileLock, Timeout

        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise IndexError_(
                f"{self.path}: the index folder cannot be made ({error}). Choose another by --index."
            ) from error
        lock = FileLock(self.path / "write.lock")
        holder = self.path / "write.pid"
        try:
            lock.acquire(timeout=wait_s)
        except Timeout:
            who = holder.read_text(encoding="utf-8").strip() if holder.is_file() else "unknown"
            raise IndexBusyError(
                f"{self.path}: another ingest is writing here (process {who}). Wait for it to end."
            ) from None
        try:
            holder.write_text(f"{os.getpid()}\n", encoding="utf-8")
            yield
        finally:
            holder.unlink(missing_ok=True)
            lock.release()

    def prune(self, keep: int = 2, damaged: str | None = None) -> list[str]:
        """Remove versions that are neither current, nor among the ``keep`` newest, nor being read; return their names.

        What a build left that died goes too, and so does the version that is named as damaged, so that it takes no
        sound one's place. Call it with the writer's lock held.
        """
        if not self._versions.is_dir():
            return []
        sound = [name for name in self.names() if name != damaged]
        kept = {self.current(), *sound[-keep:]}
        removed = []
        for path in sorted(self._versions.iterdir()):
            if path.name in kept:
                continue
            with reader_lock(path, exclusive=True) as held:
                if held:
                    shutil.rmtree(path, ignore_errors=True)
                    removed.append(path.name)
        return removed

    def require_current(self) -> str:
        """Return the published version's name. Raises NoIndexError."""
        name = self.current()
        if name is None:
            raise NoIndexError(f"{self.path}: there is no index yet. Make one: briefwijzer ingest")
        return name


@contextmanager
def reader_lock(version: Path, *, exclusive: bool = False) -> Iterator[bool]:
    """Hold a version's lock, shared or, without waiting, exclusive; gives False where it is not to be had."""
    handle = take_reader_lock(version, exclusive=exclusive)
    try:
        yield handle is not None
    finally:
        if handle is not None:
            os.close(handle)


def take_reader_lock(version: Path, *, exclusive: bool = False) -> int | None:
    """Return the descriptor of a held lock, or None. Closing the descriptor, or the process' death, gives it back."""
    try:
        handle = os.open(version / "reader.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


def sync_directory(path: Path) -> None:
    """Write a directory's entries to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(path: Path) -> None:
    """Write all files and directories below a path to disk."""
    for directory, _, files in os.walk(path):
        for name in files:
            handle = os.open(Path(directory) / name, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        sync_directory(Path(directory))
