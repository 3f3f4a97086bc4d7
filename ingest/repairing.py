"""Mends a published version that was found damaged, without being asked anything."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from app.embedding import Embedder
from app.errors import DamagedIndexError
from app.index.verifying import damaged_part
from app.index.versions import ChromaServer, IndexDirectory
from ingest.deriving import Progress
from ingest.pipeline import ingest_corpus
from ingest.publishing import renew


def repair_index(
    corpus_path: Path,
    index_path: Path,
    embedder: Callable[[], Embedder],
    *,
    progress: Progress = lambda *_: None,
    wait_s: float = 0.0,
    chroma: ChromaServer | None = None,
) -> tuple[str, str | None]:
    """Check the published version and mend what is damaged; return its name, and what of it was damaged or None.

    A derived part is made anew from the catalogue; a damaged catalogue from the corpus and the snapshots. Readers are told
    at once, so that the version before answers meanwhile. A hold after a roll back stays as long as the catalogue is sound.
    Raises NoIndexError, IndexBusyError, StoreAwayError, CorpusError.
    """
    versions = IndexDirectory(index_path, chroma)
    with versions.writing(wait_s=wait_s):
        mended = versions.mend_pointer()
        versions.sweep()
        try:
            name = versions.require_current()
            damaged = damaged_part(versions.directory(name), chroma=chroma)
            if damaged is None:
                versions.mark_sound(name)
                return name, "current" if mended else None
            versions.mark_damaged(name, damaged)
            if damaged != "catalogue":
                return renew(name, versions, progress), damaged
        except (DamagedIndexError, OSError, sqlite3.Error):
            # Neither the version nor the pointer can be used.
            damaged = "catalogue"
    outcome = ingest_corpus(corpus_path, index_path, embedder(), progress=progress, wait_s=wait_s, chroma=chroma)
    return outcome.version, damaged
