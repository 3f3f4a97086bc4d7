"""Embeds texts once: what the previous version holds under the same weights is taken from there."""

import sqlite3
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import numpy as np

from app.embedding import Embedder
from app.errors import DamagedIndexError
from app.index.catalogue import from_blobs, to_blobs
from app.index.versions import CATALOGUE, IndexDirectory

_BATCH = 500
_UNIT = 0.01


class VectorCache:
    """The vectors of the texts of a new version. ``trusted`` is False where the previous version is damaged."""

    def __init__(self, embedder: Embedder, versions: IndexDirectory, *, trusted: bool = True) -> None:
        self._embedder = embedder
        self._known: sqlite3.Connection | None = None
        self.embedded = 0
        try:
            name = versions.current()
            if trusted and name is not None and versions.manifest(name)["model"]["digest"] == embedder.digest:
                path = versions.directory(name) / CATALOGUE
                self._known = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
        except (DamagedIndexError, KeyError, sqlite3.Error):
            self._known = None

    def passages(self, texts: Sequence[str]) -> tuple[list[bytes], list[bytes]]:
        """Return (digest, vector) lists for the texts."""
        digests = [blake2b(text.encode(), digest_size=16).digest() for text in texts]
        known = self._look_up("SELECT digest, vector FROM passages WHERE digest IN", digests)
        missing = [number for number, digest in enumerate(digests) if digest not in known]
        self.embedded += len(missing)
        rows = self._embedder.encode([texts[number] for number in missing])
        known |= {digests[number]: blob for number, blob in zip(missing, to_blobs(rows), strict=True)}
        return digests, [known[digest] for digest in digests]

    def sentences(self, documents: Sequence[str], texts: Sequence[str]) -> list[bytes]:
        """Return the vectors of the sentences of ``documents``; those of the same documents before are looked at."""
        known = self._look_up(
            "SELECT s.text, s.vector FROM sentences s JOIN documents d ON d.number = s.document WHERE d.id IN",
            documents,
        )
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
            rows = self._embedder.encode([surface.replace("_", " ") for surface in missing])
            known |= dict(zip(missing, to_blobs(rows), strict=True))
            found += [known[surface] for surface in batch]
        return found

    def _look_up(self, query: str, keys: Sequence[Any]) -> dict[Any, bytes]:
        if self._known is None:
            return {}
        try:
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
