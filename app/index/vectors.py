"""The vectors of the passages in a file of rows: a question looks some sixty up, and in the catalogue each stands amid its text.

Read, not mapped: the pages of a mapping count as the service's memory, and with time all of them would.
"""

import os
import weakref
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from app.embedding import Vectors
from app.errors import DamagedIndexError

_ROW = np.dtype(np.float16)
_AT_ONCE = 10_000


def build_vectors(path: Path, blobs: Iterable[bytes], count: int, dimensions: int) -> None:
    """Write the vectors of ``count`` passages, each a float16 blob of the catalogue, in the order of their numbers."""
    iterator, place = iter(blobs), 0
    with path.open("wb") as file:
        header = {
            "descr": np.lib.format.dtype_to_descr(_ROW), "fortran_order": False, "shape": (count, dimensions),
        }  # fmt: skip
        np.lib.format.write_array_header_2_0(file, header)
        while batch := list(islice(iterator, _AT_ONCE)):
            if any(len(blob) != dimensions * _ROW.itemsize for blob in batch):
                raise DamagedIndexError(f"{path}: the catalogue gave vectors that do not have {dimensions} dimensions.")
            file.write(b"".join(batch))
            place += len(batch)
    if place != count:
        raise DamagedIndexError(f"{path}: the catalogue gave {place} vectors where it names {count} passages.")


class PassageVectors:
    """Reads the vectors of passages by number. Safe to share between threads."""

    def __init__(self, file: int, start: int, count: int, dimensions: int) -> None:
        self._file = file
        self._start = start
        self._count = count
        self._row = dimensions * _ROW.itemsize
        self._close = weakref.finalize(self, os.close, file)

    @classmethod
    def open(cls, path: Path) -> "PassageVectors":
        """Open the file. Raises DamagedIndexError."""
        try:
            with path.open("rb") as file:
                if np.lib.format.read_magic(file) != (2, 0):
                    raise ValueError("another format")
                shape, by_column, kind = np.lib.format.read_array_header_2_0(file)
                start = file.tell()
                size = os.fstat(file.fileno()).st_size
                if kind != _ROW or by_column or len(shape) != 2 or size != start + shape[0] * shape[1] * kind.itemsize:
                    raise ValueError(f"{kind}, {shape}, {size} bytes")
                return cls(os.dup(file.fileno()), start, *shape)
        except (OSError, ValueError, EOFError) as error:
            raise DamagedIndexError(f"{path}: the vectors of the passages cannot be read ({error}).") from error

    def __len__(self) -> int:
        return self._count

    def rows(self, numbers: Sequence[int]) -> Vectors:
        """Return the vectors of these passages, shape (len(numbers), dimensions). Raises DamagedIndexError."""
        if not all(0 <= number < self._count for number in numbers):
            raise DamagedIndexError(f"There are vectors of {self._count} passages; {list(numbers)} were asked for.")
        file, start, size = self._file, self._start, self._row
        try:
            found = b"".join([os.pread(file, size, start + number * size) for number in numbers])
        except OSError as error:
            raise DamagedIndexError(f"The vectors of the passages cannot be read ({error}).") from error
        if len(found) != size * len(numbers):
            raise DamagedIndexError("The file of the passages' vectors became shorter.")
        return np.frombuffer(found, dtype=_ROW).reshape(len(numbers), -1).astype(np.float32)

    def close(self) -> None:
        """Close the file. Safe to call twice."""
        self._close()
