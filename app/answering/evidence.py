"""Decides whether the evidence answers a question, answers it in part, or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from app import analysis
from app.answering.premises import Claim, claimed, contradicts, denies, lacks_its_topic, names_in_full
from app.answering.roles import misplaced
from app.answers import Status
from app.retrieval import Concept, Question, RankedSentence, RetrievalWeights
from app.retrieval.authorship import is_saying
from app.retrieval.facts import asks, holds_fact, is_measure, kind_asked, post_asked, wants_fact
from app.retrieval.question import PART
from app.retrieval.weights import EVIDENCE_FEATURES
from app.stages import staged

# How near a further sentence must come to the best one, in probability and score, to be shown beside it: nearer where the best
# one is sure to answer, so that nothing beside the point stands beside it.
_FOLLOWS, _FOLLOWS_THE_SURE = 0.5, 0.75
_SURE = 0.95
_AS_GOOD = 0.85
_NEAR, _NEARLY = 4, 0.6
_LOOKED_AT = 4
_SHOWN = 1
_DOUBTED, _CONTRADICTING = 8, 3
_SAYS_SOMETHING, _MUCH_LESS = 0.4, 0.7
_TELLING, _SAYS_MUCH = 0.35, 0.6
_LITTLE = 0.2
# So many nats of a question found back are as much as can be hoped for: two or three rare words.
_MUCH = 8.0
# Log-odds beyond which nothing is surer.
_CERTAIN = 30.0


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the evidence is good for.

    ``silent`` are speakers who were asked for and say nothing on the topic, ``unknown`` names beside them that no source knows;
    ``missing`` are the names and numbers that the evidence lacks, ``fact`` the kind of fact ("time", "quantity", "reason") that was
    asked for and does not stand in it. ``is_order``: nothing was asked.
    """

    status: Status
    evidence: tuple[RankedSentence, ...]
    silent: tuple[str, ...] = ()
    missing: tuple[str, ...] = field(default=())
    topical: tuple[RankedSentence, ...] = field(default=())
    fact: str | None = None
    is_order: bool = False
    unknown: tuple[str, ...] = ()


def on_topic(judgement: Judgement, question: Question, carried: Sequence[str]) -> Judgement:
    """Return a judgement by which nothing is found where the evidence holds none of the topic that a follow-up takes along."""
    topic = [c for c in question.concepts if c.surface in carried and c.kind != "number"]
    if not topic or not judgement.evidence or any(c not in r.missing for r in judgement.evidence for c in topic):
        return judgement
    return Judgement("not_found", ())


def holding(judgement: Judgement, question: Question, words: Sequence[str]) -> Judgement:
    """Return a judgement with a sentence first that holds the words itself: who asks "en voor kinderen?" wants to read of them."""
    forms = [{t for t, value in c.forms.items() if value > PART} for c in question.concepts if c.surface in words]

    def holds(ranked: RankedSentence) -> bool:
        terms = set(analysis.terms(ranked.sentence.text))
        return ranked.sentence.kind != "heading" and all(not terms.isdisjoint(some) for some in forms)

    if judgement.status != "answered" or not forms or holds(judgement.evidence[0]):
        return judgement
    speaker = judgement.evidence[0].sentence.speaker
    held = [
        r
        for r in judgement.topical
        if holds(r) and all(c in judgement.evidence[0].missing for c in r.missing) and r.sentence.speaker == speaker
    ]
    others = tuple(r for r in judgement.evidence if r not in held[:1])
    return replace(judgement, evidence=(*held[:1], *others))


def evidence_features(question: Question, ranked: Sequence[RankedSentence]) -> NDArray[np.float64]:
    """Return what speaks for sentences as an answer, shape (sentences, features), in the order of EVIDENCE_FEATURES."""
    counted = np.array([
        (r.coverage, r.exact, r.in_context, r.cosine, r.coverage * r.total / _MUCH, r.unmatched, r.telling, r.lost, r.key, r.weakest)
        for r in ranked
    ])  # fmt: skip
    kinds = {"name": [0.0] * len(ranked), "number": [0.0] * len(ranked)}
    for place, r in enumerate(ranked):
        for concept in r.missing:
            if concept.kind != "word":
                kinds[concept.kind][place] = 1.0
    wants = wants_fact(question)
    return np.column_stack((
        counted[:, :4], np.minimum(1, counted[:, 4]), counted[:, 5], kinds["name"], kinds["number"], counted[:, 6:9],
        [max(asks(r.sentence), float(r.sentence.kind == "footnote")) for r in ranked], counted[:, 9],
        [_lack_of_fact(question, r) for r in ranked] if wants else np.zeros(len(ranked)), np.ones(len(ranked)),
    ))  # fmt: skip


def _lack_of_fact(question: Question, ranked: RankedSentence) -> float:
    """Return how much a sentence lacks the fact that a question wants; who asks "which court" is helped by a court too."""
    if not wants_fact(question):
        return 0.0
    if (post := post_asked(question)) is not None and post in ranked.missing:
        # Whoever is named there holds another post, or none.
        return 1.0
    kind = kind_asked(question)
    return 0.0 if kind is not None and kind not in ranked.missing else 1 - holds_fact(question, ranked.sentence)


def support(question: Question, ranked: Sequence[RankedSentence], weights: RetrievalWeights) -> list[float]:
    """Return the fitted probability that each sentence answers the question."""
    fitted = weights.for_language(question.language).evidence
    odds = evidence_features(question, ranked) @ np.array([fitted[name] for name in EVIDENCE_FEATURES])
    found: list[float] = (1 / (1 + np.exp(-np.clip(odds, -_CERTAIN, _CERTAIN)))).tolist()
    return found


@staged("judge")
def judge(
    question: Question, ranked: Sequence[RankedSentence], weights: RetrievalWeights, names: Sequence[str] = ()
) -> Judgement:
    """Judge the ranked sentences. ``names`` are those of the speakers."""
    if not ranked or not question.concepts:
        return Judgement("not_found", ())
    supports = dict(zip(map(id, ranked), support(question, ranked, weights), strict=True))
    topical = tuple(r for r in ranked if supports[id(r)] >= weights.topic)
    silent: tuple[str, ...] = ()
    pool = list(ranked)
    if question.asked:
        own = [r for r in ranked if r.sentence.speaker in question.asked]
        known = own and max(supports[id(r)] for r in own[:_LOOKED_AT]) >= weights.topic
        if known and not _on_something_else(own[0], ranked, supports, weights.answers):
            pool = own
        else:
            silent = question.asked
    if silent:
        # Who does not speak here may be spoken of: what is reported of them on the topic comes first.
        reported = [r for r in pool if r.sentence.reported_speaker in silent and supports[id(r)] >= weights.answers]
        pool.sort(key=lambda r: (r not in reported, -r.score))
    best = pool[0]
    if _is_no_topic(question, best):
        return Judgement("not_found", (), topical=topical if silent else ())
    certain = max(supports[id(r)] for r in pool[:_LOOKED_AT])
    tells = best.telling >= _TELLING or (wants_fact(question) and _lack_of_fact(question, best) == 0)
    little = best.in_context < _LITTLE and best.telling < _TELLING
    if certain < weights.topic or ((certain < weights.answers or little) and not tells):
        # Not on the topic, or no nearer to it than everyday words: "Wat is de zin van het leven?"
        return Judgement("not_found", (), topical=topical)
    follows = _FOLLOWS_THE_SURE if certain >= _SURE else _FOLLOWS
    least = min(weights.answers, follows * certain)
    evidence = (best, *(r for r in pool[1:] if supports[id(r)] >= least and r.score >= follows * best.score))
    if certain < weights.answers:
        # None is likely to answer, so what comes near is shown as such, and which of it comes nearest is for the reader.
        near = [r for r in pool[1:_NEAR] if r.score >= _NEARLY * best.score]
        evidence = (best, *(r for r in pool[1:] if r in near or r in evidence))
    if (claim := claimed(question, names)) is not None and (
        doubts := _doubts(claim, question, pool, evidence, supports, weights)
    ):
        # A sentence that contradicts it answers; where the topic itself is lacking, or only supposed, nothing does.
        met = not silent and not lacks_its_topic(question, best) and contradicts(claim, best.sentence.text)
        return Judgement("answered" if met else "partial", doubts, silent, topical=topical, fact="premise")
    missing = _missing(question, evidence)
    surfaces = {concept.surface for concept in missing}
    swapped = [name for name in misplaced(question.text, best.sentence.text) if surfaces.isdisjoint(name.split())]
    absent = tuple(dict.fromkeys((*(concept.called for concept in missing), *swapped)))
    fact = all(_lack_of_fact(question, r) > 0 for r in evidence[:_SHOWN])
    heads = best.sentence.kind == "heading" and best.lost >= _SAYS_MUCH and best.sentence.speaker not in question.asked
    # Nothing of the question is said in so many words, and none of it stands anywhere.
    guessed = best.exact == 0 and not any(concept.is_whole for concept in question.concepts)
    if silent or absent or fact or heads or guessed or certain < weights.answers or _beside_the_point(question, best):
        return Judgement("partial", evidence, silent, absent, topical, question.wanted if fact else None)
    return Judgement("answered", evidence, topical=topical)


def _is_no_topic(question: Question, best: RankedSentence) -> bool:
    """Whether the best sentence shares with the question a number alone ("2+2" is not about 2 December), the word that asks for one
    ("Wat kost een brood?"), or a speaker's name.
    """
    matched = [
        concept for concept in question.concepts
        if concept not in best.missing and concept.kind != "number" and not is_measure(question, concept)
    ]  # fmt: skip
    lost = any(concept.information >= _SAYS_MUCH and not concept.known for concept in best.missing)
    return not matched or (lost and all(concept.names_speaker for concept in matched))


def _doubts(
    claim: Claim,
    question: Question,
    pool: Sequence[RankedSentence],
    evidence: Sequence[RankedSentence],
    supports: Mapping[int, float],
    weights: RetrievalWeights,
) -> tuple[RankedSentence, ...]:
    """Return what to show instead where the evidence speaks against what a question takes for granted, or lacks what it is about.

    Returns () where nothing gives reason to doubt it.
    """
    best = evidence[0]
    against = [
        r for r in pool[:_DOUBTED]
        if denies(claim, r.sentence.text) and names_in_full(question, r) and supports[id(r)] >= weights.topic
        and r.sentence.kind != "heading"
    ]  # fmt: skip
    if lacks_its_topic(question, best):
        named = [r for r in pool[:_DOUBTED] if names_in_full(question, r) and r.sentence.kind != "heading"]
        return (*against, *(r for r in named if r not in against))[:_CONTRADICTING] or tuple(evidence)
    if not denies(claim, best.sentence.text):
        return ()
    whole = [r for r in against if not r.missing and supports[id(r)] >= weights.answers and r is not best]
    return (best, *whole[: _CONTRADICTING - 1])


def _on_something_else(
    own: RankedSentence, ranked: Sequence[RankedSentence], supports: Mapping[int, float], answers: float
) -> bool:
    """Whether the best that a speaker says shares a word or two with the question, and others treat the whole of it."""
    if not any(c.information >= _SAYS_SOMETHING and not is_saying(c.surface) for c in own.missing):
        return False
    return any(
        not r.missing and supports[id(r)] >= answers and own.in_context < _MUCH_LESS * r.in_context
        for r in ranked[:_LOOKED_AT]
    )


def _beside_the_point(question: Question, best: RankedSentence) -> bool:
    """Whether the best sentence shares no more with the question than one name: "de hoofdstad van Bulgarije"."""
    matched = [concept for concept in question.concepts if concept not in best.missing]
    if any(concept.kind == "word" and not concept.names_speaker for concept in matched):
        return False
    lost = [concept for concept in best.missing if concept.kind == "word" and concept.information >= _TELLING]
    named = {concept.surface for concept in matched if concept.kind == "name" or concept.names_speaker}
    # "Frank Candel" is one name, and what stands beside it may say who that is.
    runs = [len(list(run)) for is_name, run in groupby(analysis.words(question.text), named.__contains__) if is_name]
    return len(runs) == 1 and any(runs[0] == 1 or concept.information >= _SAYS_MUCH for concept in lost)


def _missing(question: Question, evidence: Sequence[RankedSentence]) -> list[Concept]:
    """Return what of the question neither the best evidence holds, nor other that is as good: names, numbers, and kinds of a thing."""
    best = [r for r in evidence if r.score >= _AS_GOOD * evidence[0].score]
    return [
        concept
        for concept in question.concepts
        if concept.is_narrower or (concept.kind != "word" and all(concept in r.missing for r in best))
    ]
