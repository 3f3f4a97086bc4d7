"""Makes from a version's catalogue what is derived from it; nothing is embedded."""

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from app.index.catalogue import derived_rows, passage_vectors, word_vectors
from app.index.dense import build_dense
from app.index.lexical import build_lexical
from app.index.places import Remote, dense_place
from app.index.vectors import build_vectors
from app.index.versions import CATALOGUE, DENSE, LEXICAL, VECTORS, WORDS, ChromaServer, sync
from app.index.words import build_words

Progress = Callable[[str, int, int | None], None]


def build_derived(
    directory: Path,
    dimensions: int,
    progress: Progress = lambda *_: None,
    chroma: ChromaServer | None = None,
    dense: dict[str, str] | None = None,
    finish_dense: Callable[[], None] | None = None,
) -> None:
    """Make the lexical index, the dense index and the files of vectors of a version from its catalogue.

    ``finish_dense`` waits for a dense index that is being made already.
    """
    place = dense_place(directory, {"dense": dense}, chroma)
    progress("lexical", 0, None)
    with ThreadPoolExecutor(2, "deriving") as workers:
        lexical = workers.submit(rebuild, directory, LEXICAL, dimensions, place)
        # It has to be on disk before it is published: the disk can begin.
        written = workers.submit(sync, directory / CATALOGUE)
        rebuild(directory, WORDS, dimensions, place)
        rebuild(directory, VECTORS, dimensions, place)
        lexical.result()
        written.result()
    progress("dense", 0, None)
    if finish_dense is not None:
        finish_dense()
    else:
        rebuild(directory, DENSE, dimensions, place)


def rebuild(directory: Path, part: str, dimensions: int, place: Path | Remote) -> None:
    """Make one derived part anew from the catalogue; nothing is embedded. ``place`` is where the vectors go."""
    if part == WORDS:
        (directory / WORDS).unlink(missing_ok=True)
        count, blobs = word_vectors(directory / CATALOGUE)
        build_words(directory / WORDS, blobs, count, dimensions)
        return
    if part == VECTORS:
        (directory / VECTORS).unlink(missing_ok=True)
        count, blobs = passage_vectors(directory / CATALOGUE)
        build_vectors(directory / VECTORS, blobs, count, dimensions)
        return
    shutil.rmtree(directory / part, ignore_errors=True)
    rows = derived_rows(directory / CATALOGUE)
    if part == LEXICAL:
        build_lexical(directory / part, ((n, terms, parts, context) for n, terms, parts, context, _ in rows))
    else:
        build_dense(place, ((number, vector) for number, *_, vector in rows), dimensions)
