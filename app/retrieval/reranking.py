"""Puts the passages found into the order of an optional cross-encoder, which reads question and passage together."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.crossencoder import PairScorer
from app.errors import ModelError

if TYPE_CHECKING:
    from app.retrieval.retriever import Hit

# A cross-encoder takes milliseconds a passage; below these the fusion's order stands.
RERANKED = 20


class Reranker:
    """A cross-encoder with one score. Raises ModelError."""

    def __init__(self, path: str | Path, most: int = RERANKED) -> None:
        self._scorer = PairScorer(path, "BRIEFWIJZER_RERANKER")
        self._most = most
        if len(self._scorer.labels) != 1:
            raise ModelError(
                f"BRIEFWIJZER_RERANKER = {str(path)!r} gives {len(self._scorer.labels)} scores a pair; a reranker gives one."
            )

    def reordered(self, question: str, hits: "Sequence[Hit]") -> "list[Hit]":
        """Return the hits, the best ones in the cross-encoder's order.

        The scores stay in their places: the first keeps the highest. So the thresholds fitted to the fusion's scores go on
        to mean what they meant.
        """
        head, tail = list(hits[: self._most]), list(hits[self._most :])
        scores = self._scorer.scores([(question, hit.passage.text) for hit in head])[:, 0]
        order = sorted(range(len(head)), key=lambda place: (-float(scores[place]), place))
        return [head[new]._replace(score=head[place].score) for place, new in enumerate(order)] + tail
