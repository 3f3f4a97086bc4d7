"""Checks a sentence that a chat model wrote against the sentences that it points at. What it cannot show is not said."""

import re
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np

from app import analysis
from app.embedding import Embedder
from app.passages import Sentence
from app.retrieval import QuestionReader

Reason = Literal[
    "empty", "too_long", "markup", "unknown_sentence", "speaker", "number", "name", "negation", "obligation", "quote",
    "language", "unsupported",
]  # fmt: skip

LONGEST = 400
_MARKUP = re.compile(r"https?:|www\.|[<>{}\[\]`]|\*\*|</?\w+>", re.IGNORECASE)
_QUOTED = re.compile(r"[“\"„«‘]([^”\"»’]{3,})[”\"»’]")
_NEGATION = re.compile(
    r"\b(?:niet|geen|nooit|nergens|niemand|niets|zonder|noch|nauwelijks|onjuist|not|no|never|none|nobody|nothing|without|nor|hardly"
    r"|cannot|\w+n't|incorrect|wrong)\b",
    re.IGNORECASE,
)
_MUST = re.compile(
    r"\b(?:moet|moeten|moest|moesten|verplicht|verplichten|verplichting|dient|dienen|hoeft|hoeven|must|have to|has to|obliged|obligation"
    r"|oblige|obliges|required?|requires|requirement|mandatory|compulsory|should|need to|needs to)\b",
    re.IGNORECASE,
)
_WILL = re.compile(
    r"\b(?:zou moeten|zouden moeten|zouden|zou|behoud|zorg|zet|investeer|handhaaf|mogen|mag)\b", re.IGNORECASE
)
_MAY = re.compile(
    r"\b(?:mag|mogen|mocht|mochten|toegestaan|kan|kunnen|mogelijk|mogelijkheid|may|can|could|allowed|permitted|possible|possibility"
    r"|vrijwillig\w*|voluntary)\b",
    re.IGNORECASE,
)
_CAPITAL = re.compile(r"\b[A-ZÀ-Þ][\w'’-]*")
# What counts as one word meaning another, in cosine of the bundled model's word vectors; noise reaches about 0.2.
_ALIKE = 0.3
# Least share of a statement's words, and least cosine, to call it supported; the second of each across languages.
_LEAST_SUPPORT, _LEAST_SUPPORT_ACROSS = 0.62, 0.5
_LEAST_COSINE, _LEAST_COSINE_ACROSS = 0.25, 0.12


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
    if len(analysis.words(stripped)) > 4 and analysis.detect_language(stripped) != language:
        return "language"
    if any(_flat(quoted.group(1)) not in _flat(said) for quoted in _QUOTED.finditer(stripped)):
        return "quote"
    if not _numbers(stripped) <= _numbers(said):
        return "number"
    if not _names_hold(stripped, said, names):
        return "name"
    if bool(_NEGATION.search(stripped)) != bool(_NEGATION.search(said)):
        return "negation"
    if not _modality_holds(stripped, said):
        return "obligation"
    return None if _supported(stripped, said, language, names, reader, embedder) else "unsupported"


def _flat(text: str) -> str:
    return " ".join(analysis.fold(text).split())


def _numbers(text: str) -> set[str]:
    """Return the numbers of a text, with their sign; number words of either language as digits."""
    found = {word for word in analysis.words(text) if word[0].isdigit()}
    found |= {_NUMBER_WORDS[word] for word in analysis.words(text) if word in _NUMBER_WORDS}
    found |= {month for month in analysis.words(text) if month in _MONTHS}
    return found


_NUMBER_WORDS = {
    "twee": "2", "two": "2", "drie": "3", "three": "3", "vier": "4", "four": "4", "vijf": "5", "five": "5", "zes": "6",
    "six": "6", "zeven": "7", "seven": "7", "acht": "8", "eight": "8", "negen": "9", "nine": "9", "tien": "10", "ten": "10",
    "twaalf": "12", "twelve": "12", "twintig": "20", "twenty": "20", "vijftig": "50", "fifty": "50", "honderd": "100",
    "hundred": "100", "duizend": "1000", "thousand": "1000", "miljoen": "1000000", "million": "1000000",
    "helft": "50%", "half": "50%", "kwart": "25%", "quarter": "25%",
}  # fmt: skip
_MONTHS = frozenset("januari februari maart april mei juni juli augustus september oktober november december".split())


def _names_hold(text: str, said: str, names: Iterable[str]) -> bool:
    """Whether every name in a text stands in what was said, or is the name of who said it."""
    known = set(analysis.terms(said)) | {term for name in names for term in analysis.terms(name)}
    spoken = said.casefold()
    for match in _CAPITAL.finditer(text):
        word = match.group()
        before = text[: match.start()].rstrip(" \"'“‘(")
        opening = not before or before[-1] in ".?!:"
        terms = analysis.terms(word)
        if not terms or word.casefold() in spoken or all(term in known for term in terms):
            continue
        folded = analysis.words(word)
        if opening and folded and (analysis.in_lexicon(folded[0]) or folded[0] in analysis.STOP_WORDS_EN):
            continue  # An ordinary word with the capital of its place.
        if not _translated_name(folded, known):
            return False
    return True


# Names that an English sentence gives differently; the glossary's own are checked by the aligner's cosine.
_ENGLISH_NAMES = {
    "pact": "pact", "netherlands": "nederland", "dutch": "nederland", "europe": "europa", "european": "europes",
    "commission": "commissie", "turkey": "turkije", "bulgaria": "bulgarije", "convention": "verdrag", "treaty": "verdrag",
    "refugee": "vluchtel", "refugees": "vluchtel", "council": "raad", "state": "stat", "return": "terugkeer",
    "regulation": "verordening", "act": "wet", "directive": "richtlijn", "union": "unie", "geneva": "vluchtelingenverdrag",
}  # fmt: skip


def _translated_name(folded: Sequence[str], known: set[str]) -> bool:
    joined = " ".join(known)
    return all(word in _ENGLISH_NAMES and analysis.stem(_ENGLISH_NAMES[word])[:5] in joined for word in folded)


def _modality_holds(text: str, said: str) -> bool:
    """Whether a statement obliges only where its evidence does, and allows only where its evidence does."""
    if _MUST.search(text) and not (_MUST.search(said) or _WILL.search(said)):
        return False
    return not (_MAY.search(text) and not (_MAY.search(said) or _WILL.search(said)))


def _supported(
    text: str, said: str, language: str, names: Iterable[str], reader: QuestionReader, embedder: Embedder
) -> bool:
    """Whether enough of what a statement says is in what was said: by its terms, the glossary and likeness."""
    spoken_for = {term for name in names for term in analysis.terms(name)}
    own = [
        concept
        for concept in reader.read(text, language).concepts
        if analysis.stem(concept.surface) not in spoken_for and concept.surface not in _REPORTING
    ]
    if not own:
        return False
    there = analysis.tokens(said)
    held = {token.term for token in there}
    if embedder.word_level:
        surfaces = [surface.replace("_", " ") for surface in (*(c.surface for c in own), *(t.surface for t in there))]
        rows = embedder.encode([*surfaces, text, said])
        likeness = (rows[: len(own)] @ rows[len(own) : -2].T).max(axis=1)
        cosine = float(rows[-2] @ rows[-1])
    else:
        likeness = np.zeros(len(own), dtype=np.float32)
        one, other = embedder.encode([text, said])
        cosine = float(one @ other)
    same_language = language == analysis.detect_language(said)
    if cosine < (_LEAST_COSINE if same_language else _LEAST_COSINE_ACROSS):
        return False
    weights = np.array([analysis.information(concept.surface, language) for concept in own])
    matched = np.array(
        [alike >= _ALIKE or not held.isdisjoint(concept.forms) for concept, alike in zip(own, likeness, strict=True)]
    )
    least = _LEAST_SUPPORT if same_language else _LEAST_SUPPORT_ACROSS
    return float(weights[matched].sum() / weights.sum()) >= least


_REPORTING = frozenset(
    """
    vindt stelt wijst noemt waarschuwt pleit wil benadrukt schrijft meldt geeft ziet volgens aan dat says states argues warns
    notes points wants calls letter brief finds thinks considers according emphasises stresses mentions
    """.split()
)
