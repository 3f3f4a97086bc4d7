"""Measures retrieval and answers on questions whose right answer is known.

A question is one JSON object a line: ``id``, ``question``, and what is right: ``record_id`` (or ``record_ids``) of the
passages that answer it, or ``gold``, a list of texts that a citation must hold, each with alternatives split by "|"; an empty
``gold`` says that the corpus does not answer it. Further: ``kind``, ``speaker`` (whose words the gold is), ``expect`` (the
statuses that are right where the gold is empty, or beside a gold text), ``history`` (the questions before it), ``link`` (a link's
address counts as well), ``split`` ("fit" or "test").
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median
from typing import Any

from app.answering import Answerer
from app.answers import Answer, Citation
from app.errors import CorpusError
from app.retrieval import Hit, Retriever

_SHOWN = 50


@dataclass(frozen=True, slots=True)
class EvaluationQuestion:
    """One question with what is right for it. ``gold`` is None where passages (``records``) are asked for, not answers.

    ``history`` are the questions before it. ``exact_status``: also with a gold text, only the statuses of ``expect`` are right.
    """

    id: str
    question: str
    kind: str = "question"
    records: tuple[str, ...] = ()
    gold: tuple[str, ...] | None = None
    speaker: str | None = None
    expect: tuple[str, ...] = ("not_found",)
    link: bool = False
    split: str | None = None
    history: tuple[str, ...] = ()
    exact_status: bool = False


def read_questions(path: Path, split: str | None = None) -> list[EvaluationQuestion]:
    """Read a file of questions, or one split of it. Raises CorpusError with the line that is wrong."""
    found: list[EvaluationQuestion] = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path}: cannot be read ({error}).") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            question = _question(json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CorpusError(f"{path}, line {number}: no question ({error!r}).") from error
        if split is None or question.split == split:
            found.append(question)
    if not found:
        raise CorpusError(f"{path}: holds no questions{f' of the split {split!r}' if split else ''}.")
    return found


def _question(data: Mapping[str, Any]) -> EvaluationQuestion:
    gold = data.get("gold")
    records = data.get("record_ids") or ([data["record_id"]] if gold is None else [])
    expect = data.get("expect") or (["not_found", "partial"] if data.get("partial_ok") else ["not_found"])
    return EvaluationQuestion(
        str(data["id"]), data["question"], data.get("kind", "question"), tuple(records),
        None if gold is None else tuple(_flat(text) for texts in gold for text in texts.split("|")),
        data.get("speaker"), tuple(expect), bool(data.get("link")), data.get("split"), tuple(data.get("history", ())),
        bool(gold) and "expect" in data,
    )  # fmt: skip


def _flat(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def holds_gold(question: EvaluationQuestion, text: str, addresses: Iterable[str] = ()) -> bool:
    """Whether a text (or, for a question about links, an address) holds a gold text of the question."""
    where = [_flat(text), *(addresses if question.link else ())]
    return any(gold in place for gold in question.gold or () for place in where)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question. ``rank`` is that of the first right passage or citation, None where there is none."""

    question: EvaluationQuestion
    rank: int | None
    status: str | None = None
    language: str | None = None
    speaker_right: bool | None = None
    took_ms: float = 0.0

    @property
    def right(self) -> bool:
        """Whether the right evidence came first, or a question without an answer was refused."""
        if self.question.gold is not None and not self.question.gold:
            return self.status in self.question.expect
        return self.rank == 1 and (not self.question.exact_status or self.status in self.question.expect)


def evaluate_search(
    retriever: Retriever,
    questions: Sequence[EvaluationQuestion],
    search: Callable[[str], list[Hit]] | None = None,
) -> dict[str, float]:
    """Return recall@1, @5, @10 and MRR over records, by ir-measures, and the median time in ms.

    ``search`` takes the place of the retriever's own search, for ablations.
    """
    import time

    import ir_measures
    from ir_measures import RR, R

    search = search or (lambda text: retriever.search(retriever.reader.read(text), _SHOWN))
    relevant = [ir_measures.Qrel(q.id, record, 1) for q in questions for record in q.records]
    run: list[Any] = []
    times: list[float] = []
    for question in questions:
        started = time.perf_counter()
        hits = search(question.question)
        times.append((time.perf_counter() - started) * 1000)
        heads = retriever.index.catalogue.heads({hit.document_row for hit in hits})
        records = dict.fromkeys(heads[hit.document_row].record_id or heads[hit.document_row].id for hit in hits)
        run += [ir_measures.ScoredDoc(question.id, record, -place) for place, record in enumerate(records)]
    figures = ir_measures.calc_aggregate([R @ 1, R @ 5, R @ 10, RR], relevant, run)
    return {
        "recall@1": figures[R @ 1],
        "recall@5": figures[R @ 5],
        "recall@10": figures[R @ 10],
        "mrr": figures[RR],
        "p50_ms": median(times),
    }


def evaluate_answers(answerer: Answerer, questions: Sequence[EvaluationQuestion]) -> list[Outcome]:
    """Ask every question and return what came of each."""
    return [_outcome(question, answerer.ask(question.question, history=question.history)) for question in questions]


def _outcome(question: EvaluationQuestion, answer: Answer) -> Outcome:
    def hit(citation: Citation) -> bool:
        return holds_gold(question, citation.quote, [link.url for link in citation.links])

    hits = [citation for citation in answer.citations if hit(citation)]
    right = all(c.speaker == question.speaker for c in hits) if question.speaker and hits else None
    rank = answer.citations.index(hits[0]) + 1 if hits else None
    return Outcome(question, rank, answer.status, answer.language, right, answer.took_ms)


def summary(outcomes: Sequence[Outcome]) -> dict[str, float | int | None]:
    """Return the figures over answers: shares of all answerable (or unanswerable) questions, 0..1."""
    answerable = [o for o in outcomes if o.question.gold]
    unanswerable = [o for o in outcomes if not o.question.gold]
    attributed = [o.speaker_right for o in answerable if o.speaker_right is not None]
    return {
        "answerable": len(answerable),
        "evidence_first": _share(o.rank == 1 for o in answerable),
        "evidence_shown": _share(o.rank is not None for o in answerable),
        "evidence_first_nl": _share(o.rank == 1 for o in answerable if o.language == "nl"),
        "evidence_first_en": _share(o.rank == 1 for o in answerable if o.language == "en"),
        "over_refused": _share(o.status == "not_found" for o in answerable),
        "unanswerable": len(unanswerable),
        "refused": _share(o.right for o in unanswerable),
        "speaker_right": _share(attributed),
        "p50_ms": median(o.took_ms for o in outcomes) if outcomes else None,
    }


def by_kind(outcomes: Sequence[Outcome]) -> dict[str, tuple[int, int]]:
    """Return (right, asked) for each kind of question."""
    found: dict[str, list[bool]] = defaultdict(list)
    for outcome in outcomes:
        found[outcome.question.kind].append(outcome.right)
    return {kind: (sum(rights), len(rights)) for kind, rights in sorted(found.items())}


def _share(values: Iterable[bool]) -> float | None:
    found = list(values)
    return round(fmean(found), 4) if found else None
