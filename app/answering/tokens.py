"""Reads a sentence as a row of tokens: what must stand in a statement as it stands in its evidence.

Articles hang on the word they go with, a number has its unit with it, and the words by which the speaker is reported ("Volgens
de Raad …", "… schrijft dat …") are left out.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from app import analysis
from app.answering.phrases import (
    ADDRESSING,
    ARTICLES,
    AUXILIARIES,
    FOCUS,
    MOVABLE,
    NO_VERBS,
    PARTICLES,
    POSSESSIVES,
    PRONOUNS,
    REPORTING,
    SKIPPED,
    SPEAKING,
    TEMPORAL,
    modal,
)  # fmt: skip
from app.answering.quantities import quantities
from app.answering.words import BREAKS, ENDS, JOINING, PREPOSITIONS, Word

Kind = Literal["verb", "auxiliary", "preposition", "small", "content", "number", "speaker"]


@dataclass(slots=True, eq=False)
class Token:
    """A word, a number with its unit, or the speaker. ``key`` is what another token must have to be the same.

    ``article`` is "a", "the", "this" or "" for none; ``place`` counts the words of the text; ``part`` the stretches between two
    commas; ``optional`` marks a stretch that can be left out whole.
    """

    word: Word
    key: str
    kind: Kind
    place: int
    article: str = ""
    part: int = 0
    optional: bool = False
    closes: bool = False
    infinitive: bool = False

    @property
    def governs(self) -> bool:
        """Whether it begins a phrase that may stand elsewhere in the sentence."""
        return self.kind == "preposition" and self.key in MOVABLE

    @property
    def dated(self) -> bool:
        """Whether it tells when."""
        return (self.kind == "number" and self.key.startswith(TEMPORAL)) or self.key in TEMPORAL

    @property
    def finite(self) -> bool:
        """Whether a verb can be the one that makes a sentence: no participle, and no infinitive after "te"."""
        if self.kind == "auxiliary":
            return True
        folded = self.word.folded
        if self.kind != "verb" or self.infinitive:
            return False
        participle = folded.endswith("d") and len(folded) > 6
        return not (participle or ("ge" in folded[:6] and folded.endswith(("t", "en")) and folded != self.word.lemma))

    @property
    def past(self) -> bool:
        """Whether a verb is in a past form: "maakte", "vond", "gemaakt"."""
        folded, lemma = self.word.folded, self.word.lemma
        if folded in _ZOU or folded == lemma or folded == lemma.removesuffix("en") or self.key.startswith(folded):
            return folded in _ZOU
        return not folded.endswith("t") or folded.startswith(("ge", "be", "ver", "ont", "her")) or folded in _PAST_IN_T


_ZOU = frozenset(("zou", "zouden"))


_PAST_IN_T = frozenset("liet zat at vergat moest".split())


def read_tokens(words: Sequence[Word], language: str, names: set[tuple[str, ...]]) -> dict[int, Token]:
    """Return the tokens by the place of their first word, without what reports, skips or is an article."""
    folded = [word.folded for word in words]
    speaking = _speakers(words, folded, names)
    silent = _frames(folded, speaking, language)
    numbers = {number.place: number for number in quantities(folded)}
    found: dict[int, Token] = {}
    article, place = "", 0
    while place < len(words):
        word = words[place]
        if place in silent:
            place += 1
            continue
        if place in speaking:
            found[place] = Token(word, "speaker", "speaker", place)
            article, place = "", place + speaking[place]
            continue
        if (number := numbers.get(place)) is not None:
            found[place] = Token(word, f"{number.kind} {number.value.normalize()}", "number", place)
            article, place = "", place + number.length
            continue
        following = folded[place + 1] if place + 1 < len(words) else ""
        if word.folded in BREAKS or word.folded in ENDS:
            article = ""
        elif word.folded in ARTICLES and _determines(words, place, following):
            article = ARTICLES[word.folded]
        elif word.folded not in SKIPPED and not _idle(folded, place):
            kind: Kind
            kind, key = ("auxiliary", "be") if folded[place] != word.folded else _kind(words, place, language)
            found[place] = Token(word, key, kind, place, article if kind in ("content", "small") else "")
            word.content = word.content or kind in ("content", "verb")
            found[place].infinitive = place > 0 and folded[place - 1] == "te"
            # "Het is logischer" and "is het logischer" are the same.
            if kind not in ("verb", "auxiliary") or folded[place - 1] != "het":
                article = ""
        place += 1
    _bounds(found, words)
    return found


def _idle(folded: Sequence[str], place: int) -> bool:
    """Whether a word says nothing where it stands: "…, dan zullen", "in drie jaar tijd"."""
    before = folded[place - 1] if place else ""
    return (folded[place] == "dan" and before == ",") or (
        folded[place] == "tijd" and before in ("jaar", "maanden", "weken")
    )


def _bounds(found: dict[int, Token], words: Sequence[Word]) -> None:
    """Mark where phrases begin and end."""
    signs = {place for place, word in enumerate(words) if word.folded in BREAKS or word.folded in ENDS}
    tokens = list(found.values())
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if following is None or any(place in signs for place in range(token.place, following.place)):
            token.closes = True
        else:
            joins = following.key in ("en", "and", "dat", "that", "als", "niet", "not")
            compared = following.word.folded.endswith("er") and following.word.folded != following.word.lemma
            bounds = following.kind in ("verb", "auxiliary", "preposition", "speaker")
            token.closes = joins or compared or bounds or bool(following.article)


def _determines(words: Sequence[Word], place: int, following: str) -> bool:
    if words[place].folded not in ("deze", "dit", "this", "these", "those"):
        return True
    nouns = following and following[0].isalnum() and following not in AUXILIARIES and following not in PREPOSITIONS
    return bool(nouns) and following not in SKIPPED and not words[place + 1].verbal


def _speakers(words: Sequence[Word], folded: Sequence[str], names: set[tuple[str, ...]]) -> dict[int, int]:
    """Return where the speaker is named, by its place, and in how many words; "wij" is the speaker too."""
    found: dict[int, int] = {}
    longest = max((len(name) for name in names), default=0)
    place = 0
    while place < len(words):
        length = next(
            (n for n in range(longest, 0, -1) if words[place].raw[0].isupper() and tuple(folded[place : place + n]) in names),
            0,
        )  # fmt: skip
        if not length and folded[place] in SPEAKING:
            length = 1
        if length:
            found[place] = length
        place += length or 1
    return found


_BEFORE_FRAMES = frozenset(", terwijl maar en omdat want but and while because".split())


_JUDGING = frozenset("noemt noemen vindt vinden acht achten".split())


def _frames(folded: list[str], speaking: dict[int, int], language: str) -> set[int]:
    """Return the places of the words by which the speaker is reported: "Volgens X", "X schrijft dat", "…, aldus X"."""
    silent: set[int] = set()
    for start, length in speaking.items():
        first = start - 1 if start and folded[start - 1] in ("de", "het", "the") else start
        end = start + length
        before = folded[first - 1] if first else ""
        if before in ("volgens", "aldus"):
            silent.update(range(first - 1, end))
        elif before == "to" and first > 1 and folded[first - 2] == "according":
            silent.update(range(first - 2, end))
        elif (
            end < len(folded)
            and folded[end] in REPORTING[language]
            and (first == 0 or folded[first - 1] in _BEFORE_FRAMES)
        ):
            after = end + 1
            while after < len(folded) and folded[after] in ADDRESSING:
                after += 1
            if after < len(folded) and folded[after] in ("dat", "that"):
                silent.update(range(first, after + 1))
            elif language == "en" and folded[end] in ("says", "reports", "writes", "states", "notes"):
                silent.update(range(first, after))
            elif folded[end] in _JUDGING and after < len(folded) and folded[after] == "het":
                silent.update(range(first, end))
                folded[end] = "is"
        elif before in REPORTING[language] and first > 1 and folded[first - 2] == ",":
            # "…, schrijft X.", and ", vinden wij dat".
            silent.update(range(first - 1, end + (end < len(folded) and folded[end] in ("dat", "that"))))
    if silent:
        # "… schrijft dat de huur stijgt en dat de premie daalt."
        silent.update(
            i + 1 for i in range(max(silent), len(folded) - 1)
            if folded[i] in ("en", "maar", "and", "but") and folded[i + 1] in ("dat", "that")
        )  # fmt: skip
    return silent


def _kind(words: Sequence[Word], place: int, language: str) -> tuple[Kind, str]:
    word = words[place]
    folded = word.folded
    before = words[place - 1].folded if place else ""
    following = words[place + 1] if place + 1 < len(words) else None
    if folded in POSSESSIVES and (folded != "zijn" or before in PREPOSITIONS):
        return "small", folded
    if folded in _FORMS and language == "nl" and before not in ARTICLES:
        return "verb", _FORMS[folded]
    if (auxiliary := modal(folded)) is not None:
        return "auxiliary", auxiliary
    if folded in PREPOSITIONS:
        return "preposition", folded
    if _PRONOMINAL.fullmatch(folded):
        return "small", folded
    if folded in JOINING[language] or folded in FOCUS or folded in PRONOUNS:
        return "small", PRONOUNS.get(folded, folded)
    if language == "nl" and before == "te":
        return "verb", word.lemma if word.lemma.endswith("n") else folded
    if language == "nl" and _verbal(word) and not _nominal(words, place, before, following):
        return "verb", word.lemma
    if language == "en" and word.lemma != folded and not folded.endswith("s") and folded.endswith(("ed", "ing")):
        return "content", word.lemma
    stops = analysis.STOP_WORDS_EN if language == "en" else analysis.STOP_WORDS_NL
    return ("small" if folded in stops else "content"), word.lemma if folded not in stops else folded


# Forms of verbs that are taken for other words.
_FORMS = {"staat": "staan", "gaat": "gaan", "doet": "doen", "geeft": "geven", "gaf": "geven"}

_PRONOMINAL = re.compile(r"(daar|hier|er)(aan|van|voor|mee|door|over|op|in|uit|bij|na|naar|tegen|om|toe)")


def _verbal(word: Word) -> bool:
    ends = word.lemma.endswith(("en", "gaan", "staan", "slaan", "zien", "doen")) and not word.lemma.endswith("orgaan")
    return ends and len(word.lemma) > 3 and word.folded not in NO_VERBS and not word.capital and not word.agents


def _nominal(words: Sequence[Word], place: int, before: str, following: Word | None) -> bool:
    """Whether a form of a verb stands as a noun or an adjective: "het schrappen", "gesloten opvang"."""
    word = words[place]
    if before in ARTICLES or before in POSSESSIVES or (before in PREPOSITIONS and before != "te"):
        return before not in PARTICLES or before in ARTICLES
    last = words[place - 1] if place else None
    if place > 1 and last is not None and words[place - 2].folded in ARTICLES and last.folded.endswith(("de", "te")):
        return last.folded != last.lemma  # "De bebouwde kom".
    if last is not None and last.folded.endswith("e") and last.lemma != last.folded and not _verbal(last):
        return last.folded not in analysis.STOP_WORDS_NL  # "Zware regen".
    if word.lemma == word.folded and place > 1 and words[place - 2].folded in ("een", "geen") and last is not None:
        return last.poles != ()  # "Een laag inkomen".
    participle = word.lemma != word.folded and word.folded.endswith(("d", "t", "en", "de", "te"))
    begun = word.folded.startswith(("ge", "be", "ver", "ont", "her")) or "ge" in word.folded[2:6]
    plain = following is not None and following.raw[0].isalpha() and following.folded not in PREPOSITIONS
    if not (participle and begun and plain) or following is None or following.capital or _verbal(following):
        return False
    if following.folded in analysis.STOP_WORDS_NL or following.folded in FOCUS or following.folded in ARTICLES:
        return False
    if word.folded.endswith(("en", "de", "te")):
        return True
    # "Een goed geïsoleerd huis", but "de groep vertoont gedrag".
    return place > 1 and words[place - 2].folded in ARTICLES and last is not None and last.poles != ()
