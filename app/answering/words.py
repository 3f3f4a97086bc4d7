"""The words of a sentence, each with its stem, its dictionary form, what the lexicon knows of it, and what governs it."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from app import analysis
from app.answering.meaning import lemma, lexicon

_TOKEN = re.compile(r"\d+(?:[.,:/]\d+)*(?:\s?%)?|[^\W\d_]+(?:['’][^\W\d_]+)*(?:-[^\W\d_]+)*|[€$£]|[,;:.?!()–—…]")

BREAKS = frozenset(",;:()–—")

ENDS = frozenset(".?!…")

JOINING = {
    "nl": frozenset(
        "maar want omdat doordat terwijl hoewel behalve tenzij mits indien zodat waardoor ofschoon waarbij".split()
    ),
    "en": frozenset("but because while whereas although though unless except if".split()),
}

DETERMINERS = frozenset(
    """
    de het een deze die dit dat hun zijn haar onze ons uw elke alle geen the a an this that these those their its our your
    his her every no all some many sommige veel andere
    """.split()
)

PREPOSITIONS = {
    "van": "of", "of": "of", "met": "with", "with": "with", "aan": "to", "to": "to", "naar": "to", "door": "by", "by": "by",
    "voor": "for", "for": "for", "in": "in", "op": "in", "on": "in", "bij": "in", "at": "in", "uit": "from", "vanuit": "from",
    "from": "from", "tegen": "against", "against": "against", "over": "about", "about": "about", "zonder": "without",
    "without": "without", "binnen": "within", "within": "within", "inside": "within", "buiten": "outside",
    "outside": "outside", "onder": "under", "under": "under", "boven": "above", "above": "above", "na": "after",
    "after": "after", "before": "for", "tot": "until", "until": "until", "sinds": "since", "since": "since",
    "vanaf": "since", "tussen": "between", "between": "between", "volgens": "according", "according": "according",
    "namens": "according", "dan": "than", "than": "than",
}  # fmt: skip


@dataclass(slots=True)
class Word:
    """A word of a text in all that matching needs of it. ``clause`` is the number of its clause in the text."""

    raw: str
    folded: str
    place: int
    clause: int = 0
    lemma: str = ""
    stem: str = ""
    prepared: str | None = None
    content: bool = False
    capital: bool = False
    denied: bool = False
    agents: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    poles: tuple[str, ...] = ()
    reporting: bool = False
    determined: bool = False

    @property
    def acts(self) -> bool:
        """Whether the word is somebody who can act: an actor of the lexicon, or a name."""
        return bool(self.agents) or (self.capital and self.content)

    @property
    def verbal(self) -> bool:
        """Whether a Dutch word is a form of a verb, by its dictionary form."""
        return (
            self.folded not in analysis.STOP_WORDS_NL
            and not self.capital
            and self.lemma.endswith(("en", "gaan", "staan", "slaan", "zien", "doen"))
            and not self.agents
        )


def read_words(text: str, language: str, light: frozenset[str]) -> list[Word]:
    """Return the words and signs of a text; ``light`` are the terms of the speaker\'s names, which carry nothing."""
    found: list[Word] = []
    opens = True
    for match in _TOKEN.finditer(unicodedata.normalize("NFKC", text)):
        raw = match.group().replace(" ", "")
        if raw in BREAKS or raw in ENDS:
            found.append(Word(raw, raw, len(found)))
            opens = opens or raw in ENDS or raw == ":"
            continue
        folded = analysis.fold(raw)
        word = Word(raw, folded, len(found), lemma=lemma(folded, language), stem=analysis.stem(folded))
        word.capital = raw[0].isupper() and not (opens and _ordinary(folded, language))
        opens = False
        found.append(word)
    _look_up(found, language, light)
    return found


def _ordinary(folded: str, language: str) -> bool:
    """Whether a word at the start of a sentence has its capital from its place."""
    return (
        folded in analysis.STOP_WORDS_NL
        or folded in analysis.STOP_WORDS_EN
        or (
            analysis.information(folded, language) < 1.0
            or analysis.in_lexicon(folded)
            or lemma(folded, language) != folded
        )
    )


def _look_up(found: list[Word], language: str, light: frozenset[str]) -> None:
    folded = [word.folded for word in found]
    tables = lexicon()
    for place, word in enumerate(found):
        for name in ("agents", "same", "poles"):
            names, length = getattr(tables, name).at(folded, place)
            for covered in found[place : place + length]:
                if not getattr(covered, name):
                    setattr(covered, name, tuple(names))
        word.reporting = word.reporting or bool(tables.reporting[language].at(folded, place)[0])
        stops = analysis.STOP_WORDS_EN if language == "en" else analysis.STOP_WORDS_NL
        word.content = (
            word.raw not in BREAKS
            and word.raw not in ENDS
            and word.folded not in stops
            and word.folded not in _EMPTY
            and word.folded not in PREPOSITIONS
            and word.folded not in JOINING[language]
            and not word.folded[0].isdigit()
            and len(word.folded) > 1
            and not (word.reporting and not word.agents)
            and not (analysis.terms(word.raw) and all(term in light for term in analysis.terms(word.raw)))
        ) or bool(
            word.poles
            and word.raw.isalpha()
            and word.folded not in ("onder", "boven")
            and not (
                word.folded in ("meer", "more", "longer", "langer")
                and place
                and folded[place - 1] in ("niet", "geen", "no", "not")
            )
        )
        if word.folded in _COMPARING and place + 1 < len(found) and tables.poles.at(folded, place + 1)[0]:
            word.content, word.poles = False, ()
        word.determined = any(found[i].folded in DETERMINERS for i in (place - 1,) if i >= 0) or (
            place > 1 and found[place - 2].folded in DETERMINERS and found[place - 1].raw.isalpha()
        )  # fmt: skip
    for place, word in enumerate(found):
        word.prepared = _preposition(found, place)


_COMPARING = frozenset(("more", "most", "less", "meer", "minder", "much"))

_EMPTY = frozenset(
    """
    another ander anders kwijt ging gaat gingen goes went points whereas
    wel zelf daarvan hiervan daarover eraan daarin daarmee ervoor nog juist daar dus zowel evenals echter alleen nadat voordat
    aldus zogenaamd also however it's there's there within still yet whether thereof moreover does done zijn blijft blijven bent
    according being been as both either per ten via omtrent rond inzake te betreft wordt geworden eigen own behalve tenzij mits
    """.split()
)

_STOPPING = frozenset(
    ("en", "and", "dat", "that", "is", "zijn", "niet", "not", "wordt", "worden", "was", "are", "were")
)


def _preposition(found: Sequence[Word], place: int) -> str | None:
    """Return the preposition that governs a word, in its canonical form."""
    passed = 0
    for back in range(1, 5):
        if place - back < 0:
            return None
        before = found[place - back]
        if before.folded in PREPOSITIONS:
            return PREPOSITIONS[before.folded]
        if before.raw[0].isupper() and not found[place].raw[0].isupper() and before.folded not in DETERMINERS:
            return None  # A name ends what the preposition before it governs.
        passed += before.content
        if passed > 1:
            return None
        if before.folded in BREAKS or before.folded in ENDS or before.folded in _STOPPING:
            return None
        participle = before.folded.startswith(("ge", "ver", "be", "on")) and before.folded.endswith(
            ("d", "de", "t", "te")
        )
        if (before.verbal and not participle) or before.reporting or before.same or before.agents:
            return None
    return None
