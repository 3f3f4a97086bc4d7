"""The vectors of the corpus' words, one row each, mapped from disk: only the rows that a question needs are read.

They are kept in one byte a dimension: that is a quarter of the memory, three times as fast to read as float16, and moves a
cosine by about 0.001. And they are kept in their first 128 dimensions, which the model is trained to put most into (Matryoshka
representation learning, Kusupati et al., 2022): of single words more dimensions tell no more.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.embedding import Vectors, normalised
from app.errors import DamagedIndexError
from app.index.catalogue import from_blobs, word_vectors

# In a passage's row of word numbers: here a new segment begins.
SEGMENT = 0xFFFFFFFF
_BATCH = 10_000
_DIMENSIONS = 128
# A component of a unit vector beyond 127 / 256 does not occur in practice; it is clipped.
_SCALE = 256


def build_words(path: Path, blobs: Iterable[bytes], count: int, dimensions: int) -> None:
    """Write the vectors of ``count`` words, each a float16 blob of the catalogue, in the order of their numbers."""
    place = 0
    # Written, not mapped: a full disk is an error in a write, but ends the process that stores into a map.
    with path.open("wb") as file:
        header = {
            "descr": np.lib.format.dtype_to_descr(np.dtype(np.int8)),
            "fortran_order": False,
            "shape": (count, min(dimensions, _DIMENSIONS)),
        }
        np.lib.format.write_array_header_2_0(file, header)
        for batch in _batches(blobs):
            rows = from_blobs(batch)
            if rows.shape[1] != dimensions:
                raise DamagedIndexError(
                    f"{path}: the catalogue gave word vectors of {rows.shape[1]} dimensions, not {dimensions}."
                )
            file.write(quantised(rows).tobytes())
            place += len(batch)
    if place != count:
        raise DamagedIndexError(f"{path}: the catalogue gave {place} word vectors where it names {count} words.")


def quantised(rows: NDArray[np.float32]) -> NDArray[np.int8]:
    """Return vectors as they are kept: their first dimensions, at length 1, in one byte each."""
    found: NDArray[np.int8] = np.clip(np.rint(_leading(rows) * _SCALE), -127, 127).astype(np.int8)
    return found


def _leading(rows: NDArray[np.float32]) -> Vectors:
    return normalised(rows[:, :_DIMENSIONS])


def _batches(blobs: Iterable[bytes]) -> Iterator[list[bytes]]:
    iterator = iter(blobs)
    while batch := list(islice(iterator, _BATCH)):
        yield batch


class WordVectors:
    """Reads the vectors of words by number."""

    def __init__(self, rows: NDArray[np.int8]) -> None:
        self._rows = rows

    @classmethod
    def open(cls, path: Path) -> "WordVectors":
        """Map the file. Raises DamagedIndexError."""
        try:
            rows = np.load(path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise DamagedIndexError(f"{path}: the word vectors cannot be read ({error}).") from error
        if rows.dtype != np.int8 or rows.ndim != 2:
            raise DamagedIndexError(f"{path}: not a table of word vectors ({rows.dtype}, {rows.shape}).")
        # A plain view: a memmap's own indexing is slower.
        return cls(np.asarray(rows))

    @classmethod
    def of_catalogue(cls, catalogue: Path) -> "WordVectors":
        """Make the table in memory, where its file is damaged."""
        count, blobs = word_vectors(catalogue)
        batches = [quantised(from_blobs(batch)) for batch in _batches(blobs)]
        return cls(np.concatenate(batches) if batches else np.zeros((count, 1), dtype=np.int8))

    def __len__(self) -> int:
        return int(self._rows.shape[0])

    def cosines(self, numbers: NDArray[np.integer], vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the cosines of the words with ``vectors``, shape (n, dimensions) in full; shape (len(numbers), n)."""
        # The words first: there are many of them and few vectors, and the other way round it takes half as long again.
        found: NDArray[np.float32] = self._rows.take(numbers, axis=0).astype(np.float32) @ _leading(vectors).T
        found /= _SCALE
        return found

    def quantised(self, numbers: NDArray[np.integer]) -> NDArray[np.int8]:
        """Return the rows as they are kept."""
        found: NDArray[np.int8] = self._rows[numbers]
        return found
