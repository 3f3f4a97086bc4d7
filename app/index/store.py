"""Opens an index version for reading, and hands it back."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.embedding import Embedder
from app.errors import DamagedIndexError, ModelError, NoIndexError
from app.index.catalogue import Catalogue
from app.index.dense import DenseIndex
from app.index.lexical import LexicalIndex
from app.index.versions import CATALOGUE, DENSE, LEXICAL, WORDS, IndexDirectory, take_reader_lock
from app.index.words import WordVectors

_ATTEMPTS = 5


class Index:
    """One version, held by a shared lock until it is closed."""

    def __init__(
        self,
        name: str,
        directory: Path,
        manifest: dict[str, Any],
        catalogue: Catalogue,
        lexical: LexicalIndex,
        dense: DenseIndex,
        words: WordVectors,
        lock: int,
    ) -> None:
        self.name = name
        self.directory = directory
        self.manifest = manifest
        self.catalogue = catalogue
        self.lexical = lexical
        self.dense = dense
        self.words = words
        self._lock: int | None = lock

    @classmethod
    def open(cls, versions: IndexDirectory, name: str) -> "Index":
        """Open one version. Raises NoIndexError where it was pruned meanwhile, DamagedIndexError where it is damaged."""
        directory = versions.directory(name)
        lock = take_reader_lock(directory)
        if lock is None:
            raise NoIndexError(f"{directory}: this version is not there (any more).")
        try:
            manifest = versions.manifest(name)
            catalogue = Catalogue(directory / CATALOGUE)
            catalogue.meta()
            lexical = LexicalIndex.open(directory / LEXICAL)
            words = WordVectors.open(directory / WORDS)
            dense = DenseIndex.open(directory / DENSE)
        except BaseException:
            os.close(lock)
            raise
        return cls(name, directory, manifest, catalogue, lexical, dense, words, lock)

    def close(self) -> None:
        """Close all files and give the lock back. Safe to call twice."""
        if self._lock is None:
            return
        self.dense.close()
        self.catalogue.close()
        os.close(self._lock)
        self._lock = None

    def check_model(self, embedder: Embedder) -> None:
        """Raise ModelError where the index was made with other weights."""
        made_with = self.manifest["model"]
        if made_with["digest"] != embedder.digest:
            raise ModelError(
                f"The index was made with embedding model {made_with['name']!r} ({made_with['digest']}), but the setting asks for "
                f"{embedder.name!r} ({embedder.digest}). Run: briefwijzer ingest"
            )

    def probe(self) -> None:
        """Ask each part for something it must hold. Raises DamagedIndexError."""
        if not self.catalogue.passages([0]):
            raise DamagedIndexError(f"{self.directory}: the catalogue holds no passages.")
        if len(self.lexical) != self.manifest["counts"]["passages"]:
            raise DamagedIndexError(f"{self.directory}: the lexical index is not whole.")
        if not self.dense.stored([0]):
            raise DamagedIndexError(f"{self.directory}: the dense index does not hold the first passage.")


def open_current(path: Path) -> Index:
    """Open the published version of an index directory; a version that is replaced at this very moment is tried again.

    Where it is damaged, the version before it answers, until an ingest has made the damaged one anew.
    """
    versions = IndexDirectory(path)
    failure: NoIndexError | None = None
    for _ in range(_ATTEMPTS):
        try:
            return Index.open(versions, versions.require_current())
        except DamagedIndexError as error:
            return _open_earlier(versions, error)
        except NoIndexError as error:
            failure = error
            if versions.current() is None:
                break
    assert failure is not None
    raise failure


def _open_earlier(versions: IndexDirectory, damage: DamagedIndexError) -> Index:
    for name in reversed(versions.names()):
        try:
            return Index.open(versions, name)
        except (DamagedIndexError, NoIndexError):
            continue
    raise damage


def sample(numbers: int, most: int) -> Sequence[int]:
    """Return at most ``most`` numbers spread evenly over range(numbers)."""
    step = max(1, numbers // most)
    return range(0, numbers, step)[:most]
