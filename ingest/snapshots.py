"""Snapshots: what an address gave at one moment, kept as it was, and never deleted.

    <index>/snapshots/<source>/<fetched_at>-<sha>/content    the bytes
    <index>/snapshots/<source>/<fetched_at>-<sha>/snapshot.json
    <index>/snapshots/<source>/state.json                    which snapshot is the last good one, and how the source is now

A snapshot is written beside its place and renamed into it; ``state.json`` is replaced in one step. Whatever goes wrong in
between, the last good snapshot stays.
"""

import hashlib
import json
import os
import secrets
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from app.errors import DamagedIndexError

State = Literal["ok", "unchanged", "blocked", "gone", "failed"]
FOLDER = "snapshots"
_AGAIN = "Fetch it again: briefwijzer ingest --refresh"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One fetch. ``rev`` is the revision of the text that was read from it; ``kind`` the ending that it is read by."""

    url: str
    final_url: str
    fetched_at: str
    sha256: str
    kind: str
    rev: str
    content_type: str | None = None
    etag: str | None = None
    last_modified: str | None = None

    @property
    def name(self) -> str:
        """The snapshot's folder; names sort by time."""
        return f"{self.fetched_at.replace(':', '').replace('-', '').replace('+0000', 'Z')}-{self.sha256[:12]}"


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """How a fetched source is: its state and since when, why, and the name of its last good snapshot.

    ``newest`` names the newest one, where its bytes are others and its text is the same.
    """

    state: State
    checked_at: str
    since: str
    reason: str | None = None
    snapshot: str | None = None
    url: str | None = None
    newest: str | None = None

    def speaks_of(self, url: str | None) -> bool:
        """Whether this is about the address that the source has now, and not about one that it had before."""
        return self.url is None or self.url == url


class SnapshotStore:
    """The snapshots of an index."""

    def __init__(self, index_path: Path) -> None:
        self._path = index_path / FOLDER

    def record(self, source: str) -> SourceRecord | None:
        """Return what is known of a source, or None before its first fetch.

        Where the state is damaged, the newest whole snapshot speaks for it. Raises DamagedIndexError where there is none.
        """
        path = self._path / source / "state.json"
        try:
            data = self._json(path)
            return None if data is None else SourceRecord(**data)
        except (DamagedIndexError, TypeError) as error:
            newest = self._newest_whole(source)
            if newest is None:
                raise DamagedIndexError(f"{path}: cannot be read ({error}).") from error
            reason = "its state was damaged; the newest snapshot stands. Check it by: briefwijzer ingest --refresh"
            return SourceRecord("failed", newest.fetched_at, newest.fetched_at, reason, newest.name, newest.url)

    def _newest_whole(self, source: str) -> Snapshot | None:
        for folder in sorted((self._path / source).glob("[0-9]*"), reverse=True):
            try:
                return self._whole(folder)[0]
            except DamagedIndexError:
                continue
        return None

    def latest(self, source: str) -> tuple[Snapshot, Path] | None:
        """Return the last good snapshot with the file of its bytes. Raises DamagedIndexError."""
        record = self.record(source)
        if record is None or record.snapshot is None:
            return None
        return self._whole(self._path / source / record.snapshot)

    def newest(self, source: str) -> Snapshot | None:
        """Return the newest snapshot of a source, where it is whole; what the server said of it goes into the next request."""
        try:
            record = self.record(source)
            named = record.newest or record.snapshot if record is not None else None
            return self._whole(self._path / source / named)[0] if named else None
        except DamagedIndexError:
            return None

    def _whole(self, folder: Path) -> tuple[Snapshot, Path]:
        """Return a snapshot whose bytes are the ones that were fetched. Raises DamagedIndexError."""
        content = folder / "content"
        try:
            snapshot = Snapshot(**(self._json(folder / "snapshot.json") or {}))
            with content.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except (OSError, TypeError) as error:
            raise DamagedIndexError(f"{folder}: the snapshot is not whole. {_AGAIN}") from error
        if found != snapshot.sha256:
            raise DamagedIndexError(f"{folder}: the bytes are not the ones that were fetched. {_AGAIN}")
        return snapshot, content

    def save(self, source: str, snapshot: Snapshot, content: bytes) -> str:
        """Keep a snapshot and return its name; a whole one that is there already is left alone, a damaged one put aside."""
        assert hashlib.sha256(content).hexdigest() == snapshot.sha256
        folder = self._path / source / snapshot.name
        if folder.is_dir():
            try:
                self._whole(folder)
                return snapshot.name
            except DamagedIndexError:
                folder.rename(folder.with_name(f".damaged-{secrets.token_hex(6)}"))
        scratch = self._path / source / f".part-{secrets.token_hex(6)}"
        scratch.mkdir(parents=True)
        try:
            _write(scratch / "content", content)
            _write(scratch / "snapshot.json", _dumped(asdict(snapshot)))
            scratch.rename(folder)
        except BaseException:
            shutil.rmtree(scratch, ignore_errors=True)
            raise
        _sync(folder.parent)
        return snapshot.name

    def note(self, source: str, record: SourceRecord) -> None:
        """Write how a source is, in one step."""
        folder = self._path / source
        folder.mkdir(parents=True, exist_ok=True)
        scratch = folder / f".state-{secrets.token_hex(6)}"
        try:
            _write(scratch, _dumped(asdict(record)))
            scratch.replace(folder / "state.json")
        except BaseException:
            scratch.unlink(missing_ok=True)
            raise
        _sync(folder)

    def _json(self, path: Path) -> dict[str, Any] | None:
        try:
            data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise DamagedIndexError(f"{path}: cannot be read ({error}).") from error
        return data


def _dumped(data: dict[str, Any]) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
