"""Decides whether the evidence answers a question, answers it in part, or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.answers import Status
from app.retrieval import Concept, Question, RankedSentence

# Fitted on the questions of tests/evaluation marked "fit"; a share of the question's concepts by rarity, 0..1.
ANSWERS = 0.42
TOPIC = 0.35
_FOLLOWS = 0.72


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the evidence is good for. ``silent`` are speakers who were asked for and say nothing on the topic."""

    status: Status
    evidence: tuple[RankedSentence, ...]
    silent: tuple[str, ...] = ()
    missing: tuple[str, ...] = field(default=())
    topic: float = TOPIC


def support(question: Question, ranked: RankedSentence) -> float:
    """Return how well a sentence supports an answer, 0..1: covered concepts, and similarity where words fail."""
    dense = max(0.0, ranked.cosine)
    if question.language == "en":
        return 0.5 * max(ranked.coverage, ranked.in_context) + 0.6 * dense
    return 0.7 * max(ranked.coverage, 0.9 * ranked.in_context) + 0.35 * dense


def judge(question: Question, ranked: Sequence[RankedSentence]) -> Judgement:
    """Judge the ranked sentences."""
    if not ranked or not question.concepts:
        return Judgement("not_found", ())
    silent: tuple[str, ...] = ()
    pool = list(ranked)
    if question.asked:
        own = [r for r in ranked if r.sentence.speaker in question.asked]
        if own and max(support(question, r) for r in own) >= ANSWERS:
            pool = own
        else:
            silent = question.asked
    best = max(pool, key=lambda r: r.score)
    if max(support(question, r) for r in pool[:5]) < ANSWERS:
        return Judgement("not_found", ())
    missing = _missing(question, pool)
    evidence = tuple(r for r in pool if r.score >= _FOLLOWS * best.score and support(question, r) >= 0.7 * ANSWERS)
    if best not in evidence:
        evidence = (best, *evidence)
    if silent or missing:
        return Judgement("partial", evidence, silent, tuple(c.surface for c in missing))
    return Judgement("answered", evidence)


def _missing(question: Question, pool: Sequence[RankedSentence]) -> list[Concept]:
    """Return the names and numbers of the question that the best evidence does not hold."""
    best = pool[:4]
    return [
        concept
        for concept in question.concepts
        if concept.kind in ("name", "number") and all(concept in r.missing for r in best)
    ]
