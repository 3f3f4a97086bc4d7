"""Embeds texts once: what the previous version holds under the same weights is taken from there."""

import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any

import numpy as np

from app.embedding import AdditiveEmbedder, Embedder, Vectors, normalised
from app.errors import DamagedIndexError
from app.index.catalogue import from_blobs, to_blobs
from app.index.versions import CATALOGUE, IndexDirectory

_BATCH = 500
_UNIT = 0.01


@dataclass(frozen=True, slots=True)
class Pieces:
    """Texts on their way to their vectors: those that are known, and the sums of the pieces, or the vectors, of those missing."""

    digests: list[bytes]
    known: dict[bytes, bytes]
    missing: list[int]
    pieces: list[Sequence[str]]
    sums: dict[str, Vectors] = field(default_factory=dict)
    rows: Vectors | None = None


def _added(found: Pieces) -> Vectors:
    """Return the vector of each text from its pieces, which count once, for themselves and for the whole."""
    numbers = {piece: number for number, piece in enumerate(found.sums)}
    lengths = np.array([len(parts) for parts in found.pieces])
    flat = [numbers[piece] for parts in found.pieces for piece in parts]
    sums = np.array(list(found.sums.values()))
    return normalised(np.add.reduceat(sums[flat], np.cumsum(lengths) - lengths, axis=0))


class VectorCache:
    """The vectors of the texts of a new version. ``trusted`` is False where the previous version is damaged."""

    def __init__(self, embedder: Embedder, versions: IndexDirectory, *, trusted: bool = True) -> None:
        self._embedder = embedder
        self._known: sqlite3.Connection | None = None
        self._lock = threading.Lock()
        self._sums: dict[str, Vectors] = {}
        self._summing = embedder.summing() if isinstance(embedder, AdditiveEmbedder) else None
        self.embedded = 0
        self.bytes_each = 2 * embedder.dimensions
        try:
            name = versions.current()
            if trusted and name is not None and versions.manifest(name)["model"]["digest"] == embedder.digest:
                path = versions.directory(name) / CATALOGUE
                # Two threads ask, one at a time.
                self._known = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True, check_same_thread=False)
        except (DamagedIndexError, KeyError, sqlite3.Error):
            self._known = None

    def look_up(self, pieces: Sequence[Sequence[str]]) -> "Pieces":
        """Return what is needed for the vectors of texts, each given in its pieces, at least one: its heading, its sentences.

        This is the longer part, and for the most part outside Python's lock: what is known, and the vectors of what is not.
        """
        texts = [" ".join(parts) for parts in pieces]
        digests = [blake2b(text.encode(), digest_size=16).digest() for text in texts]
        known = self._look_up("SELECT digest, vector FROM passages WHERE digest IN", digests)
        missing = [number for number, digest in enumerate(digests) if digest not in known]
        self.embedded += len(missing)
        found = Pieces(digests, known, missing, [pieces[number] for number in missing])
        if not missing:
            return found
        if self._summing is not None:
            unique = list({piece: None for parts in found.pieces for piece in parts})
            return replace(found, sums=dict(zip(unique, self._summing(unique), strict=True)))
        return replace(found, rows=self._embedder.encode([texts[number] for number in missing]))

    def passages(self, found: "Pieces") -> tuple[list[bytes], list[bytes]]:
        """Return (digest, vector) lists for the texts that were looked up."""
        self._sums = found.sums
        rows = _added(found) if found.sums else found.rows
        blobs = to_blobs(rows) if rows is not None else []
        known = found.known | {found.digests[n]: blob for n, blob in zip(found.missing, blobs, strict=True)}
        return found.digests, [known[digest] for digest in found.digests]

    def sentences(self, documents: Sequence[str], texts: Sequence[str]) -> list[bytes]:
        """Return the vectors of the sentences of ``documents``; those of the same documents before are looked at."""
        known = self._look_up(
            "SELECT s.text, s.vector FROM sentences s JOIN documents d ON d.number = s.document WHERE d.id IN",
            documents,
        )
        if summed := [text for text in dict.fromkeys(texts) if text in self._sums and text not in known]:
            rows = normalised(np.array([self._sums[text] for text in summed]))
            known |= dict(zip(summed, to_blobs(rows), strict=True))
        missing = list({text: None for text in texts if text not in known})
        rows = self._embedder.encode(missing)
        known |= dict(zip(missing, to_blobs(rows), strict=True))
        return [known[text] for text in texts]

    def words(self, surfaces: Sequence[str]) -> list[bytes]:
        """Return the vectors of single words; null vectors under a model that is not made for them."""
        if not self._embedder.word_level:
            return [bytes(2 * self._embedder.dimensions)] * len(surfaces)
        found: list[bytes] = []
        for place in range(0, len(surfaces), _BATCH):
            batch = surfaces[place : place + _BATCH]
            known = self._look_up("SELECT surface, vector FROM vocabulary WHERE surface IN", batch)
            missing = [surface for surface in batch if surface not in known]
            said = [surface.replace("_", " ") for surface in missing]
            rows = normalised(self._summing(said)) if self._summing is not None else self._embedder.encode(said)
            known |= dict(zip(missing, to_blobs(rows), strict=True))
            found += [known[surface] for surface in batch]
        return found

    def _look_up(self, query: str, keys: Sequence[Any]) -> dict[Any, bytes]:
        if self._known is None:
            return {}
        try:
            with self._lock:
                found = dict(self._known.execute(f"{query} ({','.join('?' * len(keys))})", keys))
        except sqlite3.Error:
            # A damaged predecessor, or one of another format, has nothing to give.
            return {}
        size = 2 * self._embedder.dimensions
        found = {key: vector for key, vector in found.items() if len(vector) == size}
        if not found:
            return found
        lengths = np.linalg.norm(from_blobs(list(found.values())), axis=1)
        # A vector that is no unit vector was damaged where it lay; one without length has no known words.
        return {
            key: found[key]
            for key, length in zip(found, lengths, strict=True)
            if length == 0 or abs(length - 1) < _UNIT
        }

    def close(self) -> None:
        """Close the previous version."""
        if self._known is not None:
            self._known.close()
