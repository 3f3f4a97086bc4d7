"""Holds the index version that answers, and moves on to a new one without a failed request."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from app.answering import Answerer, GenerativeAnswerer
from app.embedding import Embedder, bundled_model
from app.errors import BriefwijzerError, DamagedIndexError, NoIndexError
from app.index import Index, open_current
from app.index.versions import IndexDirectory
from app.retrieval import RetrievalWeights, Retriever


@dataclass(slots=True)
class Reading:
    """One opened version and everything that answers from it. ``readers`` counts the requests under way."""

    index: Index
    retriever: Retriever
    answerer: Answerer
    generative: GenerativeAnswerer | None = None
    readers: int = 0
    retired: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)


class Service:
    """Gives each request the current version, and closes a replaced one when its last request has ended."""

    def __init__(
        self,
        index_dir: Path,
        embedder: Embedder,
        max_question_chars: int,
        model_dir: Path | None = None,
        *,
        warm: bool = True,
        generative: Callable[[Answerer, Retriever], GenerativeAnswerer] | None = None,
    ) -> None:
        self._generative = generative
        self._index_dir = index_dir
        self._versions = IndexDirectory(index_dir)
        self._embedder = embedder
        self._max_question_chars = max_question_chars
        self._weights = RetrievalWeights.load(model_dir or bundled_model())
        self._warm = warm
        self._reading: Reading | None = None
        self._lock = threading.Lock()
        self.failure: str | None = None

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """Hold the current version for one request. Raises NoIndexError before there is one."""
        with self._lock:
            reading = self._reading
            if reading is None:
                raise NoIndexError(self.failure or "There is no index yet. Make one: briefwijzer ingest")
            with reading.lock:
                reading.readers += 1
        try:
            yield reading
        finally:
            with reading.lock:
                reading.readers -= 1
                closing = reading.retired and reading.readers == 0
            if closing:
                reading.index.close()

    def refresh(self) -> bool:
        """Move to the published version where it is another than the one that answers; return whether it moved.

        A version that cannot be opened or probed is left alone, and the one before it goes on answering.
        """
        try:
            name = self._versions.current()
            if name is None or (self._reading is not None and self._reading.index.name == name):
                return False
            self.open()
        except BriefwijzerError as error:
            self.failure = str(error)
            return False
        return True

    def open(self) -> None:
        """Open the published version and answer from it. Raises NoIndexError, DamagedIndexError, ModelError."""
        opened = self._open()
        with self._lock:
            old, self._reading = self._reading, opened
        self.failure = None
        if old is not None:
            self._retire(old)

    def _open(self) -> Reading:
        index = open_current(self._index_dir)
        try:
            index.check_model(self._embedder)
            if self._warm:
                index.probe()
            retriever = Retriever(index, self._embedder, self._weights)
            answerer = Answerer(retriever, self._max_question_chars)
            if self._warm:
                # The first question would otherwise pay for everything that is loaded on first use.
                answerer.ask(
                    "Wat staat er in de bronnnen?"
                )  # With a typing error, which loads the words of the corpus.
        except BriefwijzerError:
            index.close()
            raise
        except Exception as error:
            index.close()
            raise DamagedIndexError(f"{index.directory}: does not answer a probe ({error}).") from error
        return Reading(index, retriever, answerer, self._generative(answerer, retriever) if self._generative else None)

    def _retire(self, reading: Reading) -> None:
        with reading.lock:
            reading.retired = True
            idle = reading.readers == 0
        if idle:
            reading.index.close()

    def close(self) -> None:
        """Let go of the version."""
        with self._lock:
            old, self._reading = self._reading, None
        if old is not None:
            self._retire(old)
