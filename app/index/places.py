"""Where the vectors of a version are: in a folder of it, or in a collection on a Chroma server."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from app.embedding import Vectors
from app.index.versions import DENSE, ChromaServer

# On a server: one collection a version. Its metadata say which index it belongs to.
PREFIX = "briefwijzer-"


@dataclass(frozen=True, slots=True)
class Remote:
    """The vectors of one version on a server; ``index`` tells apart the indexes that share it."""

    server: ChromaServer
    version: str
    index: str = ""

    @property
    def collection(self) -> str:
        """The name of the version's collection."""
        return PREFIX + self.version


# In the manifest of a version whose vectors Chroma's graph does not find: they are compared one by one.
DENSE_SEARCH, EXACT = "dense_search", "exact"


class Dense(Protocol):
    """What reads the vectors of one version."""

    def search(self, vector: NDArray[np.float32], limit: int) -> list[tuple[int, float]]:
        """Return the nearest ``limit`` of (passage number, cosine), nearest first."""

    def nearest(self, vectors: Vectors, limit: int) -> list[list[int]]:
        """Return the numbers of the nearest ``limit`` passages for each row of ``vectors``."""

    def stored(self, numbers: Sequence[int]) -> dict[int, NDArray[np.float32]]:
        """Return the vectors that are held for these passages."""

    def close(self) -> None:
        """Let go of what is open."""


def dense_place(directory: Path, manifest: dict[str, Any], chroma: ChromaServer | None) -> Path | Remote:
    """Return where a version's vectors are. Raises StoreAwayError where they are on a server that no setting names."""
    dense = manifest.get("dense")
    if not isinstance(dense, dict):
        return directory / DENSE
    if chroma is None:
        chroma = ChromaServer("")
    return Remote(chroma, directory.name, str(dense.get("index", "")))
