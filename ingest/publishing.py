"""From documents to a published index version, embedding only what is new."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from app.embedding import Embedder
from app.errors import CorpusError, DamagedIndexError, IndexError_, StoreAwayError
from app.index.dense import build_dense, prune_collections
from app.index.places import DENSE_SEARCH, EXACT, dense_place
from app.index.soundness import digests
from app.index.verifying import Check, damaged_part
from app.index.versions import CATALOGUE, DENSE, IndexDirectory
from ingest.cataloguing import Contents, write_catalogue
from ingest.deriving import Progress, build_derived, rebuild
from ingest.feeding import DenseFeed
from ingest.manifests import write_manifest
from ingest.turns import sharing_python
from ingest.vectors import VectorCache

# How many versions stay, and how long a collection on a Chroma server outlives its version.
KEPT = 2
GRACE = timedelta(hours=1)


def publish(
    contents: Contents,
    versions: IndexDirectory,
    embedder: Embedder,
    progress: Progress,
    *,
    damaged: str | None = None,
) -> str:
    """Build, verify and publish a new version; return its name. Call it with the writer's lock held.

    Whatever goes wrong before the pointer moves, the previous version stays current and the new directory is removed.
    A previous version that is named as ``damaged`` gives no vectors, and goes once it is replaced.
    """
    directory = versions.new()
    try:
        vectors = VectorCache(embedder, versions, trusted=damaged is None)
        place = dense_place(directory, {"dense": _dense(versions)}, versions.chroma)
        with sharing_python(), DenseFeed(lambda rows: build_dense(place, rows, embedder.dimensions)) as feed:
            counts = write_catalogue(contents, directory / CATALOGUE, versions, vectors, progress, damaged, feed)
            if not counts["passages"]:
                raise CorpusError("No source could be read, so there is nothing to answer from. See the reasons above.")
            described = {
                "corpus": str(contents.corpus),
                "fingerprint": contents.fingerprint,
                "model": {"name": embedder.name, "digest": embedder.digest, "dimensions": embedder.dimensions},
                "counts": counts,
            }
            _complete(directory, versions, described, progress, finish_dense=feed.finish)
    except (OSError, sqlite3.Error) as error:
        shutil.rmtree(directory, ignore_errors=True)
        raise _not_written(versions, error) from error
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise
    prune(versions, damaged=damaged)
    return directory.name


def prune(
    versions: IndexDirectory, keep: int = KEPT, damaged: str | None = None, grace: timedelta = GRACE
) -> list[str]:
    """Remove versions as ``IndexDirectory.prune`` does, and their collections on a Chroma server as ``prune_collections`` does.

    A server that is away keeps its collections until the next time.
    """
    removed = versions.prune(keep, damaged)
    if versions.chroma is not None:
        with suppress(StoreAwayError):
            prune_collections(versions.chroma, versions.identity(), versions.names(), grace)
    return removed


def _not_written(versions: IndexDirectory, error: Exception) -> IndexError_:
    return IndexError_(
        f"{versions.path}: the new version could not be written ({error}). What was published before is untouched. "
        "Look whether the disk is full, and ingest again."
    )


def renew(name: str, versions: IndexDirectory, progress: Progress) -> str:
    """Publish a version anew from its own catalogue, and drop it: for one whose derived parts were damaged.

    Nothing is read from the corpus and nothing is embedded. Call it with the writer's lock held.
    Raises DamagedIndexError where the catalogue is damaged too.
    """
    manifest = versions.manifest(name)
    held = versions.held_since()
    directory = versions.new()
    try:
        shutil.copyfile(versions.directory(name) / CATALOGUE, directory / CATALOGUE)
        kept = {key: manifest[key] for key in ("corpus", "fingerprint", "model")}
        described = {**kept, "counts": {**manifest["counts"], "embedded": 0}}
        _complete(directory, versions, described, progress, held=held)
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise
    prune(versions, damaged=name)
    return directory.name


def _dense(versions: IndexDirectory) -> dict[str, str] | None:
    """Return what a manifest says of vectors on a Chroma server, None where they are inside the version."""
    return {"url": versions.chroma.url, "index": versions.identity()} if versions.chroma is not None else None


_ATTEMPTS = 3


def _complete(
    directory: Path,
    versions: IndexDirectory,
    described: dict[str, Any],
    progress: Progress,
    *,
    held: str | None = None,
    finish_dense: Callable[[], None] | None = None,
) -> None:
    """Derive what is derived from the catalogue, verify all of it, and move the pointer."""
    dimensions = described["model"]["dimensions"]
    if (dense := _dense(versions)) is not None:
        described = {**described, "dense": dense}
    # The child that checks it gets ready meanwhile.
    check = Check(directory, versions.chroma, waits=True)
    try:
        build_derived(directory, dimensions, progress, versions.chroma, dense, finish_dense)
        progress("verify", 0, None)
        write_manifest(directory, **described, digests=digests(directory))
        damaged = check.result()
    finally:
        check.abandon()
    for attempt in range(1, _ATTEMPTS):
        if damaged is None:
            break
        if damaged == "catalogue":
            raise DamagedIndexError(f"{directory}: the new version does not verify; it was not published.")
        rebuild(directory, damaged, dimensions, dense_place(directory, described, versions.chroma))
        if damaged == DENSE and attempt == _ATTEMPTS - 1:
            # Of texts that are nearly the same Chroma's graph loses some, however often it is built.
            described = {**described, DENSE_SEARCH: EXACT}
            progress("exact", 0, None)
        write_manifest(directory, **described, digests=digests(directory))
        damaged = damaged_part(directory, chroma=versions.chroma)
    if damaged is not None:
        raise DamagedIndexError(f"{directory}: {damaged} does not verify; the new version was not published.")
    versions.publish(directory.name, held=held)
