"""Holds each part of a version against what it must hold. What does not raises DamagedIndexError, or whatever reading it raises."""

import hashlib
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import numpy as np

from app.embedding import Vectors
from app.errors import DamagedIndexError
from app.index.catalogue import from_blobs, reading, word_vectors
from app.index.compiled import open_compiled
from app.index.dense import open_dense
from app.index.lexical import LexicalIndex
from app.index.places import DENSE_SEARCH, EXACT, dense_place
from app.index.scratch import copy_dense
from app.index.store import sample
from app.index.vectors import PassageVectors
from app.index.versions import CATALOGUE, LEXICAL, VECTORS, WORDS, ChromaServer
from app.index.words import WordVectors, quantised
from app.passages import revision

_SAMPLES = 200
_NEIGHBOURS = 10
_SAME = 0.99
_UNIT = 0.01


class NobodyWaitsError(Exception):
    """Whoever wanted to know was ended, and took the check's folder away."""


def digests(version: Path) -> dict[str, str]:
    """Return the sha256 of each file that nothing writes to once it was published. Opening Chroma writes to its own files."""
    files = [version / CATALOGUE, version / WORDS, version / VECTORS]
    files += sorted(path for path in (version / LEXICAL).glob("*") if path.suffix != ".lock" and path.is_file())
    found = {}
    for path in files:
        with path.open("rb") as file:
            found[path.relative_to(version).as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def check_digests(version: Path, manifest: dict[str, Any], part: str) -> None:
    """Hold the files of a part against their digests in the manifest."""
    for name, digest in manifest.get("digests", {}).items():
        if name.split("/")[0] == part:
            with (version / name).open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                    raise DamagedIndexError(f"{name} is not what was written")


def check_catalogue(version: Path, manifest: dict[str, Any]) -> int:
    """Check that the catalogue is whole and says the same of every sentence; return how many passages it holds."""
    with reading(version / CATALOGUE) as connection:
        if connection.execute("PRAGMA quick_check").fetchone() != ("ok",):
            raise DamagedIndexError("quick_check")
        passages = connection.execute("SELECT count(*) FROM passages").fetchone()[0]
        sentences = connection.execute("SELECT count(*) FROM sentences").fetchone()[0]
        if (passages, sentences) != (manifest["counts"]["passages"], manifest["counts"]["sentences"]):
            raise DamagedIndexError("counts")
        for start, end, text, document in connection.execute(
            'SELECT s.start, s."end", s.text, d.text FROM sentences s JOIN documents d ON d.number = s.document LIMIT 2000'
        ):
            if document[start:end] != text:
                raise DamagedIndexError("a sentence is not where it should be")
        for rev, text in connection.execute("SELECT rev, text FROM documents"):
            if revision(text) != rev:
                raise DamagedIndexError("a document's text is not what its revision says")
        for number in sample(passages, _SAMPLES):
            row = connection.execute("SELECT vector FROM passages WHERE number = ?", (number,)).fetchone()
            length = float(np.linalg.norm(from_blobs([row[0]])))
            # Half precision moves the length of a unit vector by less than this; a text without known words has none.
            if length and abs(length - 1) > _UNIT:
                raise DamagedIndexError(f"vector {number} is not a unit vector")
    return int(passages)


def check_lexical(version: Path, passages: int) -> None:
    """Check that passages are found by their own terms."""
    lexical = LexicalIndex.open(version / LEXICAL)
    if len(lexical) != passages:
        raise DamagedIndexError("count")
    with reading(version / CATALOGUE) as connection:
        for number in sample(passages, _SAMPLES):
            terms = connection.execute("SELECT terms FROM passages WHERE number = ?", (number,)).fetchone()[0].split()
            if not terms:
                continue
            rarest = sorted(set(terms), key=lambda term: lexical.document_frequency("terms", term))[:8]
            if lexical.document_frequency("terms", rarest[0]) == 0:
                raise DamagedIndexError(f"term {rarest[0]!r} is not found")
            hits = lexical.search([("terms", term, 1.0) for term in rarest], 100)
            # Passages of the same words tie; then it is enough that the terms are found at all.
            if number not in {n for n, _ in hits} and len(hits) < 100:
                raise DamagedIndexError(f"passage {number} is not found by its own terms")


def check_words(version: Path) -> None:
    """Check that words have the vectors that the catalogue gives them."""
    words = WordVectors.open(version / WORDS)
    if len(words) != word_vectors(version / CATALOGUE)[0]:
        raise DamagedIndexError("count")
    numbers = sample(len(words), _SAMPLES)
    if numbers and not np.array_equal(
        words.quantised(np.asarray(numbers)), quantised(_recorded(version, "vocabulary", numbers))
    ):
        raise DamagedIndexError("a word's vector is not the catalogue's")


def check_vectors(version: Path, passages: int) -> None:
    """Check that passages have the vectors that the catalogue gives them."""
    with closing(PassageVectors.open(version / VECTORS)) as vectors:
        if len(vectors) != passages:
            raise DamagedIndexError("count")
        numbers = sample(passages, _SAMPLES)
        if numbers and not np.array_equal(vectors.rows(numbers), _recorded(version, "passages", numbers)):
            raise DamagedIndexError("a passage's vector is not the catalogue's")


def _recorded(version: Path, table: str, numbers: Sequence[int]) -> Vectors:
    """Return the vectors of these rows of the catalogue."""
    with reading(version / CATALOGUE) as connection:
        return from_blobs([
            connection.execute(f"SELECT vector FROM {table} WHERE number = ?", (n,)).fetchone()[0] for n in numbers
        ])  # fmt: skip


def check_dense(
    version: Path, manifest: dict[str, Any], passages: int, chroma: ChromaServer | None, scratch: Path | None
) -> None:
    """Check that vectors are stored and found. A copy in ``scratch`` is looked into, where it is given, and not the original.

    Raises StoreAwayError, and NobodyWaitsError where that folder is gone.
    """
    place = dense_place(version, manifest, chroma)
    if scratch is not None and isinstance(place, Path) and place.is_dir():
        # Without room for a copy the original is looked into, which changes no answer.
        with suppress(OSError):
            place = copy_dense(place, scratch)
        if not scratch.is_dir():
            raise NobodyWaitsError
    dense = open_compiled(place) if isinstance(place, Path) else open_dense(place)
    try:
        numbers = sample(passages, _SAMPLES)
        vectors = _recorded(version, "passages", numbers)
        stored = dense.stored(numbers)
        for number, vector in zip(numbers, vectors, strict=True):
            if number not in stored or not np.allclose(stored[number], vector, atol=1e-3):
                raise DamagedIndexError(f"vector {number} is not stored")
        if manifest.get(DENSE_SEARCH) == EXACT:
            # Nobody searches it.
            return
        missed = 0
        nearest = dense.nearest(vectors, min(_NEIGHBOURS, passages))
        for number, vector, near in zip(numbers, vectors, nearest, strict=True):
            length = float(np.linalg.norm(vector))
            if length == 0 or number in near:
                continue
            # Equal texts share a vector and crowd each other out of the list; that is no damage.
            best = dense.search(vector, 1)
            missed += not best or best[0][1] / max(length, 1e-6) < _SAME
        if missed > len(numbers) // 20:
            raise DamagedIndexError(f"{missed} of {len(numbers)} vectors cannot be found")
    finally:
        dense.close()
