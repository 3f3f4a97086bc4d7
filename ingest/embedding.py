"""Embeds what an ingest reads, a batch ahead of where it is written."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass

from app.passages import Analysed, Passage
from ingest.vectors import Pieces, VectorCache


def embedded_pieces(item: Analysed, passage: Passage) -> list[str]:
    """Return what is embedded of a passage: its sentences, under its heading where it has one."""
    sentences = [sentence.text for sentence in item.sentences[passage.first : passage.last + 1]]
    return [f"{passage.section}.", *sentences] if passage.section and passage.kind != "heading" else sentences


@dataclass(frozen=True, slots=True)
class EmbeddedBatch:
    """The digests and vectors of the passages of a batch, and the vectors of its sentences."""

    digests: list[bytes]
    passages: list[bytes]
    sentences: list[bytes]


def embedded_ahead(
    worker: Executor, vectors: VectorCache, batches: Iterable[list[Analysed]], ahead: int = 1
) -> Iterator[tuple[list[Analysed], EmbeddedBatch]]:
    """Yield each batch with its vectors; ``worker``, of one thread, makes those of the next ``ahead`` meanwhile."""
    waiting: deque[tuple[list[Analysed], Future[Pieces]]] = deque()
    for batch in batches:
        waiting.append((batch, worker.submit(vectors.look_up, _pieces(batch))))
        if len(waiting) > ahead:
            yield _next(vectors, waiting)
    while waiting:
        yield _next(vectors, waiting)


def _next(
    vectors: VectorCache, waiting: deque[tuple[list[Analysed], Future[Pieces]]]
) -> tuple[list[Analysed], EmbeddedBatch]:
    batch, found = waiting.popleft()
    return batch, _embedded(vectors, batch, found.result())


def _pieces(batch: list[Analysed]) -> list[list[str]]:
    return [embedded_pieces(item, passage) for item in batch for passage in item.passages]


def _embedded(vectors: VectorCache, batch: list[Analysed], found: Pieces) -> EmbeddedBatch:
    digests, passages = vectors.passages(found)
    sentences = vectors.sentences(
        [item.document.id for item in batch], [s.text for item in batch for s in item.sentences]
    )
    return EmbeddedBatch(digests, passages, sentences)
