"""In how many sentences each term stands, held in memory in twelve bytes a term: a question asks for every piece of every word."""

from array import array
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

_Keys = NDArray[np.int64]


class HeldFrequencies:
    """Looks terms up by their hash of 64 bits: of a million terms one look-up in 10^13 finds another term's frequency."""

    def __init__(self, keys: _Keys, counts: NDArray[np.int32]) -> None:
        self._keys = keys
        self._counts = counts

    @classmethod
    def of(cls, rows: Iterable[tuple[str, int]]) -> "HeldFrequencies":
        """Hold the (term, number of sentences) rows of a catalogue."""
        keys, counts = array("q"), array("i")
        for term, count in rows:
            keys.append(hash(term))
            counts.append(count)
        order = np.argsort(np.frombuffer(keys, dtype=np.int64)) if keys else np.zeros(0, dtype=np.intp)
        return cls(np.array(keys, dtype=np.int64)[order], np.array(counts, dtype=np.int32)[order])

    def __call__(self, wanted: Sequence[str]) -> dict[str, int]:
        """Return in how many sentences each term stands; terms that stand nowhere are left out."""
        if not wanted or not len(self._keys):
            return {}
        keys = np.fromiter(map(hash, wanted), dtype=np.int64, count=len(wanted))
        places = self._keys.searchsorted(keys)
        places[places == len(self._keys)] = 0
        found = (self._keys[places] == keys).tolist()
        counts = self._counts[places].tolist()
        return {term: count for term, count, there in zip(wanted, counts, found, strict=True) if there}
