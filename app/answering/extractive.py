"""Answers made of the sources' own sentences."""

import re
import secrets
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from app import analysis
from app.analysis import detect_language
from app.answering.citing import Piece, cite
from app.answering.comparison import compared_speakers, strangers
from app.answering.conversation import Turn, turn
from app.answering.evidence import Judgement, holding, judge, on_topic
from app.answering.letterfacts import letter_fact
from app.answering.linking import link_evidence
from app.answering.notices import Notices
from app.answering.reasons import LEANS, grounds
from app.answering.recent import RecentDocuments
from app.answering.rendering import plain_text
from app.answering.requests import is_no_question
from app.answers import Also, Answer, Citation, Statement
from app.errors import QuestionError
from app.passages import Document, Sentence
from app.retrieval import Question, RankedSentence, Retriever
from app.retrieval.places import countries_in
from app.stages import stage, staged
from app.verification import verified

PASSAGES = 12
MOST_STATEMENTS = 4
MOST_QUOTED = 700
EACH_COMPARED = 2
# A short sentence that says something of the one before it: "Dit is onjuist." Without it, a claim that is denied reads as made.
_JUDGES = re.compile(r"^(?:dit|dat|this|that)\b.{1,66}$", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class JudgedQuestion:
    """A question with what the sources hold on it. ``understood`` is how a follow-up was read, None where as it stands."""

    question: Question
    judgement: Judgement
    understood: str | None
    compares: bool


class Answerer:
    """Answers questions from one index version."""

    def __init__(self, retriever: Retriever, max_question_chars: int = 2_000) -> None:
        self._retriever = retriever
        self._max_question_chars = max_question_chars
        self._names = tuple(name for s in retriever.reader.speakers for name in s.called)
        self.notices = Notices(retriever)
        self._recent = RecentDocuments(retriever.index.catalogue)

    def ask(
        self,
        text: str,
        *,
        history: Sequence[str] = (),
        language: str | None = None,
        speakers: Sequence[str] = (),
        sources: Sequence[str] = (),
    ) -> Answer:
        """Return the answer. ``history`` are the earlier questions, oldest first.

        Raises QuestionError for an empty or overlong question.
        """
        started = time.perf_counter()
        return self.extract(self.read(text, history, language, speakers, sources), started)

    def read(
        self,
        text: str,
        history: Sequence[str] = (),
        language: str | None = None,
        speakers: Sequence[str] = (),
        sources: Sequence[str] = (),
    ) -> JudgedQuestion:
        """Read a question and judge what the sources hold on it. Raises QuestionError."""
        check_question(text, self._max_question_chars)
        with stage("read"):
            language = language or detect_language(text)
            asked = turn(text, history, self._retriever.reader)
            question = self._retriever.reader.read(asked.text, language)
        understood = None if asked.text == text else asked.text
        if is_no_question(question) or (understood and is_no_question(self._retriever.reader.read(text, language))):
            return JudgedQuestion(question, Judgement("not_found", (), is_order=True), None, compares=False)
        if asked.wants:
            return JudgedQuestion(question, self._explain(asked, speakers, sources), understood, compares=False)
        compared = compared_speakers(question) if not speakers else ()
        judgement = self._compare(question, compared, sources) if compared else self._judge(question, speakers, sources)
        judgement = on_topic(judgement, question, asked.carried)
        if asked.own:
            judgement = holding(judgement, question, asked.own)
        return JudgedQuestion(question, judgement, understood, bool(compared))

    @staged("render")
    def extract(self, judged: JudgedQuestion, started: float, *, degraded: bool = False) -> Answer:
        """Return the answer in the sources' own sentences. ``degraded``: a chat model should have written it."""
        pieces = self._pieces(judged.judgement, per_speaker=judged.compares)
        return self._render(judged, pieces, started, degraded=degraded)

    def _judge(self, question: Question, speakers: Sequence[str], sources: Sequence[str]) -> Judgement:
        embedded = self._retriever.embed(question)
        hits = self._retriever.search(question, PASSAGES, speakers=speakers, sources=sources, embedded=embedded)
        ranked = self._retriever.rank_sentences(question, hits, embedded)
        if question.wanted == "link" and (
            linked := link_evidence(self._retriever, question, ranked, embedded.text, sources)
        ):
            return Judgement("partial" if linked.lacking else "answered", (linked.carrier,), missing=linked.lacking)
        if not speakers and (fact := letter_fact(self._retriever, question)) is not None:
            return Judgement("answered", (fact,))
        judgement = judge(question, ranked, self._retriever.weights, self._names)
        if judgement.status == "not_found" and (elsewhere := self._elsewhere(question, speakers, sources)):
            return elsewhere
        lacking = self.notices.named_but_absent(question) or self._from_a_hint(question, judgement)
        if judgement.status == "answered" and lacking:
            return replace(judgement, status="partial")
        return judgement

    def _elsewhere(self, question: Question, speakers: Sequence[str], sources: Sequence[str]) -> Judgement | None:
        """Return what the sources hold on the question for another country than the one it names and they do not."""
        places = countries_in(question.text)
        away = [c for c in question.concepts if c.kind == "name" and not c.known and c.surface in places]
        topic = tuple(c for c in question.concepts if c not in away)
        if not away or not any(c.kind == "word" for c in topic):
            return None
        found = self._judge(replace(question, concepts=topic), speakers, sources)
        if found.status == "not_found" or found.silent or found.fact or not found.missing:
            return None
        if not all(word in places for name in found.missing for word in analysis.words(name)):
            return None
        return replace(found, status="partial", missing=tuple(concept.called for concept in away))

    def _from_a_hint(self, question: Question, judgement: Judgement) -> bool:
        """Whether the words that come up stand under the name of somebody else than the one who was asked for by a hint."""
        hinted = {ident for _, ident in question.hinted if ident in question.asked}
        return any(ranked.sentence.speaker in hinted for ranked in judgement.evidence)

    def _explain(self, asked: Turn, speakers: Sequence[str], sources: Sequence[str]) -> Judgement:
        """Judge what gives the reason for the answer to the question before, which is worked out again."""
        before = self.read(asked.earlier, (), None, speakers, sources)
        pieces = self._pieces(before.judgement, per_speaker=before.compares)
        if not pieces:
            return before.judgement
        found = grounds(self._retriever.index.catalogue, before.question, pieces)
        if found.given and before.judgement.status == "answered":
            return Judgement("answered", found.evidence, topical=before.judgement.topical)
        evidence = found.evidence or before.judgement.evidence
        return replace(before.judgement, status="partial", evidence=evidence, fact=None if found.given else asked.wants)

    def _compare(self, question: Question, compared: Sequence[str], sources: Sequence[str]) -> Judgement:
        """Judge what each speaker says on its own; who says nothing is named as silent, as is who is in no source."""
        unknown = strangers(question)
        said = f" {' '.join(analysis.words(question.text))} "
        named = [name for name in self._names if f" {' '.join(analysis.words(name))} " in said]
        names = {word for name in (*unknown, *named) for word in analysis.words(name)}
        topic = tuple(c for c in question.concepts if c.surface not in names) or question.concepts
        found = {
            speaker: self._judge(replace(question, asked=(speaker,), concepts=topic), (speaker,), sources)
            for speaker in compared
        }
        speaking = [speaker for speaker in compared if found[speaker].evidence]
        evidence = tuple(r for speaker in speaking for r in found[speaker].evidence)
        silent = tuple(speaker for speaker in compared if speaker not in speaking)
        if not speaking:
            return Judgement("not_found", (), silent)
        whole = not silent and not unknown and all(found[speaker].status == "answered" for speaker in speaking)
        missing = dict.fromkeys(word for speaker in speaking for word in found[speaker].missing)
        return Judgement("answered" if whole else "partial", evidence, silent, tuple(missing), unknown=unknown)

    def _pieces(self, judgement: Judgement, *, per_speaker: bool = False) -> list[Piece]:
        if judgement.status == "not_found":
            return []
        pieces: list[Piece] = []
        quoted = 0
        said: Counter[str | None] = Counter()
        for ranked in judgement.evidence:
            if any(ranked.sentence in piece.sentences for piece in pieces):
                continue
            if per_speaker and said[ranked.sentence.speaker] == EACH_COMPARED:
                continue
            piece = self._with_context(ranked)
            if any(other in piece.sentences for p in pieces for other in p.sentences):
                piece = Piece((ranked.sentence,), ranked)
            most = MOST_QUOTED * (2 if per_speaker else 1)
            if pieces and quoted + piece.length > most and not (per_speaker and not said[ranked.sentence.speaker]):
                continue
            pieces.append(piece)
            said[ranked.sentence.speaker] += 1
            quoted += piece.length
            if len(pieces) == MOST_STATEMENTS:
                break
        return pieces

    def _with_context(self, ranked: RankedSentence) -> Piece:
        """Return the sentence with the one before it where it leans on that, and the one after it that judges it."""
        sentence = ranked.sentence
        run = [sentence]
        while len(run) < 3 and run[0].ordinal > 0 and LEANS.match(run[0].text):
            before = self._sentence(ranked.document_row, sentence.document_id, run[0].ordinal - 1)
            if (
                before is None
                or before.kind != sentence.kind
                or before.block != run[0].block
                or before.speaker != sentence.speaker
                or sentence.end - before.start > MOST_QUOTED
            ):
                break
            run.insert(0, before)
        after = self._sentence(ranked.document_row, sentence.document_id, sentence.ordinal + 1)
        if (
            after is not None
            and _JUDGES.match(after.text)
            and (after.block, after.speaker) == (sentence.block, sentence.speaker)
            and after.end - run[0].start <= MOST_QUOTED
        ):
            run.append(after)
        return Piece(tuple(run), ranked)

    def _sentence(self, row: int, document_id: str, ordinal: int) -> Sentence | None:
        return self._retriever.index.recent.sentence(row, document_id, ordinal)

    def _render(self, judged: JudgedQuestion, pieces: Sequence[Piece], started: float, *, degraded: bool) -> Answer:
        question, judgement = judged.question, judged.judgement
        names = {speaker.id: speaker.name for speaker in self._retriever.reader.speakers}
        documents = self.documents([piece.ranked.document_row for piece in pieces])
        citations = [
            cite(number, piece, documents[piece.ranked.document_row], question.wanted == "link")
            for number, piece in enumerate(pieces, 1)
        ]
        statements = verified(
            [Statement(c.quote, c.speaker, (c.number,)) for c in citations], citations, documents.values()
        )
        kept = {number for statement in statements for number in statement.citations}
        shown = tuple(c for c in citations if c.number in kept)
        status = judgement.status if statements else "not_found"
        also = self.also(judgement, shown)
        notice = self.notices.notice(question, judgement, status, shown, also)
        return Answer(
            secrets.token_urlsafe(12), status, question.language, "extractive", degraded,
            plain_text(question.language, notice, statements, shown, names), notice, tuple(statements), shown, also, names,
            question.corrections, judged.understood, self._retriever.index.name, round((time.perf_counter() - started) * 1000, 2),
        )  # fmt: skip

    def documents(self, rows: Iterable[int]) -> dict[int, Document]:
        """Return the whole documents of these rows."""
        wanted = sorted(set(rows))
        return {row: self._recent.document(row) for row in wanted}

    def also(self, judgement: Judgement, shown: Sequence[Citation]) -> tuple[Also, ...]:
        """Return the speakers who treat the topic and are not quoted."""
        speaking = {c.speaker for c in shown} | set(judgement.silent)
        found = dict.fromkeys(r.sentence.speaker for r in judgement.topical if r.sentence.speaker not in speaking)
        return tuple(Also(speaker) for speaker in found if speaker is not None)


def check_question(text: str, most: int) -> None:
    """Raise QuestionError for a question that is empty, overlong, or not text."""
    if not any(sign.isalnum() for sign in text):
        raise QuestionError("The question is empty. Type a question.")
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        raise QuestionError("The question is not Unicode text (it holds half a character). Type it again.")
    if len(text) > most:
        raise QuestionError(f"The question has {len(text)} characters; at most {most} are taken. Make it shorter.")
