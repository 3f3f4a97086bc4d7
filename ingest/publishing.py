"""From documents to a published index version, embedding only what is new."""

import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from app.embedding import Embedder
from app.errors import CorpusError, DamagedIndexError, IndexError_, StoreAwayError
from app.index.catalogue import CatalogueWriter, stored_documents
from app.index.dense import build_dense, prune_collections
from app.index.places import DENSE_SEARCH, EXACT, dense_place
from app.index.verifying import damaged_part, digests
from app.index.versions import (
    CATALOGUE,
    DENSE,
    IndexDirectory,
)  # fmt: skip
from app.passages import Analysed, Passage, SourceState, Speaker
from ingest.deriving import Progress, build_derived, rebuild
from ingest.embedding import EmbeddedBatch, embedded_ahead
from ingest.feeding import DenseFeed
from ingest.manifests import write_manifest
from ingest.vectors import VectorCache
from ingest.words import AnalysedText, Words, segments

_BATCH = 256
# How many versions stay, and how long a collection on a Chroma server outlives its version.
KEPT = 2
GRACE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Contents:
    """What a version is to hold. ``documents`` is read once, so that a large corpus never stands in memory as a whole."""

    fingerprint: str
    corpus: Path
    speakers: tuple[Speaker, ...]
    glossary: tuple[dict[str, Any], ...]
    documents: Iterable[Analysed]
    states: Callable[[], Sequence[SourceState]]
    examples: Sequence[dict[str, str]] = ()


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
        with (
            DenseFeed(lambda rows: build_dense(place, rows, embedder.dimensions)) as feed,
            # The vectors of all words of a large corpus are more than should stand in memory.
            TemporaryFile(dir=directory) as word_vectors,
        ):
            path = directory / CATALOGUE
            counts = _write_catalogue(contents, path, versions, vectors, progress, damaged, feed, word_vectors)
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
    build_derived(directory, dimensions, progress, versions.chroma, dense, finish_dense)
    progress("verify", 0, None)
    for attempt in range(_ATTEMPTS):
        write_manifest(directory, **described, digests=digests(directory))
        damaged = damaged_part(directory, chroma=versions.chroma)
        if damaged is None:
            break
        if damaged == "catalogue":
            raise DamagedIndexError(f"{directory}: the new version does not verify; it was not published.")
        rebuild(directory, damaged, dimensions, dense_place(directory, described, versions.chroma))
        if damaged == DENSE and attempt == _ATTEMPTS - 2:
            # Of texts that are nearly the same Chroma's graph loses some, however often it is built.
            described = {**described, DENSE_SEARCH: EXACT}
            progress("exact", 0, None)
    else:
        raise DamagedIndexError(f"{directory}: {damaged} does not verify; the new version was not published.")
    versions.publish(directory.name, held=held)


def _write_catalogue(
    contents: Contents,
    path: Path,
    versions: IndexDirectory,
    vectors: VectorCache,
    progress: Progress,
    damaged: str | None,
    feed: DenseFeed,
    word_vectors: IO[bytes],
) -> dict[str, int]:
    writer = CatalogueWriter(path)
    words = Words()
    worker = ThreadPoolExecutor(1, "embedding")
    try:
        writer.speakers(contents.speakers)
        writer.glossary(contents.glossary)
        writer.meta(examples=json.dumps(list(contents.examples), ensure_ascii=False))
        written: set[tuple[str, str]] = set()
        passages_of: Counter[str] = Counter()
        documents_of: Counter[str] = Counter()
        words_of: Counter[str] = Counter()
        kept: list[Future[None]] = []
        for batch, embedded in embedded_ahead(worker, vectors, _batches(contents.documents)):
            feed.add(_write_batch(writer, embedded, words, batch))
            new = words.new_surfaces()
            kept.append(worker.submit(lambda new: word_vectors.writelines(vectors.words(new)), new))
            for item in batch:
                source = item.document.source_id
                written.add((item.document.id, item.document.rev))
                documents_of[source] += 1
                passages_of[source] += len(item.passages)
                words_of[source] += len(item.document.text.split())
            progress("documents", writer.documents, None)
        counts = {
            "documents": writer.documents,
            "passages": writer.passages,
            "sentences": writer.sentences,
            "embedded": vectors.embedded,
        }
        _keep_revisions(writer, versions, written, damaged)
        for state in contents.states():
            writer.source(
                replace(
                    state,
                    documents=documents_of[state.id],
                    passages=passages_of[state.id],
                    words=words_of[state.id],
                )
            )
        for each in kept:
            each.result()
        word_vectors.seek(0)
        _write_vocabulary(writer, words, iter(lambda: word_vectors.read(vectors.bytes_each), b""))
        writer.meta(created_at=datetime.now(UTC).isoformat(timespec="seconds"), fingerprint=contents.fingerprint)
    finally:
        worker.shutdown(cancel_futures=True)
        vectors.close()
        writer.close()
    return counts


def _batches(documents: Iterable[Analysed]) -> Iterator[list[Analysed]]:
    batch: list[Analysed] = []
    size = 0
    for document in documents:
        batch.append(document)
        size += len(document.passages)
        if size >= _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _write_batch(
    writer: CatalogueWriter, embedded: EmbeddedBatch, words: Words, batch: list[Analysed]
) -> list[tuple[int, bytes]]:
    """Write a batch of documents; return the number and the vector of each of its passages."""
    rows: list[tuple[int, bytes]] = []
    sentence_blobs = iter(embedded.sentences)
    place = 0
    for item in batch:
        row = writer.document(item.document)
        analysed: list[AnalysedText] = []
        for sentence in item.sentences:
            found = words.sentence(sentence.text)
            analysed.append(found)
            writer.sentence(row, sentence, found.terms, found.parts, next(sentence_blobs))
        for passage in item.passages:
            run = analysed[passage.first : passage.last + 1]
            context = words.analyse(" ".join(_above(item, passage)))
            number = writer.passage(
                row, passage,
                [term for found in run for term in found.terms],
                [part for found in run for part in found.parts],
                [*context.terms, *context.parts],
                segments(context.words, [found.words for found in run]),
                embedded.digests[place], embedded.passages[place],
            )  # fmt: skip
            rows.append((number, embedded.passages[place]))
            place += 1
    return rows


def _above(item: Analysed, passage: Passage) -> list[str]:
    """Return what a passage stands under: its document's title, its heading, the question it answers, and the links in it."""
    above = [item.document.title] if item.document.title else []
    if passage.section and passage.kind != "heading":
        above += [passage.section, item.asked.get(passage.section, "")]
    above += [link.text for link in item.document.links if passage.start <= link.start and link.end <= passage.end]
    return above


def _write_vocabulary(writer: CatalogueWriter, words: Words, blobs: Iterable[bytes]) -> None:
    rows = ((*row, blob) for row, blob in zip(words.rows(), blobs, strict=True))
    writer.vocabulary(rows, words.stands_for(), words.frequencies())


def _keep_revisions(
    writer: CatalogueWriter, versions: IndexDirectory, written: set[tuple[str, str]], damaged: str | None
) -> None:
    """Carry earlier revisions over from the previous version, so that the citations of saved answers keep opening.

    Where that one is damaged, whatever it and the versions before it still give is put together.
    """
    for name in _predecessors(versions, damaged):
        try:
            for document in stored_documents(versions.directory(name) / CATALOGUE):
                if (document.id, document.rev) not in written:
                    writer.document(document, current=False)
                    written.add((document.id, document.rev))
        except (sqlite3.DatabaseError, ValueError, TypeError):
            continue


def _predecessors(versions: IndexDirectory, damaged: str | None) -> list[str]:
    try:
        current = versions.current()
    except DamagedIndexError:
        current = damaged
    names = versions.names()[::-1]
    if current is not None and current != damaged:
        # After a roll back there are newer ones, and answers may have been saved that cite them.
        return [current, *(name for name in names if name > current)]
    return names
