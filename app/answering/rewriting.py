"""Checks a follow-up question that a chat model made to stand alone: it may hold what was asked, and nothing else."""

from collections.abc import Sequence

from app import analysis
from app.answering.meaning import lexicon
from app.retrieval import QuestionReader

MOST_TURNS = 6
LONGEST = 300


def rewrite_fault(meant: str, question: str, history: Sequence[str], reader: QuestionReader) -> str | None:
    """Return what is wrong with a rewritten question, or None where it may be asked instead of ``question``.

    Every content word of it must have been said, by its stem, in the question or an earlier one (the names of one speaker
    stand for one another), and the question's own numbers, names and negation must be kept.
    """
    if not meant or len(meant) > LONGEST or not any(sign.isalnum() for sign in meant):
        return "length"
    if any(sign in meant for sign in "<>{}[]`\\"):
        return "markup"
    if analysis.detect_language(meant) != analysis.detect_language(question) and len(analysis.words(question)) > 2:
        return "language"
    said = " ".join((question, *history[-MOST_TURNS:]))
    known = set(analysis.terms(said))
    for speaker in reader.speakers:
        names = speaker.names
        if any(name.casefold() in said.casefold() for name in names):
            known |= {term for name in names for term in analysis.terms(name)}
    if unsaid := [term for term in analysis.terms(meant) if term not in known and term not in analysis.STOP_WORDS_EN]:
        return f"unsaid: {unsaid[0]}"
    if _kept(question) - _kept(meant):
        return "lost"
    return None if _negated(meant) <= _negated(said) and _negated(question) <= _negated(meant) else "negation"


def _kept(text: str) -> set[str]:
    """Return the numbers of a text, and the names that do not open it."""
    numbers = {word for word in analysis.words(text) if word[0].isdigit()}
    names = {
        term
        for place, raw in enumerate(text.split())
        if place and raw[:1].isupper()
        for term in analysis.terms(raw)
    }  # fmt: skip
    return numbers | names


def _negated(text: str) -> int:
    words = analysis.words(text)
    marks = [lexicon().marks[language].at(words, place)[0] for place in range(len(words)) for language in ("nl", "en")]
    return int(any("negation" in names for names in marks))
