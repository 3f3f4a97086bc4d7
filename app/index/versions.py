"""The directory of index versions: which one is current, who reads it, who may write.

    <index>/current                  the pointer: the name of the published version; after a roll back, since when it is held
    <index>/write.lock               held by the one writer
    <index>/versions/<name>/         catalogue.sqlite, tantivy/, chroma/, words.npy, vectors.npy, manifest.json
    <index>/versions/<name>/published     says that it was complete and verified; a build that died has none
    <index>/versions/<name>/damaged       names the part that was found damaged; readers look for another version
    <index>/versions/<name>/reader.lock   shared by readers, taken exclusively by whoever prunes

A version is built in ``versions/`` under its final name and counts for nothing until the pointer names it. Once opened,
a directory is never renamed.
"""

import fcntl
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from app.errors import DamagedIndexError, IndexBusyError, IndexError_, NoIndexError
from app.index.scratch import sweep_scratch

FORMAT = 4
CATALOGUE, LEXICAL, DENSE, MANIFEST = "catalogue.sqlite", "tantivy", "chroma", "manifest.json"
WORDS, VECTORS = "words.npy", "vectors.npy"
_PUBLISHED, _DAMAGED = "published", "damaged"
_STAMP = "%Y%m%dT%H%M%S%f"
_STAMP_LENGTH = len("20000101T000000000000")
_HELD = "held "
_DESCRIBED = {"format", "corpus", "fingerprint", "model", "counts"}


@dataclass(frozen=True, slots=True)
class ChromaServer:
    """A Chroma server that keeps the vectors, one collection a version. ``timeout_s`` bounds each call to it."""

    url: str
    token: str | None = None
    timeout_s: float = 5.0

    def __repr__(self) -> str:
        return f"ChromaServer({self.url!r})"


class IndexDirectory:
    """Everything about an index that is not inside one version. ``chroma`` is where its vectors are, if not inside it."""

    def __init__(self, path: Path, chroma: ChromaServer | None = None) -> None:
        self.path = path
        self.chroma = chroma
        self._versions = path / "versions"
        self._pointer = path / "current"

    def current(self) -> str | None:
        """Return the name of the published version, or None before the first."""
        return self._read_pointer()[0]

    def held_since(self) -> str | None:
        """Return since when (ISO 8601) the published version is held after a roll back, or None where it is not."""
        return self._read_pointer()[1]

    def _read_pointer(self) -> tuple[str | None, str | None]:
        try:
            name, *more = self._pointer.read_text(encoding="utf-8").strip().split("\n")
        except FileNotFoundError:
            if self.names():
                raise DamagedIndexError(f"{self._pointer}: is missing, though there are versions.") from None
            return None, None
        except (OSError, UnicodeDecodeError) as error:
            raise DamagedIndexError(f"{self._pointer}: cannot be read ({error}).") from error
        if not name or "/" in name or name.startswith("."):
            raise DamagedIndexError(f"{self._pointer}: does not name a version ({name!r}).")
        held = [line.removeprefix(_HELD) for line in more if line.startswith(_HELD)]
        return name, held[0] if held else None

    def identity(self) -> str:
        """Return what tells this index's collections on a Chroma server from another's; made on first use, copied along."""
        path = self.path / "identity"
        if not path.is_file():
            scratch = self.path / f".identity.{os.getpid()}"
            scratch.write_text(secrets.token_hex(8) + "\n", encoding="utf-8")
            scratch.replace(path)
        return path.read_text(encoding="utf-8").strip()

    def directory(self, name: str) -> Path:
        """Return the directory of a version."""
        return self._versions / name

    def names(self) -> list[str]:
        """Return the names of all versions that were ever published, oldest first."""
        if not self._versions.is_dir():
            return []
        return sorted(path.name for path in self._versions.iterdir() if is_published(path))

    def manifest(self, name: str) -> dict[str, Any]:
        """Return a version's manifest. Raises DamagedIndexError."""
        path = self.directory(name) / MANIFEST
        try:
            manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise DamagedIndexError(f"{path}: cannot be read ({error}).") from error
        if not isinstance(manifest, dict) or not manifest.keys() >= _DESCRIBED:
            raise DamagedIndexError(f"{path}: does not describe a version; ingest builds it anew.")
        if manifest.get("digest", digest := manifest_digest(manifest)) != digest:
            raise DamagedIndexError(f"{path}: is not what was written; ingest builds it anew.")
        if manifest["format"] != FORMAT:
            raise DamagedIndexError(f"{path}: format {manifest['format']!r} is not {FORMAT}; ingest builds it anew.")
        return manifest

    def new(self) -> Path:
        """Make the directory of a version to be built. Its name sorts behind every other, wherever the clock stands."""
        stamp = f"{datetime.now(UTC):{_STAMP}}"
        newest = max((path.name[:_STAMP_LENGTH] for path in self._directories()), default="")
        if newest >= stamp:
            # The clock was set back, or two versions were made in the same microsecond.
            try:
                stamp = f"{datetime.strptime(newest, _STAMP).replace(tzinfo=UTC) + timedelta(microseconds=1):{_STAMP}}"
            except (ValueError, OverflowError):
                stamp = newest
        path = self._versions / f"{stamp}-{secrets.token_hex(3)}"
        path.mkdir(parents=True)
        return path

    def _directories(self) -> list[Path]:
        return sorted(path for path in self._versions.iterdir()) if self._versions.is_dir() else []

    def publish(self, name: str, *, held: str | None = None) -> None:
        """Make a complete version the current one: files to disk, then one atomic rename of the pointer.

        ``held`` keeps a roll back's hold on what is a renewed copy of the same version.
        """
        (self.directory(name) / _PUBLISHED).touch()
        sync_tree(self.directory(name))
        sync(self._versions)
        self.point(name, held=held)

    def point(self, name: str, *, held: str | None = None) -> None:
        """Move the pointer in one step to a version that was published before. Call it with the writer's lock held."""
        scratch = self.path / f".current.{os.getpid()}"
        try:
            with scratch.open("w", encoding="utf-8") as file:
                file.write(name + "\n" + (f"{_HELD}{held}\n" if held else ""))
                file.flush()
                os.fsync(file.fileno())
            scratch.replace(self._pointer)
        except BaseException:
            scratch.unlink(missing_ok=True)
            raise
        sync(self.path)

    def mend_pointer(self) -> bool:
        """Point to the newest version where the pointer names none; return whether it did. Call it with the lock held."""
        try:
            name = self.current()
            if name is None or self.directory(name).is_dir():
                return False
        except DamagedIndexError:
            pass
        names = [name for name in self.names() if self.damage(name) is None]
        if names:
            self.point(names[-1])
        return bool(names)

    def mark_damaged(self, name: str, part: str) -> None:
        """Tell all readers, those of other processes too, that a part of a version was found damaged."""
        with suppress(OSError):
            (self.directory(name) / _DAMAGED).write_text(part + "\n", encoding="utf-8")

    def mark_sound(self, name: str) -> None:
        """Take the mark of damage off a version that was checked and found sound."""
        (self.directory(name) / _DAMAGED).unlink(missing_ok=True)

    def damage(self, name: str) -> str | None:
        """Return the part of a version that was found damaged, or None."""
        try:
            return (self.directory(name) / _DAMAGED).read_text(encoding="utf-8").strip() or CATALOGUE
        except (OSError, UnicodeDecodeError):
            return None

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
            raise IndexBusyError(
                f"{self.path}: another ingest is writing here (process {_who(holder)}). Wait for it to end, "
                "by itself with: briefwijzer ingest --wait SECONDS"
            ) from None
        try:
            with suppress(OSError):
                # On a full disk the lock holds all the same; only its holder goes unnamed.
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
        sweep_scratch(self.path)
        sound = [name for name in self.names() if name != damaged]
        kept = {self.current(), *sound[max(0, len(sound) - keep) :]}
        return [path.name for path in self._directories() if path.name not in kept and _remove(path)]

    def sweep(self) -> list[str]:
        """Remove what builds left that died, so that they take no room from the next. Call it with the writer's lock held."""
        for scratch in self.path.glob(".current.*"):
            scratch.unlink(missing_ok=True)
        sweep_scratch(self.path)
        try:
            kept = {self.current(), *self.names()}
        except DamagedIndexError:
            # A pointer that cannot be read may name any of them.
            return []
        return [path.name for path in self._directories() if path.name not in kept and _remove(path)]

    def require_current(self) -> str:
        """Return the published version's name. Raises NoIndexError."""
        name = self.current()
        if name is None:
            raise NoIndexError(f"{self.path}: there is no index yet. Make one: briefwijzer ingest")
        return name


def is_published(version: Path) -> bool:
    """Whether a version's directory was complete and verified once."""
    return (version / _PUBLISHED).is_file()


def _remove(version: Path) -> bool:
    """Remove a version that nobody reads; return whether it is gone."""
    with reader_lock(version, exclusive=True) as held:
        if held:
            # First what makes it count, so that one that was half removed is never taken for whole.
            (version / _PUBLISHED).unlink(missing_ok=True)
            shutil.rmtree(version, ignore_errors=True)
    return held


def manifest_digest(manifest: dict[str, Any]) -> str:
    """Return the digest of all that a manifest says beside its digest."""
    said = {key: value for key, value in manifest.items() if key != "digest"}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _who(holder: Path) -> str:
    try:
        return holder.read_text(encoding="utf-8").strip() or "unknown"
    except (OSError, UnicodeDecodeError):
        return "unknown"


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
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        fcntl.flock(handle, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        if os.fstat(handle).st_nlink == 0:
            raise OSError("pruned between the look and the lock")
    except OSError:
        os.close(handle)
        return None
    return handle


def sync(path: Path) -> None:
    """Write a file, or a directory's entries, to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(path: Path) -> None:
    """Write all files and directories below a path to disk."""
    for directory, _, files in os.walk(path):
        for name in files:
            sync(Path(directory) / name)
        sync(Path(directory))
