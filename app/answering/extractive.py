"""Answers made of the sources' own sentences."""

import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass

from app.answering.evidence import Judgement, judge
from app.answering.linking import link_evidence
from app.answering.wording import listed, say
from app.answers import Also, Answer, Citation, Statement
from app.errors import QuestionError
from app.passages import Document, Link, Sentence
from app.retrieval import Question, RankedSentence, Retriever
from app.verification import verified

PASSAGES = 12
MOST_STATEMENTS = 4
MOST_QUOTED = 700
# A sentence that opens with one of these leans on the one before it.
_LEANS = re.compile(
    r"^(?:dit|dat|daar(?:aan|bij|door|mee|naast|om|op|over|toe|van|voor)?|deze|die|zo|hier(?:bij|door|mee|om|op|over|van)?|zij|ze|hij"
    r"|elders|namelijk|want|waarbij|iets wat|verder|ook|toch|echter|this|that|these|those|it|they|therefore|hence|however)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of neighbouring sentences of one speaker that becomes one quote. ``ranked`` is the one it was chosen for."""

    sentences: tuple[Sentence, ...]
    ranked: RankedSentence

    @property
    def length(self) -> int:
        """Length of the quote in code points."""
        return self.sentences[-1].end - self.sentences[0].start


class Answerer:
    """Answers questions from one index version."""

    def __init__(self, retriever: Retriever, max_question_chars: int = 2_000) -> None:
        self._retriever = retriever
        self._max_question_chars = max_question_chars

    def ask(
        self,
        text: str,
        *,
        language: str | None = None,
        speakers: Sequence[str] = (),
        sources: Sequence[str] = (),
    ) -> Answer:
        """Return the answer. Raises QuestionError for an empty or overlong question."""
        started = time.perf_counter()
        check_question(text, self._max_question_chars)
        question = self._retriever.reader.read(text, language)
        embedded = self._retriever.embed(question)
        hits = self._retriever.search(question, PASSAGES, speakers=speakers, sources=sources, embedded=embedded)
        ranked = self._retriever.rank_sentences(question, hits, embedded)
        if question.wanted == "link" and (
            linked := link_evidence(self._retriever, question, ranked, embedded.text, sources)
        ):
            ranked = [linked, *(r for r in ranked if r.sentence != linked.sentence)]
            judgement = Judgement("answered", (ranked[0],))
        else:
            judgement = judge(question, ranked, self._retriever.weights)
        pieces = self._pieces(question, judgement)
        return self._render(question, judgement, pieces, started)

    def _pieces(self, question: Question, judgement: Judgement) -> list[Piece]:
        if judgement.status == "not_found":
            return []
        pieces: list[Piece] = []
        quoted = 0
        for ranked in judgement.evidence:
            if any(ranked.sentence in piece.sentences for piece in pieces):
                continue
            piece = self._with_context(ranked)
            if any(other in piece.sentences for p in pieces for other in p.sentences):
                piece = Piece((ranked.sentence,), ranked)
            if pieces and quoted + piece.length > MOST_QUOTED:
                continue
            pieces.append(piece)
            quoted += piece.length
            if len(pieces) == MOST_STATEMENTS:
                break
        return pieces

    def _with_context(self, ranked: RankedSentence) -> Piece:
        """Return the sentence with the one before it, where it leans on that."""
        sentence = ranked.sentence
        run = [sentence]
        while len(run) < 3 and run[0].ordinal > 0 and _LEANS.match(run[0].text):
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
        return Piece(tuple(run), ranked)

    def _sentence(self, row: int, document_id: str, ordinal: int) -> Sentence | None:
        found = self._retriever.index.catalogue.sentences(row, document_id, ordinal, ordinal)
        return found[0][0] if found else None

    def _render(
        self,
        question: Question,
        judgement: Judgement,
        pieces: Sequence[Piece],
        started: float,
    ) -> Answer:
        catalogue = self._retriever.index.catalogue
        names = {speaker.id: speaker.name for speaker in self._retriever.reader.speakers}
        rows = sorted({piece.ranked.document_row for piece in pieces})
        idents = {row: (d.id, rev) for (row, d), rev in zip(*_heads(self._retriever, rows), strict=True)}
        documents = {ident: catalogue.document(*ident) for ident in idents.values()}
        citations = [
            cite(number, piece, documents[idents[piece.ranked.document_row]], question.wanted == "link")
            for number, piece in enumerate(pieces, 1)
        ]
        statements = verified([Statement(c.quote, c.speaker, (c.number,)) for c in citations], citations, documents)
        kept = {number for statement in statements for number in statement.citations}
        shown = tuple(c for c in citations if c.number in kept)
        status = judgement.status if statements else "not_found"
        also = self._also(judgement, shown)
        notice = self._notice(question, judgement, status, shown, also, names)
        return Answer(
            secrets.token_urlsafe(12), status, question.language, "extractive", False,
            _text(question.language, notice, statements, shown, names), notice, tuple(statements), shown, also, names,
            question.corrections, self._retriever.index.name, round((time.perf_counter() - started) * 1000, 2),
        )  # fmt: skip

    def _also(self, judgement: Judgement, shown: Sequence[Citation]) -> tuple[Also, ...]:
        speaking = {c.speaker for c in shown}
        found = dict.fromkeys(r.sentence.speaker for r in judgement.topical if r.sentence.speaker not in speaking)
        return tuple(Also(speaker) for speaker in found if speaker is not None)

    def _notice(
        self,
        question: Question,
        judgement: Judgement,
        status: str,
        shown: Sequence[Citation],
        also: Sequence[Also],
        names: dict[str, str],
    ) -> str | None:
        language = question.language
        if status == "not_found":
            text = say(language, "not_found")
            if also:
                text += " " + say(language, "also", others=listed(language, [names[a.speaker] for a in also]))
            return text
        if judgement.silent:
            unfetched = {s.speaker for s in self._retriever.index.catalogue.sources() if s.state == "not_fetched"}
            key = "speaker_silent_unfetched" if set(judgement.silent) & unfetched else "speaker_silent"
            others = dict.fromkeys(names.get(c.speaker or "", say(language, "unknown")) for c in shown)
            return say(
                language, key, asked=listed(language, [names[s] for s in judgement.silent]),
                others=listed(language, list(others)),
            )  # fmt: skip
        if status == "partial" and judgement.missing:
            return say(language, "missing", missing=listed(language, [f"‘{word}’" for word in judgement.missing]))
        return None


def _heads(retriever: Retriever, rows: Sequence[int]) -> tuple[list[tuple[int, Document]], list[str]]:
    documents, revisions = retriever.heads(rows)
    ordered = sorted(documents.items())
    return ordered, [revisions[row] for row, _ in ordered]


def check_question(text: str, most: int) -> None:
    """Raise QuestionError for a question that is empty, overlong, or not text."""
    if not text.strip():
        raise QuestionError("The question is empty. Type a question.")
    if len(text) > most:
        raise QuestionError(f"The question has {len(text)} characters; at most {most} are taken. Make it shorter.")


def cite(number: int, piece: Piece, document: Document, wants_link: bool) -> Citation:
    """Return the citation of a piece; its quote is cut from the document's text and nothing else."""
    first, last = piece.sentences[0], piece.sentences[-1]
    start, end = first.start, last.end
    return Citation(
        number, document.text[start:end], document.id, document.rev, document.source_id, document.record_id,
        document.title, document.publisher, first.speaker,
        next((s.reported_speaker for s in piece.sentences if s.reported_speaker), None),
        document.date, first.section, first.page, start, end, _links(document, start, end, wants_link),
        text_fragment(document.url, document.text[start:end], first.page),
        f"/documents/{document.id}?rev={document.rev}&start={start}&end={end}#quote",
        document.fetched_at, document.language,
    )  # fmt: skip


def _links(document: Document, start: int, end: int, wants_link: bool) -> tuple[Link, ...]:
    """Return the links inside the quote; where a link was asked for, also one whose place is only known roughly."""
    inside = [link for link in document.links if start <= link.start and link.end <= end]
    if wants_link:
        inside += [link for link in document.links if link not in inside and link.start < end and start < link.end]
    return tuple(inside)


def text_fragment(url: str | None, quote: str, page: int | None) -> str | None:
    """Return the address that opens a page at the quote (a PDF at its page number), or None without an address."""
    from urllib.parse import quote as encode

    if url is None:
        return None
    base = url.split("#", 1)[0]
    if base.lower().split("?")[0].endswith(".pdf"):
        return f"{base}#page={page}" if page else base

    def encoded(text: str) -> str:
        return encode(text, safe="").replace("-", "%2D")

    words = quote.split()
    if len(words) <= 10:
        return f"{base}#:~:text={encoded(' '.join(words))}"
    return f"{base}#:~:text={encoded(' '.join(words[:5]))},{encoded(' '.join(words[-5:]))}"


def _text(
    language: str,
    notice: str | None,
    statements: Sequence[Statement],
    citations: Sequence[Citation],
    names: dict[str, str],
) -> str:
    """Return the answer as plain text: under a line that says who speaks where, the quotes with their markers."""
    numbered = {c.number: c for c in citations}
    parts = [notice] if notice else []
    above = None
    for statement in statements:
        cited = numbered[statement.citations[0]]
        who = names.get(statement.speaker or "", say(language, "unknown"))
        line = ", ".join(
            part
            for part in (who, cited.title, say(language, "under", section=cited.section) if cited.section else "")
            if part
        )
        if cited.language not in (None, language):
            line += say(language, "original")
        markers = "".join(f"[{number}]" for number in statement.citations)
        entry = f"“{statement.text}” {markers}"
        if cited.links:
            entry += "\n" + say(language, "link", urls=", ".join(dict.fromkeys(link.url for link in cited.links)))
        if line != above:
            parts.append(f"{line}:\n{entry}")
            above = line
        else:
            parts.append(entry)
    return "\n\n".join(parts)
