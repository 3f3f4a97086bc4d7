"""API keys: made once, shown once, kept as a digest.

A key is ``bw_<id>_<secret>``; the secret is 256 random bits. So its SHA-256 is enough: a slow hash protects secrets that can be
guessed, and among 2^256 nothing can be tried out. The id finds the row, and the digests are compared in constant time.

Each request reads the row anew (a few microseconds), so that a key that was revoked ends at once in every process.
"""

import hashlib
import hmac
import re
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.access.rules import PERMISSIONS, Permission
from app.errors import SettingsError, UnauthorizedError

PREFIX = "bw_"
_SHAPE = re.compile(r"bw_([0-9a-f]{16})_([A-Za-z0-9_-]{43})")
_NAME = re.compile(r"[\w][\w .@-]{0,63}")
_PERIOD = re.compile(r"([1-9][0-9]{0,3})([hdw])")
_SECONDS = {"h": 3600, "d": 86_400, "w": 604_800}
_NOTE_USE_EVERY_S = 60.0
_TABLE = """\
CREATE TABLE IF NOT EXISTS keys (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, digest BLOB NOT NULL, scopes TEXT NOT NULL,
    created REAL NOT NULL, expires REAL, revoked REAL, used REAL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS names ON keys (name) WHERE revoked IS NULL;
"""


@dataclass(frozen=True, slots=True)
class Key:
    """A key without its secret. Times are seconds since 1970; ``used`` is exact to about a minute."""

    id: str
    name: str
    scopes: frozenset[Permission]
    created: float
    expires: float | None
    revoked: float | None
    used: float | None

    def state(self, now: float) -> str:
        """Return "revoked", "expired" or "active"."""
        if self.revoked is not None:
            return "revoked"
        return "expired" if self.expires is not None and self.expires <= now else "active"


class KeyStore:
    """The keys of one service, in ``keys.sqlite`` inside ``directory``; safe for several processes and threads.

    ``clock`` gives seconds since 1970.
    """

    def __init__(self, connection: sqlite3.Connection, clock: Callable[[], float]) -> None:
        self._connection = connection
        self._clock = clock
        self._lock = threading.Lock()
        self._noted: dict[str, float] = {}

    @classmethod
    def open(cls, directory: Path, clock: Callable[[], float] = time.time) -> "KeyStore":
        """Open the store, or make it. Raises SettingsError where the folder cannot be used."""
        path = directory / "keys.sqlite"
        try:
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600, exist_ok=True)
            connection = sqlite3.connect(path, timeout=5, check_same_thread=False, isolation_level=None)
            # Readers never wait for a writer then, so that the event loop can read.
            connection.execute("PRAGMA journal_mode=WAL")
            connection.executescript(_TABLE)
        except (OSError, sqlite3.Error) as error:
            raise SettingsError(
                f"{path}: the keys cannot be kept here ({error}). Name a folder that can be written: BRIEFWIJZER_ACCESS_DIR"
            ) from error
        return cls(connection, clock)

    def add(self, name: str, scopes: Iterable[Permission], lasts_s: float | None = None) -> str:
        """Make a key and return it whole, which is the only time that it is seen. Raises SettingsError."""
        wanted = set(scopes)
        if not _NAME.fullmatch(name):
            raise SettingsError(f"Key name {name!r}: use 1 to 64 letters, digits, spaces, and . _ @ -")
        if unknown := wanted - set(PERMISSIONS):
            raise SettingsError(f"Scope {min(unknown)!r} is unknown. Known: {', '.join(PERMISSIONS)}.")
        if not wanted:
            raise SettingsError(f"A key needs a scope. Known: {', '.join(PERMISSIONS)}.")
        identifier, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
        now = self._clock()
        expires = None if lasts_s is None else now + lasts_s
        row = (identifier, name, _digest(secret), " ".join(sorted(wanted)), now, expires)
        try:
            with self._writing() as connection:
                connection.execute(
                    "INSERT INTO keys (id, name, digest, scopes, created, expires) VALUES (?, ?, ?, ?, ?, ?)", row
                )
        except sqlite3.IntegrityError as error:
            raise SettingsError(f"There is a key {name!r} already. Revoke it first, or choose another name.") from error
        return f"{PREFIX}{identifier}_{secret}"

    def revoke(self, name: str) -> Key:
        """Revoke the key of a name; it ends with the next request, in every process. Raises SettingsError."""
        with self._writing() as connection:
            found = connection.execute(
                "UPDATE keys SET revoked = ? WHERE name = ? AND revoked IS NULL RETURNING id", (self._clock(), name)
            ).fetchall()
        if not found:
            raise SettingsError(f"There is no key {name!r}. Known: briefwijzer keys list")
        key = self.find(found[0][0])
        assert key is not None
        return key

    def listed(self) -> tuple[Key, ...]:
        """Return all keys, revoked ones too, oldest first."""
        with self._lock:
            rows = self._connection.execute(f"{_SELECT} ORDER BY created").fetchall()
        return tuple(_key(row) for row in rows)

    def find(self, identifier: str) -> Key | None:
        """Return the key of an id, or None."""
        found = self._row(identifier)
        return None if found is None else _key(found)

    def checked(self, shown: str) -> Key:
        """Return the key that a request shows. Raises UnauthorizedError, which does not tell why a secret is wrong."""
        parts = _SHAPE.fullmatch(shown)
        row = self._row(parts[1]) if parts else None
        # Compared where there is no such id too, so that the time tells nothing.
        digest = row[-1] if row is not None else _NOBODY
        right = hmac.compare_digest(_digest(parts[2] if parts else ""), digest)
        if row is None or not right:
            raise UnauthorizedError("This key is not known.")
        return self.active(_key(row))

    def is_active(self, key: Key) -> bool:
        """Return whether the key is still good."""
        return key.state(self._clock()) == "active"

    def active(self, key: Key) -> Key:
        """Return the key where it is still good. Raises UnauthorizedError."""
        state = key.state(self._clock())
        if state != "active":
            raise UnauthorizedError(f"This key is {state}.")
        return key

    def is_use_due(self, key: Key) -> bool:
        """Return whether the use of a key is to be written down now: once a minute at most, so that reading stays cheap."""
        now = self._clock()
        if abs(now - self._noted.get(key.id, 0.0)) < _NOTE_USE_EVERY_S:
            return False
        self._noted[key.id] = now
        return True

    def note_use(self, key: Key) -> None:
        """Write down that a key was used. A store that cannot be written now stays as it is: the answer matters more."""
        try:
            with self._lock:
                self._connection.execute(
                    "UPDATE keys SET used = max(coalesce(used, 0), ?) WHERE id = ?", (self._clock(), key.id)
                )
        except sqlite3.OperationalError:
            self._noted.pop(key.id, None)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    def _row(self, identifier: str) -> tuple[Any, ...] | None:
        with self._lock:
            found = self._connection.execute(f"{_SELECT} WHERE id = ?", (identifier,)).fetchone()
        return found if found is None else tuple(found)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            yield self._connection
            # So that the one file is the whole truth, also for whoever copies it.
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


_SELECT = "SELECT id, name, scopes, created, expires, revoked, used, digest FROM keys"


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


_NOBODY = bytes(32)


def _key(row: tuple[Any, ...]) -> Key:
    identifier, name, scopes, created, expires, revoked, used, _ = row
    held = scopes.split()
    return Key(identifier, name, frozenset(p for p in PERMISSIONS if p in held), created, expires, revoked, used)


def period(text: str) -> float:
    """Return the seconds of "12h", "90d" or "52w". Raises SettingsError."""
    found = _PERIOD.fullmatch(text)
    if not found:
        raise SettingsError(f"Period {text!r}: write a number and h, d or w, such as 90d.")
    return float(int(found[1]) * _SECONDS[found[2]])
