"""Holds the index version that answers, and moves on to a new one without a failed request."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from app.answering import Answerer, GenerativeAnswerer
from app.embedding import Embedder, bundled_model
from app.errors import BriefwijzerError, DamagedIndexError, NoIndexError
from app.index import Index, open_current
from app.index.versions import CATALOGUE, ChromaServer, IndexDirectory
from app.retrieval import RetrievalWeights, Retriever
from app.retrieval.reranking import Reranker

# So many passages are compared one by one in 0.2 ms, quicker than Chroma is asked; a single question comes out ahead for longer.
_EXACT_TO, _EXACT_ONCE = 10_000, 20_000
# A version that could not be opened is tried again after this long; a new one at once.
_AGAIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Condition:
    """How the index is, for whoever looks after it: which version answers, and what is not as it should be, by part."""

    version: str | None
    held_since: str | None
    troubles: dict[str, str]
    damaged: bool


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
        chroma: ChromaServer | None = None,
        reranker: Reranker | None = None,
    ) -> None:
        self._reranker = reranker
        self._generative = generative
        self._index_dir = index_dir
        self._chroma = chroma
        self._versions = IndexDirectory(index_dir, chroma)
        self._embedder = embedder
        self._max_question_chars = max_question_chars
        self._weights = RetrievalWeights.load(model_dir or bundled_model())
        self._warm = warm
        self._reading: Reading | None = None
        self._lock = threading.Lock()
        self._tried: tuple[str | None, str | None] | None = None
        self._again_at = 0.0
        self._suspected: DamagedIndexError | None = None
        self.failure: BriefwijzerError | None = None

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """Hold the current version for one request. Raises NoIndexError before there is one."""
        with self._lock:
            reading = self._reading
            if reading is None:
                raise NoIndexError(str(self.failure or "There is no index yet. Make one: briefwijzer ingest"))
            with reading.lock:
                reading.readers += 1
        try:
            yield reading
        except DamagedIndexError as error:
            # Whoever watches has the version checked; until then the request's own retry may fare better.
            self._suspected = error
            raise
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
            sight = self._sight()
            if sight[0] is None and not isinstance(self.failure, DamagedIndexError):
                return False
            before = self._reading.index.name if self._reading is not None else None
            if before == sight[0] and sight[1] is None:
                self.failure = None
                return False
            if sight == self._tried and time.monotonic() < self._again_at:
                return False
            self._tried, self._again_at = sight, time.monotonic() + _AGAIN_S
            self.open()
        except BriefwijzerError as error:
            self.failure = error
            return False
        return self._reading is not None and self._reading.index.name != before

    def _sight(self) -> tuple[str | None, str | None]:
        """Return the published version's name, and what of it was found damaged."""
        try:
            name = self._versions.current()
        except DamagedIndexError as error:
            self.failure = error
            return None, CATALOGUE
        return name, self._versions.damage(name) if name else None

    def open(self) -> None:
        """Open the published version and answer from it. Raises NoIndexError, DamagedIndexError, ModelError."""
        opened = self._open()
        with self._lock:
            old, self._reading = self._reading, opened
        self.failure = None
        self._suspected = None
        if old is not None:
            self._retire(old)

    def condition(self) -> Condition:
        """Return how the index is."""
        with self._lock:
            reading = self._reading
        troubles = dict(reading.index.troubles) if reading is not None else {}
        if self._suspected is not None:
            troubles.setdefault("catalogue", self._suspected)
        if self.failure is not None:
            troubles["version"] = self.failure
        try:
            held = self._versions.held_since()
        except DamagedIndexError as error:
            held, troubles["version"] = None, error
        return Condition(
            reading.index.name if reading is not None else None,
            held,
            {part: str(error) for part, error in troubles.items()},
            any(isinstance(error, DamagedIndexError) for error in troubles.values()),
        )

    def look(self) -> None:
        """Probe the version that answers, so that what went wrong with it is known before anybody asks."""
        with suppress(BriefwijzerError), self.reading() as reading:
            reading.index.look()

    def checked(self) -> None:
        """Say that the published version was checked and, where need be, mended: what was suspected is looked at afresh."""
        self._suspected = None
        self._tried = None
        if not self.refresh() and self.condition().damaged:
            with suppress(BriefwijzerError):
                self.open()

    def _open(self) -> Reading:
        avoid: set[str] = set()
        while True:
            # Who asks once need not wait for Chroma to load.
            exact_to = _EXACT_TO if self._warm else _EXACT_ONCE
            index = open_current(self._index_dir, self._chroma, avoid, exact_to=exact_to, once=not self._warm)
            try:
                return self._prepare(index)
            except DamagedIndexError:
                if index.name in avoid:
                    raise
                avoid.add(index.name)

    def _prepare(self, index: Index) -> Reading:
        try:
            index.check_model(self._embedder)
            if self._warm:
                index.probe()
            retriever = Retriever(index, self._embedder, self._weights, self._reranker)
            answerer = Answerer(retriever, self._max_question_chars)
            if self._warm:
                # The first question would otherwise pay for everything that is loaded on first use.
                # With a typing error, which loads the words of the corpus.
                answerer.ask("Wat staat er in de bronnnen?")
                answerer.ask("What do the sources say?")
            index.settled()
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
