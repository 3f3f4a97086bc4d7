"""Compares the vectors of a small version one by one: exact, and at these sizes far quicker than a query of Chroma.

Chroma's fixed cost is 1.2 to 2 ms a query, at any size; comparing 1,000 vectors takes 0.04 ms, 10,000 take 0.2 ms.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from app.embedding import Vectors
from app.errors import DamagedIndexError
from app.index.catalogue import Catalogue, from_blobs
from app.index.places import Dense


class ExactDense:
    """Compares with all vectors of a version, which it reads at once, when first asked."""

    def __init__(self, read: Callable[[], Vectors], store: Dense | None = None) -> None:
        self._read = read
        self._store = store
        self._rows: Vectors | None = None

    @classmethod
    def of_catalogue(cls, catalogue: Catalogue) -> "ExactDense":
        """Read from the catalogue, without the second that it costs to load Chroma, for a process that asks one question."""

        def read() -> Vectors:
            return from_blobs([blob for (blob,) in catalogue.rows("SELECT vector FROM passages ORDER BY number")])

        return cls(read)

    @classmethod
    def of_store(cls, store: Dense, passages: int) -> "ExactDense":
        """Read what Chroma holds. Raises DamagedIndexError where it lost some of the ``passages``."""

        def read() -> Vectors:
            held = store.stored(range(passages))
            if len(held) != passages:
                raise DamagedIndexError(f"The dense index holds {len(held):,} of {passages:,} passages.")
            return np.stack([held[number] for number in range(passages)])

        found = cls(read, store)
        found._vectors()
        return found

    def _vectors(self) -> Vectors:
        if self._rows is None:
            rows = self._read()
            self._rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
        return self._rows

    def search(self, vector: NDArray[np.float32], limit: int) -> list[tuple[int, float]]:
        """Return the nearest ``limit`` of (passage number, cosine), nearest first."""
        cosines = self._vectors() @ _unit(vector)
        if limit < len(cosines):
            least = np.partition(cosines, len(cosines) - limit)[-limit]
            candidates = np.flatnonzero(cosines >= least)
            nearest = candidates[np.argsort(-cosines[candidates], kind="stable")[:limit]]
        else:
            nearest = np.argsort(-cosines, kind="stable")
        return list(zip(nearest.tolist(), cosines[nearest].tolist(), strict=True))

    def cosines(self, vector: NDArray[np.float32], numbers: Sequence[int]) -> list[float]:
        """Return the cosine of each of these passages."""
        found: list[float] = (self._vectors()[numbers] @ _unit(vector)).tolist()
        return found

    def nearest(self, vectors: Vectors, limit: int) -> list[list[int]]:
        """Return the numbers of the nearest ``limit`` passages for each row of ``vectors``."""
        return [[number for number, _ in self.search(vector, limit)] for vector in vectors]

    def stored(self, numbers: Sequence[int]) -> dict[int, NDArray[np.float32]]:
        """Return the vectors that are held for these passages; of a store that was read, what it holds now."""
        if self._store is not None:
            return self._store.stored(numbers)
        rows = self._vectors()
        return {number: rows[number] for number in numbers if 0 <= number < len(rows)}

    def close(self) -> None:
        """Close the store, where there is one."""
        if self._store is not None:
            self._store.close()


def _unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    found: NDArray[np.float32] = vector / max(float(np.linalg.norm(vector)), 1e-9)
    return found
