"""Hybrid retrieval: BM25 and cosine fused by a fitted convex combination, then sentences ranked within passages."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.embedding import Embedder
from app.index import Index
from app.index.catalogue import from_blobs
from app.passages import Document, Passage, Sentence
from app.retrieval.question import PART, Concept, Question, QuestionReader

CANDIDATES = 100
_CONTEXT_WEIGHT = 0.35
_PARTS_WEIGHT = 0.6
_SPEAKER_BOOST = 0.25


@dataclass(frozen=True, slots=True)
class FusionWeights:
    """How much the rescaled cosine counts beside BM25 (whose best score is 1), by the question's language."""

    nl: float = 0.6
    en: float = 1.5

    @classmethod
    def load(cls, directory: Path) -> "FusionWeights":
        """Read the weights that were fitted for a model, from ``fusion.json`` beside it; the defaults where there are none."""
        try:
            fitted = json.loads((directory / "fusion.json").read_text(encoding="utf-8"))
            return cls(nl=float(fitted["nl"]), en=float(fitted["en"]))
        except (OSError, ValueError, KeyError, TypeError):
            return cls()

    def for_language(self, language: str) -> float:
        """Return the weight of the dense side."""
        return self.en if language == "en" else self.nl


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found. ``score`` is the fused one; ``lexical`` and ``cosine`` are what it was made of."""

    passage: Passage
    document_row: int
    score: float
    lexical: float
    cosine: float


@dataclass(frozen=True, slots=True)
class RankedSentence:
    """A sentence as evidence for a question.

    ``coverage`` is the share, by rarity, of the question's concepts that the sentence holds; ``in_context`` the same with
    what its heading and neighbours add; ``missing`` the concepts that neither holds.
    """

    sentence: Sentence
    document_row: int
    score: float
    coverage: float
    in_context: float
    cosine: float
    missing: tuple[Concept, ...]


class Retriever:
    """Searches one index version."""

    def __init__(self, index: Index, embedder: Embedder, weights: FusionWeights | None = None) -> None:
        self.index = index
        self.embedder = embedder
        self.weights = weights or FusionWeights()
        self.reader = QuestionReader(index.catalogue)

    @cached_property
    def _sources(self) -> dict[str, tuple[int, ...]]:
        rows = self.index.catalogue.rows("SELECT source_id, number FROM documents WHERE current = 1")
        found: dict[str, list[int]] = {}
        for source, number in rows:
            found.setdefault(source, []).append(number)
        return {source: tuple(numbers) for source, numbers in found.items()}

    def search(
        self,
        question: Question,
        limit: int = 10,
        *,
        speakers: Sequence[str] = (),
        sources: Sequence[str] = (),
        vector: NDArray[np.float32] | None = None,
    ) -> list[Hit]:
        """Return the best passages, best first. ``speakers`` and ``sources`` leave out everything else."""
        if vector is None:
            vector = self.embed(question)
        most = max(CANDIDATES, 2 * limit)
        lexical = dict(self.index.lexical.search(lexical_query(question), most))
        dense = [number for number, _ in self.index.dense.search(vector, min(most, len(self.index.lexical)))]
        numbers = list(dict.fromkeys([*lexical, *dense]))
        if not numbers:
            return []
        rows = self.index.catalogue.passages(numbers)
        cosines = from_blobs([row[4] for row in rows]) @ vector
        best = max(lexical.values(), default=0.0) or 1.0
        low, high = float(cosines.min()), float(cosines.max())
        weight = self.weights.for_language(question.language)
        allowed = {n for source in sources for n in self._sources.get(source, ())}
        hits = []
        for (passage, document, *_), cosine in zip(rows, cosines, strict=True):
            if (sources and document not in allowed) or (speakers and passage.speaker not in speakers):
                continue
            rescaled = (float(cosine) - low) / (high - low) if high > low else 1.0
            score = lexical.get(passage.number, 0.0) / best + weight * rescaled
            if question.asked and passage.speaker in question.asked:
                score += _SPEAKER_BOOST
            hits.append(Hit(passage, document, score / (1 + weight), lexical.get(passage.number, 0.0), float(cosine)))
        hits.sort(key=lambda hit: (-hit.score, hit.passage.number))
        return hits[:limit]

    def embed(self, question: Question) -> NDArray[np.float32]:
        """Return the question's vector, shape (dimensions,)."""
        row: NDArray[np.float32] = self.embedder.encode([question.repaired])[0]
        return row

    def rank_sentences(
        self, question: Question, hits: Sequence[Hit], vector: NDArray[np.float32]
    ) -> list[RankedSentence]:
        """Return the sentences of the passages found, the best evidence first."""
        ranked: list[RankedSentence] = []
        for hit in hits:
            passage = hit.passage
            rows = self.index.catalogue.sentences(hit.document_row, passage.document_id, passage.first, passage.last)
            cosines = from_blobs([row[3] for row in rows]) @ vector
            present = [_present(terms, parts) for _, terms, parts, _ in rows]
            around = self._context(passage)
            for place, ((sentence, *_), cosine) in enumerate(zip(rows, cosines, strict=True)):
                own = [_match(concept, present[place]) for concept in question.concepts]
                neighbours = present[max(0, place - 1) : place] + present[place + 1 : place + 2]
                near = [
                    max(o, 0.6 * max((_match(c, n) for n in neighbours), default=0.0), 0.7 * _match(c, around))
                    for c, o in zip(question.concepts, own, strict=True)
                ]
                coverage = _weighted(question.concepts, own)
                in_context = _weighted(question.concepts, near)
                score = 0.45 * coverage + 0.25 * in_context + 0.2 * float(cosine) + 0.35 * hit.score
                if passage.kind == "heading":
                    score -= 0.15 if passage.speaker not in question.asked else 0.0
                missing = tuple(c for c, n in zip(question.concepts, near, strict=True) if n < 0.2)
                ranked.append(
                    RankedSentence(sentence, hit.document_row, score, coverage, in_context, float(cosine), missing)
                )
        ranked.sort(key=lambda r: (-r.score, r.document_row, r.sentence.ordinal))
        return ranked

    def _context(self, passage: Passage) -> dict[str, float]:
        from app.analysis import terms

        return dict.fromkeys(terms(passage.section or ""), 1.0)

    def heads(self, rows: Sequence[int]) -> tuple[dict[int, Document], dict[int, str]]:
        """Return documents (without their text) and revisions by row."""
        return self.index.catalogue.heads(rows), self.index.catalogue.revisions(rows)


def lexical_query(question: Question) -> list[tuple[str, str, float]]:
    """Return the (field, term, weight) triples of a question."""
    query: dict[tuple[str, str], float] = {}
    for concept in question.concepts:
        for term, value in concept.forms.items():
            for field, share in (("terms", 1.0), ("parts", _PARTS_WEIGHT), ("context", _CONTEXT_WEIGHT)):
                key = (field, term)
                query[key] = max(query.get(key, 0.0), value * share)
    return [(field, term, weight) for (field, term), weight in query.items()]


def _present(terms: Sequence[str], parts: Sequence[str]) -> dict[str, float]:
    found = dict.fromkeys(parts, PART + 0.2)
    found.update(dict.fromkeys(terms, 1.0))
    return found


def _match(concept: Concept, present: dict[str, float]) -> float:
    return max((value * present[term] for term, value in concept.forms.items() if term in present), default=0.0)


def _weighted(concepts: Sequence[Concept], matches: Sequence[float]) -> float:
    total = sum(concept.weight for concept in concepts)
    if not total:
        return 0.0
    return sum(concept.weight * match for concept, match in zip(concepts, matches, strict=True)) / total
