"""Answers written by a chat model, of which nothing goes out that its sentences do not hold.

The model sees numbered sentences and may only point at them. Each statement is checked as soon as its line is whole; what
fails is dropped and counted. Where nothing holds, or the model fails before anything went out, the sources' own sentences
answer instead, marked degraded.
"""

import json
import logging
import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app import analysis
from app.answering.chatting import chain_of, within
from app.answering.checking import Reason, check, prepare
from app.answering.citing import Piece, cite
from app.answering.entailing import Entailment
from app.answering.extractive import Answerer, JudgedQuestion
from app.answering.rendering import plain_text
from app.answering.rewriting import MOST_TURNS, rewrite_fault
from app.answers import Answer, Citation, Statement, Status
from app.passages import Document, Sentence
from app.prompts import prompt
from app.retrieval import RankedSentence, Retriever
from app.stages import staged, waited_for
from app.verification import verified

MOST_STATEMENTS = 4
_MOST_SENTENCES = 14
_MOST_OUTPUT = 20_000
_LONGEST_LINE = 4_000
_MOST_LINES = 40
# A follow-up is a sentence; the rules read it well enough where the model does not in this time.
_REWRITE_S = 5.0
_LONGEST_REWRITE = 600
_LANGUAGES = {"nl": "Dutch", "en": "English"}
_DECODER = json.JSONDecoder()
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shown:
    """A sentence that the model sees under a number."""

    number: int
    ranked: RankedSentence


@dataclass(frozen=True, slots=True)
class Said:
    """A statement that holds, with the citations it rests on: what is streamed.

    The first of an answer has that answer's ``status`` and ``notice``: what it lacks, which goes out before the statement.
    """

    statement: Statement
    citations: tuple[Citation, ...]
    status: Status | None = None
    notice: str | None = None


class EndlessAnswerError(Exception):
    """The chat model wrote more than any answer needs. Caught here alone."""


class GenerativeAnswerer:
    """Answers with a chat model over the evidence that the extractive answerer found.

    ``model`` is a LangChain chat model (or any runnable that streams messages), with its own retries and time-outs;
    ``timeout_s`` bounds the whole answer. ``entailment`` is a further check of every statement. ``dropped`` counts what did not
    go out by its reason, and the failures of the model.
    """

    def __init__(
        self,
        extractive: Answerer,
        retriever: Retriever,
        model: Any,
        timeout_s: float = 30.0,
        *,
        entailment: Entailment | None = None,
    ) -> None:
        self._extractive = extractive
        self._retriever = retriever
        self._chain = chain_of(model, "briefwijzer_answer")
        self._rewriting = chain_of(model, "briefwijzer_rewrite")
        self._entailment = entailment
        self._timeout_s = timeout_s
        self.dropped: Counter[Reason | str] = Counter()

    def ask(self, text: str, **options: Any) -> Answer:
        """Return the whole answer. Raises QuestionError."""
        for event in self.stream(text, **options):
            if isinstance(event, Answer):
                return event
        raise AssertionError("a stream ends with the answer")

    def stream(
        self,
        text: str,
        *,
        history: Sequence[str] = (),
        language: str | None = None,
        speakers: Sequence[str] = (),
        sources: Sequence[str] = (),
        given_up: threading.Event | None = None,
        config: Any = None,
    ) -> Iterator[Said | Answer]:
        """Yield each statement as soon as it is whole and holds, and last the whole answer. Raises QuestionError.

        ``given_up`` is set when nobody waits for the answer any more; the chat model is let go of then. ``config`` is
        LangChain's: callbacks, tags, metadata and run name go to every call of the model.
        """
        started = time.perf_counter()
        given_up = given_up or threading.Event()
        # What the checks load on first use is loaded while the model thinks.
        threading.Thread(target=prepare, name="prepare-checks", daemon=True).start()
        judged = self._extractive.read(text, history, language, speakers, sources)
        if judged.understood is not None:
            judged = self._rewritten(text, judged, history, language, speakers, sources, config, given_up)
        if judged.judgement.status == "not_found" or judged.question.wanted == "link":
            # Without evidence there is nothing to write about, and an address needs no writing.
            yield self._extractive.extract(judged, started)
            return
        shown = self._numbered(judged)
        documents = self._extractive.documents([s.ranked.document_row for s in shown.values()])
        said: list[Said] = []
        citations: dict[int, Citation] = {}
        failed = False
        try:
            tried: set[str] = set()
            for line in self._lines(judged, shown, config, given_up):
                if line in tried:
                    continue
                tried.add(line)
                if len(tried) > _MOST_LINES:
                    raise EndlessAnswerError
                made = self._statement(line, judged, shown, documents, citations)
                if made is None or any(_same(made, other) for other in said):
                    continue
                if not said:
                    notice = self._notice(judged, made.citations)
                    made = replace(made, status=judged.judgement.status, notice=notice)
                said.append(made)
                yield made
                if len(said) == MOST_STATEMENTS:
                    break
        except Exception as error:
            failed = True
            if given_up.is_set():
                self.dropped["given_up"] += 1
            else:
                self.dropped["endless" if isinstance(error, EndlessAnswerError) else "model_failed"] += 1
                _log.warning("chat model failed: %s", type(error).__name__)
        if said:
            yield self._answer(judged, said, citations, started, cut_short=failed)
        else:
            yield self._extractive.extract(judged, started, degraded=True)

    def _numbered(self, judged: JudgedQuestion) -> dict[int, Shown]:
        """Return the sentences that the model may point at: the evidence first, then what else is on the topic."""
        found: dict[tuple[int, int], RankedSentence] = {}
        for ranked in (*judged.judgement.evidence, *judged.judgement.topical):
            found.setdefault((ranked.document_row, ranked.sentence.ordinal), ranked)
        asked = judged.question.asked
        kept = [r for r in found.values() if not asked or r.sentence.speaker in asked or judged.judgement.silent]
        return {number: Shown(number, ranked) for number, ranked in enumerate(kept[:_MOST_SENTENCES], 1)}

    def _rewritten(
        self,
        text: str,
        judged: JudgedQuestion,
        history: Sequence[str],
        language: str | None,
        speakers: Sequence[str],
        sources: Sequence[str],
        config: Any,
        given_up: threading.Event,
    ) -> JudgedQuestion:
        """Return a follow-up as the model reads it on its own, where that holds; else as the rules do."""
        filled = {
            "rules": prompt("rewrite"),
            "material": prompt("conversation")
            .replace("{{ history }}", "\n".join(f"- {_plain(turn)}" for turn in history[-MOST_TURNS:]))
            .replace("{{ question }}", _plain(text)),
        }
        written = ""
        try:
            for chunk in waited_for(
                "rewrite", within(self._rewriting, filled, min(_REWRITE_S, self._timeout_s), config, given_up)
            ):
                written += chunk
                if len(written) > _LONGEST_REWRITE:
                    break
        except Exception as error:
            self.dropped["rewrite_failed"] += 1
            _log.warning("chat model failed to rewrite: %s", type(error).__name__)
            return judged
        meant = " ".join(written.split()).strip('"“”‘’ ')
        fault = rewrite_fault(meant, text, history, self._retriever.reader)
        if fault is not None:
            self.dropped["rewrite"] += 1
            return judged
        own = language or analysis.detect_language(text)
        return replace(self._extractive.read(meant, (), own, speakers, sources), understood=meant)

    def _lines(
        self, judged: JudgedQuestion, shown: dict[int, Shown], config: Any, given_up: threading.Event
    ) -> Iterator[str]:
        """Yield the model's lines as they become whole. Raises EndlessAnswerError, ModelTimeoutError, and what the model raises."""
        names = {speaker.id: speaker.name for speaker in self._retriever.reader.speakers}
        listing = "\n".join(
            f"[{s.number}] ({names.get(s.ranked.sentence.speaker or '', 'unknown speaker')}) {_plain(s.ranked.sentence.text)}"
            for s in shown.values()
        )
        filled = {
            "rules": prompt("answer").replace("{{ language }}", _LANGUAGES[judged.question.language]),
            "material": prompt("question")
            .replace("{{ sentences }}", listing)
            .replace("{{ question }}", _plain(judged.question.text)),
        }
        buffer, total = "", 0
        for chunk in waited_for("llm", within(self._chain, filled, self._timeout_s, config, given_up)):
            total += len(chunk)
            buffer += chunk
            if total > _MOST_OUTPUT or len(buffer) > _LONGEST_LINE:
                raise EndlessAnswerError
            lines, buffer = _whole(buffer)
            yield from lines
        if buffer.strip():
            yield buffer

    @staged("verify")
    def _statement(
        self,
        line: str,
        judged: JudgedQuestion,
        shown: dict[int, Shown],
        documents: dict[int, Document],
        citations: dict[int, Citation],
    ) -> Said | None:
        """Return the statement of a line with its citations, or None, counted, where it does not hold."""
        parsed = _parsed(line)
        if parsed is None:
            if line.strip() and not line.strip().startswith("```"):
                self.dropped["malformed"] += 1
            return None
        text, numbers = parsed
        evidence: list[Sentence] = []
        for number in numbers:
            if number not in shown:
                self.dropped["unknown_sentence"] += 1
                return None
            evidence.append(shown[number].ranked.sentence)
        names = self._names(evidence, [shown[number].ranked.document_row for number in numbers], documents)
        reason = self._misattributed(text, evidence) or check(
            text, evidence, language=judged.question.language, names=names,
            reader=self._retriever.reader, embedder=self._retriever.embedder,
        )  # fmt: skip
        if reason is None and self._entailment is not None:
            said = " ".join(sentence.text for sentence in evidence)
            reason = None if self._entailment.entails(said, text) else "not_entailed"
        if reason is not None:
            self.dropped[reason] += 1
            return None
        resting = []
        for number in dict.fromkeys(numbers):
            ranked = shown[number].ranked
            if number not in citations:
                piece = Piece((ranked.sentence,), ranked)
                citations[number] = cite(len(citations) + 1, piece, documents[ranked.document_row], False)
            resting.append(citations[number])
        statement = Statement(text.strip(), evidence[0].speaker, tuple(c.number for c in resting))
        if not verified([statement], resting, documents.values()):
            self.dropped["not_verbatim"] += 1
            return None
        return Said(statement, tuple(resting))

    def _misattributed(self, text: str, evidence: Sequence[Sentence]) -> Reason | None:
        """Words of nobody known, in a document of anybody, may not be told as what a speaker of the sources says or wants."""
        if any(sentence.speaker is not None for sentence in evidence):
            return None
        words = f" {' '.join(analysis.words(text))} "
        names = (name for speaker in self._retriever.reader.speakers for name in speaker.names)
        return "speaker" if any(f" {' '.join(analysis.words(name))} " in words for name in names) else None

    def _names(
        self, evidence: Sequence[Sentence], rows: Sequence[int], documents: dict[int, Document]
    ) -> tuple[str, ...]:
        speaking = {sentence.speaker for sentence in evidence}
        found = [
            name for speaker in self._retriever.reader.speakers if speaker.id in speaking for name in speaker.names
        ]
        return (*found, *(documents[row].title for row in rows))

    def _notice(self, judged: JudgedQuestion, shown: Sequence[Citation]) -> str | None:
        return self._extractive.notices.notice(judged.question, judged.judgement, judged.judgement.status, shown, ())

    @staged("render")
    def _answer(
        self,
        judged: JudgedQuestion,
        said: Sequence[Said],
        citations: dict[int, Citation],
        started: float,
        *,
        cut_short: bool,
    ) -> Answer:
        names = {speaker.id: speaker.name for speaker in self._retriever.reader.speakers}
        used = {number for made in said for number in made.statement.citations}
        shown = tuple(citation for citation in citations.values() if citation.number in used)
        statements = tuple(made.statement for made in said)
        question, judgement = judged.question, judged.judgement
        also = self._extractive.also(judgement, shown)
        # The one that went out with the first statement: what was said is never taken back.
        notice = said[0].notice
        text = plain_text(question.language, notice, statements, shown, names, written=True)
        return Answer(
            secrets.token_urlsafe(12), judgement.status, question.language, "llm", cut_short, text, notice, statements,
            shown, also, names, question.corrections, judged.understood, self._retriever.index.name,
            round((time.perf_counter() - started) * 1000, 2),
        )  # fmt: skip


def _same(one: Said, other: Said) -> bool:
    return analysis.words(one.statement.text) == analysis.words(other.statement.text)


def _plain(text: str) -> str:
    """Return a text on one line that cannot close the delimiters it stands in."""
    return " ".join(text.replace("<", "‹").replace(">", "›").split())


def _whole(buffer: str) -> tuple[list[str], str]:
    """Return the lines that are whole, and the rest; an object is whole where its last brace is, without a line break after it."""
    lines = []
    while True:
        rest = buffer.lstrip(" \t\r,")
        if rest.startswith("{") and "}" in rest:
            try:
                _, end = _DECODER.raw_decode(rest)
            except (ValueError, RecursionError):
                end = 0
            if end:
                lines.append(rest[:end])
                buffer = rest[end:]
                continue
        if "\n" not in buffer:
            return lines, buffer
        line, buffer = buffer.split("\n", 1)
        if line.strip():
            lines.append(line)


def _parsed(line: str) -> tuple[str, list[int]] | None:
    """Return the statement and the numbers of a line, or None where it is no such object."""
    try:
        data = json.loads(line.strip().rstrip(","))
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or not isinstance(data.get("statement"), str):
        return None
    numbers = data.get("sentences")
    if not isinstance(numbers, list) or not all(isinstance(n, int) and not isinstance(n, bool) for n in numbers):
        return None
    if not data["statement"].strip() or not numbers:
        return None
    return data["statement"], numbers
