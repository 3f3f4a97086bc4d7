"""Fits the weights of retrieval to an embedding model, on questions whose right answer is known.

Passages and sentences are fitted listwise (the softmax of the right one among the candidates), evidence by logistic
regression. Every weight is drawn towards its default, so that few questions move it little and many can move it far.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from app.answering.evidence import evidence_features, support
from app.evaluation import EvaluationQuestion, holds_gold
from app.retrieval import Question, RankedSentence, RetrievalWeights, Retriever
from app.retrieval.weights import EVIDENCE_FEATURES, PASSAGE_FEATURES, SENTENCE_FEATURES, Weights

Array = NDArray[np.float64]
Lists = dict[str, list[tuple[Array, Array]]]
PASSAGES = 12
_STEPS = 400
_SMALLEST_STEP = 1e-6
_RATE = 0.05
# Strength of the pull towards the defaults, in questions' worth of evidence.
_PRIOR = 4.0
_JUDGED = 4
# Of two mistakes, to be silent where there is an answer, or to show something where there is none, the first is to stay
# below this share; then the second is made as rare as it can be.
_MOST_SILENT = 0.03
# The share of the questions with an answer that may be said to be answered in part only.
_MOST_PARTIAL = 0.08
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions about one corpus. ``open`` gives a retriever over its index that ranks by the weights it is given."""

    open: Callable[[RetrievalWeights], Retriever]
    questions: Sequence[EvaluationQuestion]

    def golden(self) -> list[EvaluationQuestion]:
        """Return the questions whose right answer is given as a text. Links are found by other means than the ranking."""
        return [q for q in self.questions if q.gold is not None and not q.link]


def fit(
    sets: Sequence[QuestionSet], weights: RetrievalWeights, progress: Progress = lambda _: None
) -> RetrievalWeights:
    """Return the weights with all that these questions can say fitted anew, on all corpora together.

    Questions by record fit the fusion of passages, questions by gold text the ranking of sentences and the thresholds.
    """
    if any(question.records for one in sets for question in one.questions):
        progress("passages")
        weights = _fit_passages(sets, weights)
    if any(one.golden() for one in sets):
        progress("sentences")
        weights = _fit_sentences(sets, weights)
        progress("evidence")
        weights = _fit_evidence(sets, weights)
    return weights


def _fit_passages(sets: Sequence[QuestionSet], weights: RetrievalWeights) -> RetrievalWeights:
    lists: Lists = {"nl": [], "en": []}
    for one in sets:
        retriever = one.open(weights)
        for question in one.questions:
            if not question.records:
                continue
            read = retriever.reader.read(question.question)
            hits = retriever.search(read, 40)
            heads = retriever.index.catalogue.heads({hit.document_row for hit in hits})
            right = np.array([heads[hit.document_row].record_id in question.records for hit in hits], dtype=float)
            if right.any() and not right.all():
                lists[read.language].append((np.array([hit.features for hit in hits]), right))
    return _each_language(weights, "passages", PASSAGE_FEATURES, lists, nonnegative=True)


def _ranked(retriever: Retriever, text: str) -> tuple[Question, list[RankedSentence]]:
    question = retriever.reader.read(text)
    embedded = retriever.embed(question)
    hits = retriever.search(question, PASSAGES, embedded=embedded)
    return question, retriever.rank_sentences(question, hits, embedded)


def _fit_sentences(sets: Sequence[QuestionSet], weights: RetrievalWeights) -> RetrievalWeights:
    lists: Lists = {"nl": [], "en": []}
    for one in sets:
        retriever = one.open(weights)
        for question in one.golden():
            read, ranked = _ranked(retriever, question.question)
            # Where a speaker is asked for, only that one's sentences compete.
            own = [r for r in ranked if r.sentence.speaker in read.asked] or ranked
            right = np.array([holds_gold(question, r.sentence.text) for r in own], dtype=float)
            if question.speaker:
                right *= [r.sentence.speaker == question.speaker for r in own]
            if right.any() and not right.all():
                lists[read.language].append((np.array([r.features for r in own]), right))
    return _each_language(weights, "sentences", SENTENCE_FEATURES, lists)


def _each_language(
    weights: RetrievalWeights, part: str, names: tuple[str, ...], lists: Lists, *, nonnegative: bool = False
) -> RetrievalWeights:
    """Fit each language, drawn towards its defaults."""
    defaults = RetrievalWeights()
    for language in ("nl", "en"):
        if not lists[language]:
            continue
        start = np.array([getattr(defaults.for_language(language), part)[name] for name in names])
        fitted = fit_listwise(lists[language], start, nonnegative=nonnegative)
        mapped = MappingProxyType(dict(zip(names, fitted.tolist(), strict=True)))
        weights = _with(weights, language, _with_part(weights.for_language(language), part, mapped))
    return weights


def _with_part(weights: Weights, part: str, values: Mapping[str, float]) -> Weights:
    return replace(weights, passages=values) if part == "passages" else replace(weights, sentences=values)


def _with(weights: RetrievalWeights, language: str, fitted: Weights) -> RetrievalWeights:
    return replace(weights, en=fitted) if language == "en" else replace(weights, nl=fitted)


def fit_listwise(lists: Sequence[tuple[Array, Array]], start: Array, *, nonnegative: bool = False) -> Array:
    """Return weights under which the right candidates of each list score best.

    ``lists`` holds (features, right) pairs, shapes (candidates, features) and (candidates,); ``start`` is also the prior.
    """
    # The prior's scale: the softmax needs more contrast than the scores, so both the weights and their scale are free.
    weights, scale = start.copy(), 5.0
    moment, spread = np.zeros(len(start) + 1), np.zeros(len(start) + 1)
    for step in range(1, _STEPS + 1):
        gradient = np.zeros(len(start) + 1)
        for features, right in lists:
            scores = features @ weights
            odds = np.exp(scale * (scores - scores.max()))
            given = odds / odds.sum()
            wanted = odds * right
            wanted = wanted / wanted.sum() if wanted.sum() > 0 else right / right.sum()
            difference = given - wanted
            gradient[:-1] += scale * (difference @ features)
            gradient[-1] += difference @ scores
        gradient /= len(lists)
        gradient[:-1] += _PRIOR * (weights - start) / len(lists)
        moment = 0.9 * moment + 0.1 * gradient
        spread = 0.99 * spread + 0.01 * gradient**2
        move = _RATE * (moment / (1 - 0.9**step)) / (np.sqrt(spread / (1 - 0.99**step)) + 1e-8)
        move *= 1 - step / (_STEPS + 1)
        weights = weights - move[:-1]
        scale = max(0.5, scale - move[-1])
        if nonnegative:
            weights = np.maximum(weights, 0)
    return weights


def _fit_evidence(sets: Sequence[QuestionSet], weights: RetrievalWeights) -> RetrievalWeights:
    judged = [
        (question, *_judged(read, ranked))
        for one in sets
        for retriever in (one.open(weights),)
        for question in one.golden()
        for read, ranked in (_ranked(retriever, question.question),)
        if read.concepts and ranked
    ]
    for language in ("nl", "en"):
        features: list[Array] = []
        labels: list[float] = []
        for question, read, ranked in judged:
            if read.language != language:
                continue
            for place, (candidate, row) in enumerate(zip(ranked, evidence_features(read, ranked), strict=True)):
                right = holds_gold(question, candidate.sentence.text)
                if question.gold and not right and place:
                    continue  # Beside a right answer, what else is shown need not be wrong.
                features.append(row)
                labels.append(float(right))
        if not features:
            continue
        current = weights.for_language(language)
        default = RetrievalWeights().for_language(language).evidence
        start = np.array([default[name] for name in EVIDENCE_FEATURES])
        fitted = fit_logistic(np.array(features), np.array(labels), start)
        mapped = MappingProxyType(dict(zip(EVIDENCE_FEATURES, fitted.tolist(), strict=True)))
        weights = _with(weights, language, replace(current, evidence=mapped))
    return _fit_thresholds(judged, weights)


def _judged(read: Question, ranked: Sequence[RankedSentence]) -> tuple[Question, list[RankedSentence]]:
    """Return the sentences that decide whether a question is answered: the best, of the speaker asked for where there is one."""
    own = [r for r in ranked if r.sentence.speaker in read.asked] or list(ranked)
    return read, own[:_JUDGED]


def _fit_thresholds(
    judged: Sequence[tuple[EvaluationQuestion, Question, Sequence[RankedSentence]]], weights: RetrievalWeights
) -> RetrievalWeights:
    """Set from what probability on a question is on the topic, and from what on it is answered."""
    answerable: list[float] = []
    unanswerable: list[float] = []
    for question, read, ranked in judged:
        certain = max(support(read, ranked, weights))
        (answerable if question.gold else unanswerable).append(certain)
    if not answerable or not unanswerable:
        return weights
    topic = float(np.quantile(answerable, _MOST_SILENT))
    answers = max(topic, float(np.quantile(answerable, _MOST_PARTIAL)))
    return replace(weights, topic=round(topic, 4), answers=round(answers, 4))


def fit_logistic(features: Array, labels: Array, start: Array) -> Array:
    """Return the weights of a logistic regression, both classes counting the same, drawn towards ``start``."""
    positive = labels.sum()
    share = np.where(
        labels > 0, len(labels) / (2 * max(positive, 1)), len(labels) / (2 * max(len(labels) - positive, 1))
    )

    def loss(weights: Array) -> float:
        odds = features @ weights
        missed = np.logaddexp(0, odds) - labels * odds
        return float(share @ missed + ((weights - start) ** 2).sum() / (2 * _PRIOR))

    weights, current = start.copy(), loss(start)
    for _ in range(50):
        odds = 1 / (1 + np.exp(-np.clip(features @ weights, -30, 30)))
        gradient = features.T @ (share * (odds - labels)) + (weights - start) / _PRIOR
        curvature = (features * (share * odds * (1 - odds))[:, None]).T @ features + np.eye(len(start)) / _PRIOR
        step = np.linalg.solve(curvature, gradient)
        # Far from the optimum a whole step may overshoot it.
        while (further := loss(weights - step)) > current and np.abs(step).max() > _SMALLEST_STEP:
            step /= 2
        weights, current = weights - step, min(current, further)
        if np.abs(step).max() < _SMALLEST_STEP:
            break
    return weights
