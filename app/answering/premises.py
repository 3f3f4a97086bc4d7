"""Questions that take something for granted: "Waarom is VWN voor …?". Where the sources say otherwise, that has to be seen."""

import re
from collections.abc import Sequence
from typing import Literal

from app import analysis
from app.retrieval import Question, RankedSentence
from app.retrieval.question import PART

Claim = Literal["for", "against", "holds"]

_WHY = re.compile(r"^\W*(?:en\s+|maar\s+)?(?:waarom|hoezo|hoe komt het dat|why|how come)\b", re.IGNORECASE)
_NOT = re.compile(r"\b(?:niet|geen|nooit|zonder|not|no|never|without|n['’]t|doesn['’]t|don['’]t)\b", re.IGNORECASE)
_AGAINST = re.compile(
    r"\b(?:tegen|verzet|afwijzen|afschaffen|afgeschaft|intrekken|schrappen|stoppen|verbieden|opheffen|tegenstander|slecht|schadelijk|zorgen|bezorgd|kritisch|bezwaar|onnodig|verkeerd"
    r"|oppose[sd]?|against|abolish\w*|reject\w*|repeal\w*|scrap\w*|stop|ban|bad|harmful|wrong|worr(?:y|ied|ies)|concerned|critical)\b",
    re.IGNORECASE,
)
_FOR = re.compile(
    r"\b(?:voor|voorstander|steun\w*|wil|willen|pleit\w*|juicht|waardeert|moet|moeten|goed|nodig|terecht|prima|blij"
    r"|supports?|favou?r|for|wants?|welcomes?|should|must|good|needed|happy)\b",
    re.IGNORECASE,
)
_HOLDS = re.compile(r"\b(?:vindt|vinden|denkt|denken|meent|beweert|thinks?|believes?|claims?)\b", re.IGNORECASE)
_DENIES = re.compile(
    r"\b(?:niet|geen|nooit|zorgen over|schadelijk|gevaar|risico|onjuist|in strijd|ondermijn\w*|ten koste van|bezwa\w+|onnodig|race to the bottom"
    r"|not|never|harmful|danger|risk|wrong)\b",
    re.IGNORECASE,
)
_AFFIRMS = re.compile(
    r"\b(?:behoud|handhaaf|positief|goede|blij|waarder\w+|steun\w*|zorg dat|investeer|koester\w*|realistische?|constructieve?|welkom"
    r"|keep|positive|good|happy|welcome\w*|support\w*)\b",
    re.IGNORECASE,
)
# What would come of something is no wish for it.
_SUPPOSES = re.compile(
    r"^\W*(?:als|indien|wanneer|if)\b.*\b(?:zou|zouden|zal|zullen|dan|would|will)\b", re.IGNORECASE | re.DOTALL
)
_TELLING = 0.6


def claimed(question: Question, names: Sequence[str] = ()) -> Claim | None:
    """Return what a question takes for granted of the speaker that it asks for, or None where it takes nothing for granted.

    ``names`` are those of the speakers.
    """
    text = f" {' '.join(analysis.words(question.text))} "
    for name in names:
        # "De Bond voor Burgers" is for nothing.
        text = text.replace(f" {' '.join(analysis.words(name))} ", " ")
    if not question.asked or not _WHY.match(text) or _NOT.search(text):
        return None
    if _AGAINST.search(text):
        return "against"
    if _FOR.search(text):
        return "for"
    return "holds" if _HOLDS.search(text) else None


def denies(claim: Claim, sentence: str) -> bool:
    """Whether a sentence speaks against a claim, as far as single words show."""
    return contradicts(claim, sentence) or (claim == "for" and bool(_SUPPOSES.search(sentence)))


def contradicts(claim: Claim, sentence: str) -> bool:
    """Whether a sentence says the opposite of a claim, as far as single words show, and does not merely suppose it."""
    if claim == "against":
        return bool(_AFFIRMS.search(sentence)) and not _DENIES.search(sentence)
    return bool(_DENIES.search(sentence)) and not _SUPPOSES.search(sentence)


def lacks_its_topic(question: Question, ranked: RankedSentence) -> bool:
    """Whether a sentence lacks a telling word of a claim, or holds of a name that it is about only a part."""
    if any(concept.information >= _TELLING for concept in ranked.missing):
        return True
    return not names_in_full(question, ranked)


def names_in_full(question: Question, ranked: RankedSentence) -> bool:
    """Whether a sentence, or its heading, holds the names of a question, and not only a part of the compound that one is."""
    terms = set(analysis.terms(f"{ranked.sentence.text} {ranked.sentence.section or ''}"))
    names = [concept for concept in question.concepts if concept.kind == "name" and concept.is_whole]
    return all(any(term in terms for term, value in name.forms.items() if value > PART) for name in names)
