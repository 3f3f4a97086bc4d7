"""Hybrid retrieval: BM25, cosine and word alignment fused by fitted weights, then sentences ranked within passages."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import compress
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from app.embedding import Embedder, Vectors
from app.errors import DamagedIndexError
from app.index import Index
from app.index.catalogue import from_blobs
from app.index.recent_rows import SentenceRows
from app.passages import Document, Passage, Sentence
from app.retrieval import cues
from app.retrieval.alignment import Aligner, Alignment, Matches, concept_weights, weighted
from app.retrieval.facts import FACTS, asks, holds_fact
from app.retrieval.question import PART, Concept, Question, QuestionReader
from app.retrieval.reranking import RERANKED, Reranker
from app.retrieval.weights import SENTENCE_FEATURES, RetrievalWeights
from app.stages import stage, staged

CANDIDATES = 60
# How many of them are aligned word by word.
ALIGNED = 30
_CONTEXT_WEIGHT = 0.35
_PARTS_WEIGHT = 0.6
_SPEAKER_BOOST = 0.12
# What a match is worth in the heading above, in a neighbouring sentence, and elsewhere in the passage.
_ABOVE, _BESIDE, _ELSEWHERE = 0.7, 0.6, 0.45
_MATCHED = 0.3
# A name or a number must really be there: Greece is a little like Bulgaria. An English name that no glossary knows may stand
# there in Dutch.
_NAMED, _TRANSLATED = 0.4, 0.6
# "De Opvangrichtlijn" is not there because "opvang" is.
_WHOLE = 0.65
_ABBREVIATION = 3
_TELLING = 0.6
# Code points.
_SHORT, _ORDINARY = 40, 100


@dataclass(frozen=True, slots=True)
class EmbeddedQuestion:
    """A question's vector, shape (dimensions,), and its concepts', shape (concepts, dimensions)."""

    text: NDArray[np.float32]
    concepts: Vectors


class Hit(NamedTuple):
    """A passage that was found. ``score`` is the fused one, 0..1; ``lexical`` and ``cosine`` are among what it was made of."""

    passage: Passage
    document_row: int
    score: float
    lexical: float
    cosine: float
    alignment: Alignment | None = None
    features: tuple[float, ...] = ()
    weights: Matches | None = None


class RankedSentence(NamedTuple):
    """A sentence as evidence for a question.

    ``coverage`` is the share, by rarity, of the question's concepts that the sentence holds, whatever the words; ``exact``
    the same by terms and glossary alone; ``in_context`` with what its heading and neighbours add; ``missing`` the concepts
    that none of these hold, ``unmatched`` their share, ``total`` the weight of the whole question in nats. ``telling`` is how much
    the most telling concept says that is held here or around, ``lost`` the same of those that are missing, ``key`` how well the weightiest
    concept is said here or around in so many words, ``weakest`` how well the telling concept is said that is said least; all 0..1.
    """

    sentence: Sentence
    document_row: int
    score: float
    coverage: float
    exact: float
    in_context: float
    cosine: float
    missing: tuple[Concept, ...]
    features: tuple[float, ...] = ()
    unmatched: float = 0.0
    total: float = 1.0
    telling: float = 1.0
    lost: float = 0.0
    key: float = 1.0
    weakest: float = 1.0

    @classmethod
    def surely(cls, sentence: Sentence, document_row: int, cosine: float = 0.0) -> Self:
        """Return a sentence that is known to be evidence by other means than its words: its place, its link, its opening."""
        return cls(sentence, document_row, 1.0, 1.0, 1.0, 1.0, cosine, ())


class Retriever:
    """Searches one index version."""

    def __init__(
        self,
        index: Index,
        embedder: Embedder,
        weights: RetrievalWeights | None = None,
        reranker: Reranker | None = None,
    ) -> None:
        self.index = index
        self.embedder = embedder
        self.weights = weights or RetrievalWeights()
        self.reader = QuestionReader(index.catalogue, index.frequencies)
        self._reranker = reranker
        self._aligner = Aligner(index, self.weights.floor, self.weights.ceiling)

    @cached_property
    def _sources(self) -> dict[str, tuple[int, ...]]:
        rows = self.index.catalogue.rows("SELECT source_id, number FROM documents WHERE current = 1")
        found: dict[str, list[int]] = {}
        for source, number in rows:
            found.setdefault(source, []).append(number)
        return {source: tuple(numbers) for source, numbers in found.items()}

    @staged("embed")
    def embed(self, question: Question) -> EmbeddedQuestion:
        """Embed a question and its concepts, in one call of the model."""
        concepts = question.concepts
        if not self.embedder.word_level or not concepts:
            [text] = self.embedder.encode([question.repaired])
            return EmbeddedQuestion(text, np.zeros((len(concepts), len(text)), dtype=np.float32))
        meant = dict(question.corrections)
        surfaces = [meant.get(c.surface, c.surface).replace("_", " ") for c in concepts]
        rows = self.embedder.encode([question.repaired, *surfaces])
        # 2023 is not nearly 2024, nor "WK" nearly "EU": a number or an abbreviation is said or it is not.
        rows[1:][[c.kind == "number" or (c.kind == "name" and len(c.surface) <= _ABBREVIATION) for c in concepts]] = 0
        return EmbeddedQuestion(rows[0], rows[1:])

    def search(
        self,
        question: Question,
        limit: int = 10,
        *,
        speakers: Sequence[str] = (),
        sources: Sequence[str] = (),
        embedded: EmbeddedQuestion | None = None,
    ) -> list[Hit]:
        """Return the best passages, best first. ``speakers`` and ``sources`` leave out everything else."""
        embedded = embedded or self.embed(question)
        weights = self.weights.for_language(question.language).passages
        lexical, cosines = self._candidates(question, embedded, max(CANDIDATES, limit))
        if not cosines:
            return []
        numbers = np.fromiter(cosines, dtype=np.int64, count=len(cosines))
        similar = np.fromiter(cosines.values(), dtype=np.float64, count=len(cosines))
        bm25 = np.array([lexical.get(number, 0.0) for number in cosines])
        low, high = similar.min(), similar.max()
        features = np.column_stack((
            bm25 / (bm25.max() or 1.0),
            (similar - low) / (high - low) if high > low else np.ones_like(similar),
        ))  # fmt: skip
        scores = features @ np.array([weights["lexical"], weights["cosine"]])
        order = np.lexsort((numbers, -scores))
        most = max(ALIGNED, limit)
        chosen = bool(speakers or sources)
        if not chosen and not question.asked:
            order = order[:most]
        with stage("passages"):
            rows = self.index.recent.passages(numbers[order].tolist())
        if chosen:
            allowed = {n for source in sources for n in self._sources.get(source, ())}
            rows = [
                row for row in rows
                if (not sources or row[1] in allowed) and (not speakers or row[0].speaker in speakers)
            ]  # fmt: skip
        boost = _SPEAKER_BOOST * sum(weights.values())
        places = {number: place for place, number in enumerate(cosines)}
        fused = [
            (float(scores[places[row[0].number]]) + boost * (row[0].speaker in question.asked), row[0].number, row)
            for row in rows
        ]
        fused.sort(key=lambda entry: (-entry[0], entry[1]))
        hits = [
            (Hit(
                passage, document, score, lexical.get(number, 0.0), cosines[number],
                features=tuple(features[places[number]].tolist()),
            ), words)
            for score, number, (passage, document, words) in fused[:most]
        ]  # fmt: skip
        if self._reranker is None:
            return self._aligned(question, embedded, hits, limit)
        aligned = self._aligned(question, embedded, hits, max(limit, RERANKED))
        return self._reranker.reordered(question.repaired, aligned)[:limit]

    def _candidates(
        self, question: Question, embedded: EmbeddedQuestion, most: int
    ) -> tuple[dict[int, float], dict[int, float]]:
        """Return the BM25 score of the passages that share terms with the question, and the cosine of all candidates."""
        # What is looked up here is needed soon, and kept until then.
        look_ahead = partial(self._aligner.look_up, question.concepts)
        return self.index.search(lexical_query(question), embedded.text, most, look_ahead)

    @staged("align")
    def _aligned(
        self, question: Question, embedded: EmbeddedQuestion, hits: Sequence[tuple[Hit, bytes]], limit: int
    ) -> list[Hit]:
        """Add what each passage, and its best sentence, covers of the question, and rank anew."""
        if not hits:
            return []
        weights = self.weights.for_language(question.language).passages
        total = sum(weights.values())
        alignment = self._aligner.align(question.concepts, embedded.concepts, [words for _, words in hits])
        starts = alignment.starts
        counts = concept_weights(question.concepts, alignment.soft)
        passages = weighted(counts, np.maximum.reduceat(alignment.soft, starts, axis=0))
        covered = weighted(counts, alignment.soft)
        covered[starts] = 0  # A heading alone is no sentence that answers.
        sentences = np.maximum.reduceat(covered, starts)
        scores = np.array([hit.score for hit, _ in hits])
        scores = (scores + weights["passage_coverage"] * passages + weights["sentence_coverage"] * sentences) / total
        order = sorted(range(len(hits)), key=lambda place: (-scores[place], hits[place][0].passage.number))
        return [
            Hit(
                hit.passage, hit.document_row, float(scores[place]), hit.lexical, hit.cosine, alignment.of(place),
                (*hit.features, float(passages[place]), float(sentences[place])), counts,
            )
            for place in order[:limit]
            for hit, _ in (hits[place],)
        ]  # fmt: skip

    @staged("rank")
    def rank_sentences(
        self, question: Question, hits: Sequence[Hit], embedded: EmbeddedQuestion
    ) -> list[RankedSentence]:
        """Return the sentences of the passages found, the best evidence first."""
        hits = [hit for hit in hits if hit.alignment is not None]
        if not hits:
            return []
        weights = self.weights.for_language(question.language).sentences
        counted = np.array([weights[name] for name in SENTENCE_FEATURES])
        runs = self.index.recent.runs(
            [(hit.document_row, hit.passage.document_id, hit.passage.first, hit.passage.last) for hit in hits]
        )
        counts = hits[0].weights
        assert counts is not None  # All hits of one search share theirs.
        total = float(counts.sum())
        measured, missing_in = self._measured(question, hits, runs, embedded, counts)
        sentences = [sentence for run in runs for sentence, _ in run]
        scores = np.repeat([hit.score for hit in hits], [len(run) for run in runs])
        features = _features(question, sentences, measured, scores)
        places = [hit.document_row for hit, run in zip(hits, runs, strict=True) for _ in run]
        ranked = []
        for sentence, row, score, values, counted_of, lacks in zip(
            sentences, places, (features @ counted).tolist(), features.tolist(), measured.tolist(), missing_in.tolist(),
            strict=True,
        ):  # fmt: skip
            coverage, held, in_context, cosine, _, _, unmatched, telling, lost, key, weakest = counted_of
            missing = tuple(compress(question.concepts, lacks))
            ranked.append(
                RankedSentence(
                    sentence, row, score, coverage, held, in_context, cosine, missing, tuple(values), unmatched, total,
                    telling, lost, key, weakest,
                )
            )  # fmt: skip
        ranked.sort(key=lambda r: (-r.score, r.document_row, r.sentence.ordinal))
        return ranked

    def _measured(
        self,
        question: Question,
        hits: Sequence[Hit],
        runs: Sequence[SentenceRows],
        embedded: EmbeddedQuestion,
        counts: Matches,
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Return what can be counted of each sentence, shape (sentences, 11), and which concepts it lacks, shape (sentences, concepts).

        All sentences of all passages in a dozen calls: an array is slow to ask for one number.
        """
        alignments = [hit.alignment for hit in hits if hit.alignment is not None]
        soft = np.concatenate([alignment.soft for alignment in alignments])
        held = np.concatenate([alignment.exact for alignment in alignments])
        lengths = [len(alignment.soft) for alignment in alignments]
        if lengths != [len(run) + 1 for run in runs]:
            raise DamagedIndexError(f"{self.index.directory}: a passage does not hold the sentences that it names.")
        starts = np.cumsum([0, *lengths[:-1]])
        is_sentence = np.ones(len(soft), dtype=np.bool_)
        is_sentence[starts] = False
        near, near_held = (_near(matches, starts, lengths)[is_sentence] for matches in (soft, held))
        soft, held = soft[is_sentence], held[is_sentence]
        missing = _missing(question, near, near_held)
        absent = missing.astype(np.float32)
        concepts = question.concepts
        says = np.array([concept.information for concept in concepts], dtype=np.float32)
        numbers = np.array([concept.kind == "number" for concept in concepts], dtype=np.float32)
        key = int(np.argmax([c.weight * c.information for c in concepts])) if concepts else 0
        telling_ones = np.flatnonzero(says >= _TELLING)
        cosines = np.maximum(from_blobs([vector for run in runs for _, vector in run]) @ embedded.text, 0)
        measured = np.column_stack((
            weighted(counts, soft), weighted(counts, held), weighted(counts, near), cosines, weighted(says, soft),
            weighted(numbers, absent), weighted(counts, absent),
            (near * says).max(axis=1, initial=0.0), (absent * says).max(axis=1, initial=0.0),
            near_held[:, key] if concepts else np.zeros(len(near), dtype=np.float32),
            near[:, telling_ones].min(axis=1, initial=1.0),
        ))  # fmt: skip
        return measured, missing

    def heads(self, rows: Sequence[int]) -> tuple[dict[int, Document], dict[int, str]]:
        """Return documents (without their text) and revisions by row."""
        return self.index.recent.heads_and_revisions(rows)


def _features(
    question: Question, sentences: Sequence[Sentence], measured: NDArray[np.float32], scores: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the features of sentences in the order of SENTENCE_FEATURES, shape (sentences, features).

    ``measured`` is what was counted of them, ``scores`` those of their passages.
    """
    texts = [sentence.text for sentence in sentences]
    lengths = np.array([len(text) for text in texts], dtype=np.float64)
    plain = np.zeros(len(texts))
    fact = [holds_fact(question, sentence) for sentence in sentences] if question.wanted in FACTS else plain
    coverage, held, in_context, cosine, informed, lost_numbers, *_ = measured.T
    return np.column_stack((
        coverage, held, in_context, cosine, scores, fact,
        [sentence.kind == "heading" and sentence.speaker not in question.asked for sentence in sentences],
        np.maximum(0, 1 - lengths / _SHORT), lost_numbers,
        cues.signs(question.seeks, texts, _subject(question)), informed,
        [asks(sentence) for sentence in sentences], [sentence.kind == "footnote" for sentence in sentences],
        _length(lengths), measured[:, 8],
    ))  # fmt: skip


def _length(characters: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 0 for a sentence of ordinary length, up to 1 for one of eight times that: among more words more is found by chance."""
    found: NDArray[np.float64] = np.clip(np.log(np.maximum(characters, 1) / _ORDINARY) / math.log(8), 0, 1)
    return found


def lexical_query(question: Question) -> list[tuple[str, str, float]]:
    """Return the (field, term, weight) triples of a question."""
    query: dict[tuple[str, str], float] = {}
    for concept in question.concepts:
        for term, value in concept.forms.items():
            for field, share in (("terms", 1.0), ("parts", _PARTS_WEIGHT), ("context", _CONTEXT_WEIGHT)):
                key = (field, term)
                query[key] = max(query.get(key, 0.0), value * share)
    return [(field, term, weight) for (field, term), weight in query.items()]


def _near(matches: Matches, starts: NDArray[np.intp], lengths: Sequence[int]) -> Matches:
    """Return how well each concept is said in a sentence or around it.

    Rows as in an alignment: what a passage stands under, at ``starts``, then its sentences; ``lengths`` counts the rows of each.
    """
    sentences = matches.copy()
    sentences[starts] = 0
    around = np.maximum(_ABOVE * matches[starts], _ELSEWHERE * np.maximum.reduceat(sentences, starts))
    near: Matches = np.maximum(sentences, np.repeat(around, lengths, axis=0))
    # Between two passages stands a row of nulls.
    near[1:] = np.maximum(near[1:], _BESIDE * sentences[:-1])
    near[:-1] = np.maximum(near[:-1], _BESIDE * sentences[1:])
    return near


def _missing(question: Question, near: Matches, near_exact: Matches) -> NDArray[np.bool_]:
    """Return which concepts (columns) neither a sentence (rows) nor what is around it holds."""
    absent = near < _MATCHED
    for place, concept in enumerate(question.concepts):
        if concept.kind == "word":
            continue
        # An English name is mostly known by what the glossary calls it, which counts for less than a whole.
        whole = concept.is_whole or question.language == "en"
        absent[:, place] = near_exact[:, place] < (_NAMED if whole else _WHOLE)
        # Nobody's name is known by its likeness: "Wilders" is no more than a little like "vrijwillig".
        if question.language == "en" and concept.kind == "name" and len(concept.forms) == 1 and concept.information < 1:
            absent[:, place] &= near[:, place] < _TRANSLATED
    return absent


def _subject(question: Question) -> frozenset[str]:
    """Return the terms of the concept that a question for a thing itself is most likely about: the most telling one."""
    if "definition" not in question.seeks or not question.concepts:
        return frozenset()
    thing = max(question.concepts, key=lambda concept: concept.weight)
    return frozenset(term for term, value in thing.forms.items() if value >= PART)
