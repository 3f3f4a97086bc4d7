"""Opens an index version for reading, and hands it back."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from app.embedding import Embedder, Vectors
from app.errors import BriefwijzerError, DamagedIndexError, ModelError, NoIndexError, StoreAwayError
from app.index.catalogue import Catalogue, derived_rows, from_blobs
from app.index.dense import MissingDense, open_dense
from app.index.exact import ExactDense
from app.index.frequencies import HeldFrequencies
from app.index.lexical import LexicalIndex
from app.index.opening import Opening, died_while_opening
from app.index.places import DENSE_SEARCH, EXACT, Dense, Remote, dense_place
from app.index.recent_rows import RecentRows
from app.index.vectors import PassageVectors
from app.index.versions import CATALOGUE, DENSE, LEXICAL, VECTORS, WORDS, IndexDirectory, take_reader_lock
from app.index.words import WordVectors
from app.stages import stage

# So many questions to Chroma under way; more wait. Threads begin as they are needed.
_AT_ONCE = 32
Scored = list[tuple[int, float]]
_Part = TypeVar("_Part")


class Index:
    """One version, held by a shared lock until it is closed.

    ``troubles`` says what of it is not as it should be, by part: it answers all the same, from its other parts.
    """

    def __init__(
        self,
        name: str,
        directory: Path,
        manifest: dict[str, Any],
        catalogue: Catalogue,
        lexical: LexicalIndex,
        dense: Dense,
        words: WordVectors,
        lock: int,
        opening: Opening | None = None,
        troubles: dict[str, BriefwijzerError] | None = None,
        frequencies: Callable[[Sequence[str]], dict[str, int]] | None = None,
        vectors: PassageVectors | None = None,
    ) -> None:
        self.name = name
        self.directory = directory
        self.manifest = manifest
        self.catalogue = catalogue
        self.frequencies = frequencies or catalogue.frequencies
        self.recent = RecentRows(catalogue)
        self.lexical = lexical
        self.dense = dense
        self.words = words
        self._vectors = vectors
        self.troubles: dict[str, BriefwijzerError] = troubles or {}
        self._lock: int | None = lock
        self._opening = opening
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="dense")

    @classmethod
    def open(
        cls, versions: IndexDirectory, name: str, *, stand_in: bool = False, exact_to: int = 0, once: bool = False
    ) -> "Index":
        """Open one version. Raises NoIndexError where it was pruned meanwhile, DamagedIndexError where it is damaged.

        With ``stand_in`` a damaged derived part is no error: what it held is made in memory from the catalogue, or, for the
        vectors, done without. Of a version of at most ``exact_to`` passages the vectors are compared one by one; they are read
        from Chroma's files, and ``once``, for a single question, from the catalogue, without loading Chroma, nor what only many
        questions make good.
        """
        directory = versions.directory(name)
        lock = take_reader_lock(directory)
        if lock is None:
            raise NoIndexError(f"{directory}: this version is not there (any more).")
        opening: Opening | None = None
        try:
            manifest = versions.manifest(name)
            if died_while_opening(directory):
                _check_again(versions, name)
            damaged = versions.damage(name)
            if damaged is not None and not stand_in:
                raise DamagedIndexError(f"{directory}: {damaged} was found damaged.", damaged)
            opening = Opening.of(directory)
            catalogue = Catalogue(directory / CATALOGUE)
            catalogue.meta()
            frequencies = None if once else HeldFrequencies(catalogue.all_frequencies())
            troubles: dict[str, BriefwijzerError] = {}

            def part(which: str, open_it: Callable[[], _Part], instead: Callable[[BriefwijzerError], _Part]) -> _Part:
                try:
                    if which == damaged:
                        raise DamagedIndexError(f"{directory}: {which} was found damaged.", which)
                    return open_it()
                except DamagedIndexError as error:
                    if not stand_in:
                        raise
                    troubles[which] = error
                    return instead(error)

            lexical = part(
                LEXICAL, lambda: LexicalIndex.open(directory / LEXICAL), lambda _: _lexical_in_memory(directory)
            )
            words = part(WORDS, lambda: WordVectors.open(directory / WORDS), lambda _: _words_in_memory(directory))
            # What it holds stands in the catalogue too.
            vectors = part(VECTORS, lambda: PassageVectors.open(directory / VECTORS), lambda _: None)
            passages = manifest["counts"]["passages"]
            small = passages <= exact_to
            dense: Dense
            if manifest.get(DENSE_SEARCH) == EXACT or (small and once):
                dense = ExactDense.of_catalogue(catalogue)
            else:
                place = dense_place(directory, manifest, versions.chroma)
                dense = part(DENSE, lambda: _open_dense(place, passages if small else None), MissingDense)
        except BaseException:
            if opening is not None:
                opening.done()
            os.close(lock)
            raise
        return cls(
            name, directory, manifest, catalogue, lexical, dense, words, lock, opening, troubles, frequencies, vectors
        )

    def close(self) -> None:
        """Close all files and give the lock back. Safe to call twice."""
        if self._lock is None:
            return
        self.settled()
        self._threads.shutdown()
        self.dense.close()
        if self._vectors is not None:
            self._vectors.close()
        self.catalogue.close()
        os.close(self._lock)
        self._lock = None

    def settled(self) -> None:
        """Say that opening and probing it did not end the process."""
        if self._opening is not None:
            self._opening.done()
            self._opening = None

    def check_model(self, embedder: Embedder) -> None:
        """Raise ModelError where the index was made with other weights."""
        made_with = self.manifest["model"]
        if made_with["digest"] != embedder.digest:
            raise ModelError(
                f"The index was made with embedding model {made_with['name']!r} ({made_with['digest']}), but the setting asks for "
                f"{embedder.name!r} ({embedder.digest}). Run: briefwijzer ingest"
            )

    def probe(self) -> None:
        """Ask each part for something it must hold. Raises DamagedIndexError that names the part.

        A server that is away is a trouble, no error, and so is a part that is known to be damaged.
        """
        if not self.catalogue.passages([0]):
            raise DamagedIndexError(f"{self.directory}: the catalogue holds no passages.", CATALOGUE)
        if len(self.lexical) != self.manifest["counts"]["passages"]:
            raise DamagedIndexError(f"{self.directory}: the lexical index is not whole.", LEXICAL)
        try:
            if not self.dense.stored([0]):
                raise DamagedIndexError(f"{self.directory}: the dense index does not hold the first passage.")
            if self.remote:
                self.troubles.pop(DENSE, None)
        except StoreAwayError as error:
            self.troubles[DENSE] = error
        except DamagedIndexError as error:
            if not self.remote and DENSE not in self.troubles:
                raise DamagedIndexError(str(error), DENSE) from error
            self.troubles[DENSE] = error

    def look(self) -> None:
        """Probe a version that answers; a derived part that fails is a trouble. Raises DamagedIndexError for the catalogue."""
        try:
            self.probe()
        except DamagedIndexError as error:
            if error.part not in (LEXICAL, DENSE):
                raise
            self.troubles[error.part] = error

    def search(
        self,
        query: Sequence[tuple[str, str, float]],
        vector: NDArray[np.float32],
        most: int,
        meanwhile: Callable[[], object] | None = None,
    ) -> tuple[dict[int, float], dict[int, float]]:
        """Return the BM25 scores of the passages that share terms with a question, and the cosines of those and of the nearest to it.

        Where one of the two indexes fails the other goes on alone, and ``troubles`` says so. Raises DamagedIndexError or
        StoreAwayError where both fail. ``meanwhile`` is called where Chroma is still at work then: it takes some
        milliseconds, mostly waiting for threads of its own.
        """
        nearest = self._begin_dense(vector, min(most, len(self.lexical)))
        with stage("lexical"):
            found = self._asked(LEXICAL, lambda: self.lexical.search(query, most))
        lexical = dict(found or ())
        if isinstance(self.dense, ExactDense):
            dense = self._asked(DENSE, nearest)
            cosines = dict(dense or ())
            others = [number for number in lexical if number not in cosines]
            with stage("dense"):
                similar = self.dense.cosines(vector, others) if others else []
        else:
            others = list(lexical)
            similar = self._cosines(vector, others)
            if meanwhile is not None:
                meanwhile()
            dense = self._asked(DENSE, nearest)
            cosines = {}
        if found is None and dense is None:
            raise self.troubles[LEXICAL]
        return lexical, cosines | dict(zip(others, similar, strict=True)) | dict(dense or ())

    def _begin_dense(self, vector: NDArray[np.float32], limit: int) -> Callable[[], Scored]:
        """Begin to search the dense index, and return what waits for the result."""

        def search() -> Scored:
            with stage("dense"):
                return self.dense.search(vector, limit)

        if isinstance(self.dense, ExactDense):
            return search
        return self._threads.submit(copy_context().run, search).result

    def _cosines(self, vector: NDArray[np.float32], numbers: Sequence[int]) -> list[float]:
        """Return how near to a question's unit vector these passages are."""
        if not numbers:
            return []
        with stage("dense"):
            found: list[float] = (self._stored(numbers) @ vector).tolist()
        return found

    def _stored(self, numbers: Sequence[int]) -> Vectors:
        if self._vectors is not None:
            try:
                return self._vectors.rows(numbers)
            except DamagedIndexError as error:
                self.troubles[VECTORS] = error
        vectors = self.catalogue.vectors(numbers)
        return from_blobs([vectors[number] for number in numbers])

    def _asked(self, part: str, ask: Callable[[], Scored]) -> Scored | None:
        try:
            found = ask()
        except (DamagedIndexError, StoreAwayError) as error:
            self.troubles[part] = error
            return None
        if part == DENSE and self.remote:
            self.troubles.pop(part, None)
        return found

    @property
    def remote(self) -> bool:
        """Whether the vectors are on a Chroma server."""
        return isinstance(self.manifest.get("dense"), dict)


def _open_dense(place: Path | Remote, compared: int | None) -> Dense:
    """Open the vectors; ``compared`` is how many there are, where they are to be compared one by one."""
    dense = open_dense(place)
    if compared is None or isinstance(place, Remote):
        return dense
    try:
        return ExactDense.of_store(dense, compared)
    except BaseException:
        dense.close()
        raise


def _lexical_in_memory(directory: Path) -> LexicalIndex:
    rows = derived_rows(directory / CATALOGUE)
    return LexicalIndex.in_memory((n, terms, parts, context) for n, terms, parts, context, _ in rows)


def _words_in_memory(directory: Path) -> WordVectors:
    return WordVectors.of_catalogue(directory / CATALOGUE)


def _check_again(versions: IndexDirectory, name: str) -> None:
    """Check a version, in a child process, that may have ended whoever opened it last. Raises DamagedIndexError."""
    from app.index.verifying import damaged_part

    try:
        damaged = damaged_part(versions.directory(name), chroma=versions.chroma)
    except StoreAwayError:
        return
    if damaged is not None:
        versions.mark_damaged(name, damaged)


def sample(numbers: int, most: int) -> Sequence[int]:
    """Return at most ``most`` numbers spread evenly over range(numbers)."""
    step = max(1, numbers // most)
    return range(0, numbers, step)[:most]
