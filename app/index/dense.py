"""The dense index: vectors in Chroma, cosine distance. The only module that imports chromadb."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.embedding import Vectors
from app.errors import DamagedIndexError
from app.index.catalogue import from_blobs

COLLECTION = "passages"
_CONFIGURATION = {"hnsw": {"space": "cosine", "ef_construction": 128, "ef_search": 128, "max_neighbors": 24}}


def _client(directory: Path) -> Any:
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(path=str(directory), settings=Settings(anonymized_telemetry=False))


def build_dense(directory: Path, rows: Iterable[tuple[int, bytes]], dimensions: int) -> None:
    """Write a new dense index from (passage number, stored vector) rows. Raises OSError where the disk is full."""
    import chromadb.errors

    directory.mkdir()
    client = _client(directory)
    try:
        collection = client.create_collection(
            COLLECTION, configuration=_CONFIGURATION, embedding_function=None, metadata={"dimensions": dimensions}
        )
        for batch in _batches(rows, min(5_000, client.get_max_batch_size())):
            collection.add(ids=[str(number) for number, _ in batch], embeddings=from_blobs([blob for _, blob in batch]))
    except chromadb.errors.ChromaError as error:
        raise OSError(f"{directory}: Chroma could not write ({error})") from error
    finally:
        client.close()


def _batches(rows: Iterable[tuple[int, bytes]], size: int) -> Iterator[list[tuple[int, bytes]]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, size)):
        yield batch


class DenseIndex:
    """Reads one dense index; must be closed, since Chroma keeps files open otherwise."""

    def __init__(self, client: Any, collection: Any) -> None:
        self._client = client
        self._collection = collection

    @classmethod
    def open(cls, directory: Path) -> "DenseIndex":
        """Open an index for reading. Raises DamagedIndexError."""
        if not (directory / "chroma.sqlite3").is_file():
            # Chroma would make an empty store here, and answer every question with nothing.
            raise DamagedIndexError(f"{directory}: the dense index is missing.")
        try:
            client = _client(directory)
        except Exception as error:
            raise DamagedIndexError(f"{directory}: the dense index cannot be opened ({error}).") from error
        try:
            return cls(client, client.get_collection(COLLECTION, embedding_function=None))
        except Exception as error:
            client.close()
            raise DamagedIndexError(f"{directory}: the dense index cannot be opened ({error}).") from error

    def search(self, vector: NDArray[np.float32], limit: int) -> list[tuple[int, float]]:
        """Return the nearest ``limit`` of (passage number, cosine), nearest first."""
        try:
            found = self._collection.query(query_embeddings=[vector], n_results=limit, include=["distances"])
        except Exception as error:
            raise DamagedIndexError(f"The dense index cannot be read ({error}).") from error
        return [
            (int(ident), 1.0 - float(distance))
            for ident, distance in zip(found["ids"][0], found["distances"][0], strict=True)
        ]

    def nearest(self, vectors: Vectors, limit: int) -> list[list[int]]:
        """Return the numbers of the nearest ``limit`` passages for each row of ``vectors``."""
        found = self._collection.query(query_embeddings=list(vectors), n_results=limit, include=["distances"])
        return [[int(ident) for ident in row] for row in found["ids"]]

    def stored(self, numbers: Sequence[int]) -> dict[int, NDArray[np.float32]]:
        """Return the vectors that Chroma holds for these passages; what it lost is left out."""
        found = self._collection.get(ids=[str(number) for number in numbers], include=["embeddings"])
        return {
            int(ident): np.asarray(vector, dtype=np.float32)
            for ident, vector in zip(found["ids"], found["embeddings"], strict=True)
        }

    def close(self) -> None:
        """Close the client and its files."""
        self._client.close()
