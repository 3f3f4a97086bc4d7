"""Checks a sentence that a chat model wrote against the sentences that it points at. What it cannot show is not said."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Literal, cast

from app import analysis
from app.answering.agreement import cause_fault, condition_fault
from app.answering.claims import claimed
from app.answering.clauses import Clause, clauses
from app.answering.crossing import across_languages
from app.answering.matching import Evidence, Matcher
from app.answering.ordering import same_language
from app.answering.propositions import Proposition, propositions
from app.answering.rewording import Compare, rewording_fault
from app.answering.support import home_of
from app.embedding import Embedder
from app.passages import Sentence
from app.retrieval import QuestionReader

Reason = Literal[
    "empty", "too_long", "markup", "unknown_sentence", "speaker", "number", "name", "negation", "obligation", "quote",
    "language", "unsupported", "characters", "actor", "opposite", "quantifier", "attribution", "role", "condition", "cause", "left_out",
    "reference", "tense", "not_entailed",
]  # fmt: skip

LONGEST = 400
_MARKUP = re.compile(r"https?:|www\.|[<>{}\[\]`]|\*\*|</?\w+>", re.IGNORECASE)
_QUOTED = re.compile(r"[“\"„«‘]([^”\"»’]{3,})[”\"»’]")


def check(
    text: str,
    evidence: Sequence[Sentence],
    *,
    language: str,
    names: Iterable[str],
    reader: QuestionReader,
    embedder: Embedder,
) -> Reason | None:
    """Return why a statement does not hold on its evidence, or None where it does.

    ``names`` are the names of the evidence's speaker and documents, which a statement may use without their standing in the
    evidence. The evidence is Dutch or English; the statement must be in ``language``. ``reader`` knows the glossary.
    """
    stripped = text.strip()
    names = tuple(names)
    if not stripped:
        return "empty"
    if len(stripped) > LONGEST:
        return "too_long"
    if _MARKUP.search(stripped):
        return "markup"
    if not evidence:
        return "unknown_sentence"
    if len({sentence.speaker for sentence in evidence}) > 1:
        return "speaker"
    said = " ".join(sentence.text for sentence in evidence)
    if not _plain_signs(stripped, said):
        return "characters"
    if len(analysis.words(stripped)) > 4 and analysis.detect_language(stripped) != language:
        return "language"
    if any(_flat(quoted.group(1)) not in _flat(said) for quoted in _QUOTED.finditer(stripped)):
        return "quote"
    return _clause_faults(stripped, evidence, language, names, reader, embedder)


def prepare() -> None:
    """Load what the checks use, which takes a second or two the first time: the lexicon and both dictionaries."""
    analysis.in_lexicon("huis")
    for language in ("nl", "en"):
        clauses(["Het huis stond er.", "The house stood there."], language, ())


def _clause_faults(
    text: str,
    evidence: Sequence[Sentence],
    language: str,
    names: Sequence[str],
    reader: QuestionReader,
    embedder: Embedder,
) -> Reason | None:
    light = frozenset(term for name in names for term in analysis.terms(name))
    texts = tuple(sentence.text for sentence in evidence)
    there = _evidence(texts, light, all(sentence.kind == "heading" for sentence in evidence))
    made = claimed(clauses([text], language, light), light)
    if any(clause.first_person for clause in made):
        return "attribution"  # "Wij" in an answer would be Briefwijzer.
    if not any(clause.content for clause in made):
        return "unsupported"
    matcher = Matcher(made, there, reader.read(text, language).concepts, language, embedder)
    homes: list[int] = []
    for clause in made:
        home = home_of(clause, there, matcher, language)
        if isinstance(home, str):
            return cast("Reason", home)
        homes.append(home)
    fault = condition_fault(made, there, (there.clauses[home].sentence for home in homes)) or cause_fault(
        made, there, homes
    )
    if fault is None:
        said = propositions(text, language, names)
        if there.is_heading:  # Who writes a heading wants what it says.
            for wanted in said:
                wanted.tokens = [t for t in wanted.tokens if t.kind != "speaker" and t.key not in ("willen", "want")]
        found = _propositions(texts, there.language, tuple(names))
        compare: Compare = same_language
        if language != there.language:
            words = [Clause(0, words=[token.word for made in part for token in made.tokens]) for part in (said, found)]
            across = Matcher(
                words[:1], replace(there, clauses=words[1:]), reader.read(text, language).concepts, language, embedder
            )
            compare = across_languages(lambda token, other: across.matches(token.word, other.word))
        fault = rewording_fault(said, found, compare)
    return cast("Reason", fault) if fault else None


@lru_cache(maxsize=64)
def _propositions(texts: tuple[str, ...], language: str, names: tuple[str, ...]) -> list[Proposition]:
    """Read evidence as propositions. Nobody changes what is returned."""
    return [made for number, text in enumerate(texts) for made in propositions(text, language, names, number)]


@lru_cache(maxsize=64)
def _evidence(texts: tuple[str, ...], light: frozenset[str], is_heading: bool) -> Evidence:
    """Read evidence; the statements of one answer rest on the same few sentences. Nobody changes what is returned."""
    language = analysis.detect_language(" ".join(texts))
    return Evidence(claimed(clauses(texts, language, light), light), language, is_heading)


def _flat(text: str) -> str:
    return " ".join(analysis.fold(text).split())


def _plain_signs(text: str, said: str) -> bool:
    """Whether a statement has only Latin letters, plain digits and ordinary signs, or what its evidence has too.

    Letters of other scripts that look alike, invisible signs and foreign digits make a name or a number seem another.
    """
    for sign in unicodedata.normalize("NFC", text):
        if sign.isascii():
            if sign.isprintable():
                continue
            return False
        if sign in said or sign in _SIGNS:
            continue
        if not (
            sign.isalpha()
            and unicodedata.name(sign, "").startswith("LATIN ")
            and sign == unicodedata.normalize("NFKC", sign)
        ):
            return False
    return True


_SIGNS = frozenset("€£–—‘’“”„…·•°é\u00a0")
