"""What the service keeps of its use, in one SQLite file of the state folder: feedback, and questions where a setting allows it.

Several processes write at once, in WAL mode; each transaction waits a while for another's. No address, key or name of a person is kept. What is deleted is overwritten, not merely unlinked.
"""

import json
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.errors import StateError

FILE = "records.sqlite"
DAY_S = 86_400.0
Verdict = Literal["up", "down"]
_WAIT_S = 5.0
_TABLES = """
CREATE TABLE IF NOT EXISTS questions (
    answer TEXT PRIMARY KEY, asked_at REAL NOT NULL, question TEXT NOT NULL, language TEXT NOT NULL, status TEXT NOT NULL,
    mode TEXT NOT NULL, degraded INTEGER NOT NULL, index_version TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS questions_by_time ON questions (asked_at);
CREATE TABLE IF NOT EXISTS feedback (
    answer TEXT PRIMARY KEY, given_at REAL NOT NULL, verdict TEXT NOT NULL, remark TEXT, answered_at REAL NOT NULL,
    status TEXT NOT NULL, mode TEXT NOT NULL, language TEXT NOT NULL, index_version TEXT NOT NULL, citations TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS feedback_by_time ON feedback (given_at);
"""
_KEEP_FEEDBACK = """
INSERT INTO feedback VALUES (?, ?, ?, nullif(?, ''), ?, ?, ?, ?, ?, ?)
ON CONFLICT (answer) DO UPDATE SET given_at = excluded.given_at, verdict = excluded.verdict,
    remark = CASE WHEN ? IS NULL THEN feedback.remark ELSE excluded.remark END
"""


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question of the log. ``answer`` is the short id of its answer, ``asked_at`` seconds since 1970."""

    answer: str
    asked_at: float
    question: str
    language: str
    status: str
    mode: str
    degraded: bool
    index_version: str


@dataclass(frozen=True, slots=True)
class Cited:
    """Where a citation stands: code points of a revision of a document."""

    document_id: str
    rev: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Feedback:
    """What somebody thought of an answer. ``question`` is there as long as the question log holds it."""

    answer: str
    given_at: float
    verdict: Verdict
    remark: str | None
    answered_at: float
    status: str
    mode: str
    language: str
    index_version: str
    citations: tuple[Cited, ...]
    question: str | None = None


class Records:
    """The records of one state folder. Nothing is made on disk before something is kept. All methods raise StateError."""

    def __init__(self, state_dir: Path, clock: Callable[[], float] = time.time) -> None:
        self.path = state_dir / FILE
        self._clock = clock
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._opened: int | None = None

    def keep_questions(self, questions: Sequence[AskedQuestion]) -> None:
        """Keep questions, in one transaction."""
        rows = [
            (q.answer, q.asked_at, q.question, q.language, q.status, q.mode, q.degraded, q.index_version)
            for q in questions
        ]
        with self._writing() as db:
            db.executemany("INSERT OR REPLACE INTO questions VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def keep_feedback(self, given: Feedback) -> None:
        """Keep feedback; the last word on an answer counts. Without a remark an earlier one stays; an empty one erases it."""
        citations = json.dumps([[c.document_id, c.rev, c.start, c.end] for c in given.citations])
        with self._writing(sure=True) as db:
            db.execute(
                _KEEP_FEEDBACK,
                (
                    given.answer, given.given_at, given.verdict, given.remark, given.answered_at, given.status, given.mode,
                    given.language, given.index_version, citations, given.remark,
                ),
            )  # fmt: skip

    def questions(self, since: float = 0.0) -> list[AskedQuestion]:
        """Return the questions kept since then, oldest first."""
        with self._reading() as db:
            rows = db.execute(
                "SELECT * FROM questions WHERE asked_at >= ? ORDER BY asked_at, answer", (since,)
            ).fetchall()
        return [
            AskedQuestion(answer, at, question, language, status, mode, bool(degraded), version)
            for answer, at, question, language, status, mode, degraded, version in rows
        ]

    def feedback(self, since: float = 0.0) -> list[Feedback]:
        """Return the feedback given since then, oldest first."""
        with self._reading() as db:
            rows = db.execute(
                "SELECT feedback.*, questions.question FROM feedback LEFT JOIN questions USING (answer)"
                " WHERE given_at >= ? ORDER BY given_at, feedback.answer",
                (since,),
            ).fetchall()
        return [
            Feedback(
                answer, at, verdict, remark, answered, status, mode, language, version,
                tuple(Cited(*cited) for cited in json.loads(citations)), question,
            )
            for answer, at, verdict, remark, answered, status, mode, language, version, citations, question in rows
        ]  # fmt: skip

    def has_questions(self) -> bool:
        """Whether any question is kept."""
        with self._reading() as db:
            return db.execute("SELECT 1 FROM questions LIMIT 1").fetchone() is not None

    def purge(self, question_days: float, feedback_days: float) -> int:
        """Delete what has been kept longer than so many days, from the disk too; return how many records."""
        if not self.path.exists():
            return 0
        now = self._clock()
        with self._writing() as db:
            # What a clock that was ahead has dated into the future would otherwise stay for longer than was said.
            db.execute("UPDATE questions SET asked_at = ? WHERE asked_at > ?", (now, now + DAY_S))
            db.execute("UPDATE feedback SET given_at = ? WHERE given_at > ?", (now, now + DAY_S))
            gone = db.execute("DELETE FROM questions WHERE asked_at < ?", (now - question_days * DAY_S,)).rowcount
            gone += db.execute("DELETE FROM feedback WHERE given_at < ?", (now - feedback_days * DAY_S,)).rowcount
        # The log of the database holds what was deleted until it is written back and cut off.
        with self._reading() as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return gone

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._let_go()

    @contextmanager
    def _writing(self, *, sure: bool = False) -> Iterator[sqlite3.Connection]:
        """Give a transaction. ``sure``: it is on disk when it is done, even if the power fails."""
        with self._lock, self._named():
            db = self._writer()
            try:
                db.execute(f"PRAGMA synchronous = {'FULL' if sure else 'NORMAL'}")
                db.execute("BEGIN IMMEDIATE")
                yield db
                db.execute("COMMIT")
            except BaseException:
                # What a failed write leaves behind goes with its connection.
                self._let_go()
                raise

    def _writer(self) -> sqlite3.Connection:
        """Return the connection that this process writes by. It stays open: the last one that closes rewrites the file."""
        if self._connection is not None and self._inode() != self._opened:
            # Removed, or a backup was put in its place.
            self._let_go()
        if self._connection is None:
            if not self.path.exists():
                self._make()
            self._opened = self._inode()
            self._connection = self._connected(check_same_thread=False)
        return self._connection

    def _inode(self) -> int | None:
        try:
            return self.path.stat().st_ino
        except FileNotFoundError:
            return None

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._named():
            if not self.path.exists():
                with closing(sqlite3.connect(":memory:")) as nothing:
                    nothing.executescript(_TABLES)
                    yield nothing
                return
            with closing(self._connected()) as db:
                yield db

    def _connected(self, *, check_same_thread: bool = True) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, timeout=_WAIT_S, isolation_level=None, check_same_thread=check_same_thread)
        db.execute("PRAGMA secure_delete = ON")
        return db

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Turn what SQLite and the system raise into an error that names the file."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StateError(
                f"{self.path}: cannot be used ({error}). See to free space and rights, or choose another folder: BRIEFWIJZER_STATE_DIR"
            ) from error

    def _make(self) -> None:
        """Make the file under another name and link it to its own, so that nobody meets it half made."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        scratch = self.path.with_name(f".{FILE}.{secrets.token_hex(6)}")
        try:
            # SQLite makes its side files with the rights of this one.
            os.close(os.open(scratch, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            with closing(sqlite3.connect(scratch, isolation_level=None)) as db:
                db.execute("PRAGMA journal_mode = WAL")
                db.executescript(f"BEGIN; {_TABLES} COMMIT;")
            os.link(scratch, self.path)
        except FileExistsError:
            # Another process was first.
            pass
        finally:
            scratch.unlink(missing_ok=True)
