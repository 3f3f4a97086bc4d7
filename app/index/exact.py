"""Vectors read from the catalogue and compared one by one: exact, and without the second that it costs to load Chroma.

For a process that asks one question of a small index. For more than some thousands of passages, or many questions, Chroma's index
is quicker.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.embedding import Vectors
from app.index.catalogue import Catalogue, from_blobs


class ExactDense:
    """Reads the vectors of a version from its catalogue, all at once, when first asked."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._rows: Vectors | None = None

    def _vectors(self) -> Vectors:
        if self._rows is None:
            blobs = [blob for (blob,) in self._catalogue.rows("SELECT vector FROM passages ORDER BY number")]
            rows = from_blobs(blobs)
            self._rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
        return self._rows

    def search(self, vector: NDArray[np.float32], limit: int) -> list[tuple[int, float]]:
        """Return the nearest ``limit`` of (passage number, cosine), nearest first."""
        cosines = self._vectors() @ (vector / max(float(np.linalg.norm(vector)), 1e-9))
        nearest = np.argsort(-cosines, kind="stable")[:limit]
        return [(int(number), float(cosines[number])) for number in nearest]

    def nearest(self, vectors: Vectors, limit: int) -> list[list[int]]:
        """Return the numbers of the nearest ``limit`` passages for each row of ``vectors``."""
        return [[number for number, _ in self.search(vector, limit)] for vector in vectors]

    def stored(self, numbers: Sequence[int]) -> dict[int, NDArray[np.float32]]:
        """Return the vectors that are held for these passages."""
        rows = self._vectors()
        return {number: rows[number] for number in numbers if 0 <= number < len(rows)}

    def close(self) -> None:
        """Nothing is open beside the catalogue."""
