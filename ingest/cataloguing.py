"""Writes the catalogue of a new version while its documents go by, so that a large corpus never stands in memory as a whole."""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from app.errors import DamagedIndexError
from app.index.catalogue import stored_documents
from app.index.versions import CATALOGUE, IndexDirectory
from app.index.writing import CatalogueWriter
from app.passages import Analysed, Passage, SourceState, Speaker
from ingest.analysing import Analyser, analyser
from ingest.deriving import Progress
from ingest.embedding import EmbeddedBatch, embedded_ahead
from ingest.feeding import DenseFeed
from ingest.vectors import VectorCache
from ingest.words import Found, Texts

_BATCH = 256
# Terms whose sentences are counted in memory, some 12 MB, before the counts are added to those on disk.
_MANY_TERMS = 100_000
_WORDS = "words.scratch"
# So many batches are analysed and embedded before the first of them is written: the analyser takes seconds to get ready.
_AHEAD = 8


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


def write_catalogue(
    contents: Contents,
    path: Path,
    versions: IndexDirectory,
    vectors: VectorCache,
    progress: Progress,
    damaged: str | None,
    feed: DenseFeed,
) -> dict[str, int]:
    """Write the catalogue at ``path`` and hand the passages' vectors to ``feed``; return the counts of the manifest.

    Earlier revisions of the documents are carried over from the version before, or from all where that one is ``damaged``.
    """
    passages_of: Counter[str] = Counter()
    documents_of: Counter[str] = Counter()
    words_of: Counter[str] = Counter()
    kept: Future[None] | None = None
    with (
        closing(CatalogueWriter(path)) as writer,
        closing(vectors),
        _one_thread() as worker,
        # The vectors of all words of a large corpus are more than should stand in memory.
        TemporaryFile(dir=path.parent) as word_vectors,
        _analysing(path.parent / _WORDS, _batches(contents.documents)) as (words, batches),
    ):
        writer.speakers(contents.speakers)
        writer.glossary(contents.glossary)
        writer.meta(examples=json.dumps(list(contents.examples), ensure_ascii=False))
        for batch, embedded in embedded_ahead(worker, vectors, batches, _AHEAD):
            found = words.receive()
            feed.add(_write_batch(writer, embedded, found, batch))
            if kept is not None:
                kept.result()
            kept = worker.submit(lambda new: word_vectors.writelines(vectors.words(new)), found.new)
            writer.frequencies(found.frequencies)
            for item in batch:
                source = item.document.source_id
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
        _keep_revisions(writer, versions, damaged)
        for state in contents.states():
            ident = state.id
            writer.source(
                replace(state, documents=documents_of[ident], passages=passages_of[ident], words=words_of[ident])
            )
        if kept is not None:
            kept.result()
        word_vectors.seek(0)
        _write_vocabulary(writer, words, iter(lambda: word_vectors.read(vectors.bytes_each), b""))
        writer.meta(created_at=datetime.now(UTC).isoformat(timespec="seconds"), fingerprint=contents.fingerprint)
    return counts


@contextmanager
def _one_thread() -> Iterator[ThreadPoolExecutor]:
    """Give a thread to embed in, and drop what waits for it where the ingest failed."""
    worker = ThreadPoolExecutor(1, "embedding")
    try:
        yield worker
    finally:
        worker.shutdown(cancel_futures=True)


@contextmanager
def _analysing(scratch: Path, batches: Iterator[list[Analysed]]) -> Iterator[tuple[Analyser, Iterator[list[Analysed]]]]:
    """Have the batches analysed, apart where there is more than one; give the analyser, and the batches as they were sent."""
    first = list(islice(batches, 2))
    with analyser(scratch, _MANY_TERMS, apart=len(first) > 1) as words:
        yield words, _sent(words, chain(first, batches))


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


def _sent(words: Analyser, batches: Iterable[list[Analysed]]) -> Iterator[list[Analysed]]:
    """Yield the batches, each once its texts are under way to the analyser."""
    for batch in batches:
        words.send([_texts(item) for item in batch])
        yield batch


def _texts(item: Analysed) -> Texts:
    return Texts(
        [sentence.text for sentence in item.sentences],
        [(passage.first, passage.last, " ".join(_above(item, passage))) for passage in item.passages],
    )


def _write_batch(
    writer: CatalogueWriter, embedded: EmbeddedBatch, found: Found, batch: list[Analysed]
) -> list[tuple[int, bytes]]:
    """Write a batch of documents; return the number and the vector of each of its passages."""
    rows: list[tuple[int, bytes]] = []
    sentences = zip(found.sentences, embedded.sentences, strict=True)
    passages = zip(found.passages, embedded.digests, embedded.passages, strict=True)
    for item in batch:
        row = writer.document(item.document)
        for sentence in item.sentences:
            analysed, vector = next(sentences)
            writer.sentence(row, sentence, *analysed, vector)
        for passage in item.passages:
            kept, digest, vector = next(passages)
            rows.append((writer.passage(row, passage, *kept, digest, vector), vector))
    return rows


def _above(item: Analysed, passage: Passage) -> list[str]:
    """Return what a passage stands under: its document's title, its heading, the question it answers, and the links in it."""
    above = [item.document.title] if item.document.title else []
    if passage.section and passage.kind != "heading":
        above += [passage.section, item.asked.get(passage.section, "")]
    above += [link.text for link in item.document.links if passage.start <= link.start and link.end <= passage.end]
    return above


def _write_vocabulary(writer: CatalogueWriter, words: Analyser, blobs: Iterable[bytes]) -> None:
    rows = ((*row, blob) for row, blob in zip(words.rows(), blobs, strict=True))
    writer.vocabulary(rows, words.stands_for())
    writer.frequencies(words.frequencies())


def _keep_revisions(writer: CatalogueWriter, versions: IndexDirectory, damaged: str | None) -> None:
    """Carry earlier revisions over from the previous version, so that the citations of saved answers keep opening.

    Where that one is damaged, whatever it and the versions before it still give is put together.
    """
    for name in _predecessors(versions, damaged):
        try:
            for document in stored_documents(versions.directory(name) / CATALOGUE):
                if not writer.holds(document.id, document.rev):
                    writer.document(document, current=False)
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
