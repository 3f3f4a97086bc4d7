"""Embeds what an ingest reads, a batch ahead of where it is written."""

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from app.passages import Analysed, Passage
from ingest.vectors import VectorCache


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


def _embed(vectors: VectorCache, batch: list[Analysed]) -> EmbeddedBatch:
    digests, blobs = vectors.passages([embedded_pieces(item, p) for item in batch for p in item.passages])
    sentences = vectors.sentences(
        [item.document.id for item in batch], [s.text for item in batch for s in item.sentences]
    )
    return EmbeddedBatch(digests, blobs, sentences)


def embedded_ahead(
    vectors: VectorCache, batches: Iterable[list[Analysed]]
) -> Iterator[tuple[list[Analysed], EmbeddedBatch]]:
    """Yield each batch with its vectors; those of the next are made meanwhile, for the most part outside Python's lock."""
    with ThreadPoolExecutor(1, "embedding") as worker:
        waiting: tuple[list[Analysed], Future[EmbeddedBatch]] | None = None
        for batch in batches:
            started = worker.submit(_embed, vectors, batch)
            if waiting is not None:
                yield waiting[0], waiting[1].result()
            waiting = (batch, started)
        if waiting is not None:
            yield waiting[0], waiting[1].result()
