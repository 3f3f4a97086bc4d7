"""Keeps the questions that are asked, where a setting allows it, beside the answering and never in its way."""

import queue
import threading
import time
from collections.abc import Callable

from app.answers import Answer
from app.errors import StateError
from app.failures import StateFailures
from app.records import AskedQuestion, Records

# A disk that is slower than the questions come costs questions of the log, not memory and not answers.
_MOST_WAITING = 1_000
_MOST_AT_ONCE = 200


class QuestionLog:
    """A bounded queue and the one thread that writes what is in it."""

    def __init__(self, records: Records, failures: StateFailures, clock: Callable[[], float] = time.time) -> None:
        self._records = records
        self._failures = failures
        self._clock = clock
        self._waiting: queue.Queue[AskedQuestion | None] = queue.Queue(_MOST_WAITING)
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def keep(self, question: str, answer: Answer, short_id: str) -> None:
        """Keep a question, soon; returns at once."""
        asked = AskedQuestion(
            short_id, self._clock(), question, answer.language, answer.status, answer.mode, answer.degraded,
            answer.index_version,
        )  # fmt: skip
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._write, name="question-log", daemon=True)
                self._thread.start()
        try:
            self._waiting.put_nowait(asked)
        except queue.Full:
            self._failures.failed("questions", StateError(f"{_MOST_WAITING} questions are waiting to be written."))

    def close(self) -> None:
        """Write what is waiting, and end."""
        with self._starting:
            thread, self._thread = self._thread, None
        if thread is not None:
            self._waiting.put(None)
            thread.join(timeout=10)

    def _write(self) -> None:
        ending = False
        while not ending:
            found = [self._waiting.get()]
            while len(found) < _MOST_AT_ONCE:
                try:
                    found.append(self._waiting.get_nowait())
                except queue.Empty:
                    break
            ending = None in found
            questions = [asked for asked in found if asked is not None]
            if not questions:
                continue
            try:
                self._records.keep_questions(questions)
            except StateError as error:
                self._failures.failed("questions", error)
