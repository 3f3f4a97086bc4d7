"""Why what was answered is so: the sentences near an earlier answer that give its reason, or go on about it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app import analysis
from app.answering.citing import Piece
from app.index.catalogue import Catalogue
from app.passages import Sentence
from app.retrieval import Question, RankedSentence
from app.retrieval.question import PART

# A sentence that opens with one of these leans on the one before it. "Daarnaast" and "verder" only add to it.
LEANS = re.compile(
    r"^(?:dit|dat|daar(?:aan|bij|door|mee|om|op|over|toe|van|voor)?|deze|die|zo|hier(?:bij|door|mee|om|op|over|van)?|zij|ze|hij"
    r"|elders|namelijk|want|waarbij|iets wat|toch|echter|this|that|these|those|it|they|therefore|hence|however)\b",
    re.IGNORECASE,
)
_BECAUSE = re.compile(
    r"\b(?:want|omdat|doordat|aangezien|immers|namelijk|vanwege|wegens|dankzij|te maken met|te wijten|te danken|komt (?:mede |vooral |onder meer )?door"
    r"|leid(?:t|en|de) tot|zorg(?:t|en) (?:er)?voor|de reden|de oorzaak|zodat|ten behoeve van|(?:het )?(?:risico|gevaar)"
    r"|because|since|due to|owing to|as a result of|leads? to|so that|in order to|the reason|the cause|the risk|the danger)\b",
    re.IGNORECASE,
)
_AROUND = 10
_MOST = 2


@dataclass(frozen=True, slots=True)
class Grounds:
    """What stands near an answer. ``given``: it gives the reason; else it is only what is said beside it."""

    evidence: tuple[RankedSentence, ...]
    given: bool


def grounds(catalogue: Catalogue, question: Question, pieces: Sequence[Piece]) -> Grounds:
    """Return what gives the reason for the pieces of an answer to ``question``; where nothing does, what goes on about it.

    First come the sentences after it that lean on it, then its own words, then what else gives a reason in its section and shares
    a word with the question.
    """
    shown = {(piece.ranked.document_row, sentence.ordinal) for piece in pieces for sentence in piece.sentences}
    beside: list[RankedSentence] = []
    for piece in pieces:
        row = piece.ranked.document_row
        section = [s for s in _section(catalogue, row, piece) if (row, s.ordinal) not in shown]
        leaning = list(_leaning(section, piece))
        sharing = [s for s in section if s not in leaning and _shares(question, s)]
        own = tuple(s for s in piece.sentences if _BECAUSE.search(s.text))
        for reasons in (_reasons(leaning), own, _reasons(sharing)):
            if reasons:
                return Grounds(tuple(RankedSentence.surely(s, row) for s in reasons[:_MOST]), given=True)
        beside += [RankedSentence.surely(s, row) for s in (*leaning, *sharing)]
    return Grounds(tuple(beside[:_MOST]), given=False)


def _section(catalogue: Catalogue, row: int, piece: Piece) -> list[Sentence]:
    first, last = piece.sentences[0], piece.sentences[-1]
    low = max(0, first.ordinal - _AROUND)
    found = catalogue.sentences(row, first.document_id, low, last.ordinal + _AROUND)
    return [s for s, _ in found if s.section == first.section and s.speaker == first.speaker and s.kind != "heading"]


def _leaning(section: Sequence[Sentence], piece: Piece) -> Iterator[Sentence]:
    """Yield the sentences right after a piece that lean on it, or on one another."""
    after = piece.sentences[-1].ordinal
    for sentence in section:
        if sentence.ordinal == after + 1 and LEANS.match(sentence.text):
            after = sentence.ordinal
            yield sentence


def _reasons(sentences: Sequence[Sentence]) -> tuple[Sentence, ...]:
    return tuple(s for s in sentences if _BECAUSE.search(s.text))


def _shares(question: Question, sentence: Sentence) -> bool:
    terms = set(analysis.terms(sentence.text))
    return any(
        not terms.isdisjoint(term for term, value in concept.forms.items() if value > PART)
        for concept in question.concepts
        if concept.kind != "number"
    )
