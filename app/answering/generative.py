"""Answers written by a chat model, of which nothing goes out that its sentences do not hold.

The model sees numbered sentences and may only point at them. Each statement is checked as soon as its line is whole; what
fails is dropped and counted. Where nothing holds, or the model fails before anything went out, the sources' own sentences
answer instead, marked degraded.
"""

import json
import logging
import queue
import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from app.answering.checking import Reason, check
from app.answering.citing import Piece, cite
from app.answering.extractive import Answerer, JudgedQuestion
from app.answering.rendering import plain_text
from app.answers import Answer, Citation, Statement
from app.passages import Document, Sentence
from app.prompts import prompt
from app.retrieval import RankedSentence, Retriever
from app.stages import staged, waited_for
from app.verification import verified

MOST_STATEMENTS = 4
_MOST_SENTENCES = 14
_MOST_OUTPUT = 20_000
_LONGEST_LINE = 4_000
# How soon it is noticed that nobody waits any more.
_LOOK_EVERY_S = 0.2
_LANGUAGES = {"nl": "Dutch", "en": "English"}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shown:
    """A sentence that the model sees under a number."""

    number: int
    ranked: RankedSentence


@dataclass(frozen=True, slots=True)
class Said:
    """A statement that holds, with the citations it rests on: what is streamed."""

    statement: Statement
    citations: tuple[Citation, ...]


class ModelTimeoutError(Exception):
    """The chat model took longer than it may. Caught here alone."""


class GenerativeAnswerer:
    """Answers with a chat model over the evidence that the extractive answerer found.

    ``model`` is a LangChain chat model (or any runnable that streams messages), with its own retries and time-outs;
    ``timeout_s`` bounds the whole answer.
    """

    def __init__(self, extractive: Answerer, retriever: Retriever, model: Any, timeout_s: float = 30.0) -> None:
        self._extractive = extractive
        self._retriever = retriever
        self._chain = _chain(model)
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
    ) -> Iterator[Said | Answer]:
        """Yield each statement as soon as it is whole and holds, and last the whole answer. Raises QuestionError.

        ``given_up`` is set when nobody waits for the answer any more; the chat model is let go of then.
        """
        started = time.perf_counter()
        given_up = given_up or threading.Event()
        judged = self._extractive.read(text, history, language, speakers, sources)
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
            for line in self._lines(judged, shown, given_up):
                made = self._statement(line, judged, shown, documents, citations)
                if made is None or any(made.statement.text == other.statement.text for other in said):
                    continue
                said.append(made)
                yield made
                if len(said) == MOST_STATEMENTS:
                    break
        except Exception as error:
            failed = True
            if given_up.is_set():
                self.dropped["given_up"] += 1
            else:
                self.dropped["model_failed"] += 1
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

    def _lines(self, judged: JudgedQuestion, shown: dict[int, Shown], given_up: threading.Event) -> Iterator[str]:
        """Yield the model's lines as they become whole. Raises ModelTimeoutError, and whatever the model raises."""
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
        for chunk in waited_for("llm", _within(self._chain, filled, self._timeout_s, given_up)):
            total += len(chunk)
            buffer += chunk
            if total > _MOST_OUTPUT or len(buffer) > _LONGEST_LINE:
                self.dropped["endless"] += 1
                return
            while "\n" in buffer:
                line, buffer = buffer.split("\n", 1)
                yield line
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
        reason = check(
            text, evidence, language=judged.question.language, names=names,
            reader=self._retriever.reader, embedder=self._retriever.embedder,
        )  # fmt: skip
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

    def _names(
        self, evidence: Sequence[Sentence], rows: Sequence[int], documents: dict[int, Document]
    ) -> tuple[str, ...]:
        speaking = {sentence.speaker for sentence in evidence}
        found = [
            name
            for speaker in self._retriever.reader.speakers
            if speaker.id in speaking
            for name in (speaker.name, *speaker.aliases)
        ]
        return (*found, *(documents[row].title for row in rows))

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
        notice = self._extractive.notice(question, judgement, judgement.status, shown, also, names)
        text = plain_text(question.language, notice, statements, shown, names, written=True)
        return Answer(
            secrets.token_urlsafe(12), judgement.status, question.language, "llm", cut_short, text, notice, statements,
            shown, also, names, question.corrections, judged.understood, self._retriever.index.name,
            round((time.perf_counter() - started) * 1000, 2),
        )  # fmt: skip


def _chain(model: Any) -> Any:
    """Return the LangChain runnable that answers: prompt, then model; its callbacks and tracing are LangChain's own."""
    from langchain_core.prompts import ChatPromptTemplate

    template = ChatPromptTemplate.from_messages([("system", "{rules}"), ("human", "{material}")])
    return (template | model).with_config(run_name="briefwijzer_answer")


def _within(chain: Any, filled: dict[str, str], timeout_s: float, given_up: threading.Event) -> Iterator[str]:
    """Yield the text of a chain's chunks; a stall or a stream longer than ``timeout_s`` ends in ModelTimeoutError, and so does
    a stream that was given up.

    The model runs in a thread of its own, because a blocked read cannot be interrupted; once given up it ends at its next chunk.
    """
    pump = _Pump()
    deadline = time.monotonic() + timeout_s
    threading.Thread(target=pump.run, args=(chain, filled), name="chat-model", daemon=True).start()
    try:
        while True:
            if given_up.is_set() or time.monotonic() > deadline:
                raise ModelTimeoutError
            try:
                chunk = pump.chunks.get(timeout=min(_LOOK_EVERY_S, max(0.001, deadline - time.monotonic())))
            except queue.Empty:
                continue
            if chunk is None:
                return
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk
    finally:
        pump.given_up.set()


class _Pump:
    """Moves chunks from a model's thread to the one that answers; None is the end, an exception a failure."""

    def __init__(self) -> None:
        self.chunks: queue.Queue[str | Exception | None] = queue.Queue(maxsize=64)
        self.given_up = threading.Event()

    def run(self, chain: Any, filled: dict[str, str]) -> None:
        """Read the model to its end, or until it was given up."""
        ending: Exception | None = None
        try:
            for chunk in chain.stream(filled):
                if not self._put(_text_of(chunk)):
                    return
        except Exception as error:
            ending = error
        self._put(ending)

    def _put(self, chunk: str | Exception | None) -> bool:
        while not self.given_up.is_set():
            try:
                self.chunks.put(chunk, timeout=0.2)
                return True
            except queue.Full:
                continue
        return False


def _text_of(chunk: Any) -> str:
    content = getattr(chunk, "content", chunk)
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content if isinstance(part, dict))


def _plain(text: str) -> str:
    """Return a text on one line that cannot close the delimiters it stands in."""
    return " ".join(text.replace("<", "‹").replace(">", "›").split())


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


def chat_model(
    name: str, *, url: str | None = None, key: str | None = None, timeout_s: float = 30.0, retries: int = 1
) -> Any:
    """Return LangChain's chat model of a name such as "openai:gpt-…" or "ollama:…"; ``url`` is any OpenAI-compatible server.

    Raises SettingsError where the provider's package is missing or the name is not one.
    """
    from app.errors import SettingsError

    given: dict[str, Any] = {"temperature": 0, "timeout": timeout_s, "max_retries": retries}
    if url:
        given["base_url"] = url
        given["api_key"] = key or "none"
        name = name if ":" in name else f"openai:{name}"
    elif key:
        given["api_key"] = key
    try:
        from langchain.chat_models import init_chat_model

        return init_chat_model(name, **given)
    except (ImportError, ValueError, TypeError) as error:
        raise SettingsError(
            f"BRIEFWIJZER_LLM = {name!r}: {error}. Name a provider and a model, such as openai:name, and install its LangChain package."
        ) from error
