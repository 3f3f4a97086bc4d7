"""Understands a question: its language, its concepts with all their forms, and whose words it asks for."""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Literal

from app import analysis
from app.index.catalogue import Catalogue
from app.passages import Speaker
from app.retrieval.authorship import named_speakers, speaker_names
from app.retrieval.cues import Seeks, seeks
from app.retrieval.expansion import Expander
from app.retrieval.places import countries_in
from app.retrieval.spelling import Speller

Wanted = Literal["text", "link", "time", "quantity", "person"]

# How much a form counts for the word that was asked.
EXACT, JOINED, CORRECTED, ALIAS, PART = 1.0, 1.0, 0.9, 0.9, 0.6


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing that a question is about.

    ``forms`` maps index terms to how well each stands for the concept (0..1]; ``weight`` is its rarity in the corpus, in nats,
    times ``information``, how much the word says in general, 0..1. ``is_whole``: it stands in the corpus as itself or by another
    name, and not only by a part of the compound that it is. ``label`` is what to call it where its surface says too little.
    ``is_narrower``: it stands nowhere, but what it is a kind of does: on "vluchtelingen" there may be much, on
    "klimaatvluchtelingen" nothing. ``names_speaker``: it is a speaker's name, asked about as a thing.
    """

    surface: str
    forms: Mapping[str, float]
    weight: float
    known: bool
    kind: Literal["word", "number", "name"] = "word"
    information: float = 1.0
    is_whole: bool = True
    label: str = ""
    is_narrower: bool = False
    names_speaker: bool = False

    @property
    def called(self) -> str:
        """What to call it in an answer."""
        return self.label or self.surface


@dataclass(frozen=True, slots=True)
class Question:
    """A question as the retriever sees it.

    ``asked`` are the speakers whose words it asks for; ``mentioned`` all it names; ``hinted`` the (hint, speaker) pairs of those that
    it names by a hint alone, to which nothing is attributed.
    """

    text: str
    language: str
    concepts: tuple[Concept, ...]
    asked: tuple[str, ...]
    mentioned: tuple[str, ...]
    wanted: Wanted
    seeks: frozenset[Seeks] = frozenset()
    corrections: tuple[tuple[str, str], ...] = ()
    hinted: tuple[tuple[str, str], ...] = ()

    @property
    def repaired(self) -> str:
        """The question with its typing errors mended, as it is embedded."""
        text = self.text
        for typed, meant in self.corrections:
            text = re.sub(rf"(?i)\b{re.escape(typed)}\b", meant, text)
        return text

    @property
    def weight(self) -> float:
        """Sum of the concepts' weights."""
        return sum(concept.weight for concept in self.concepts)


_LINK_WORDS = re.compile(
    r"\b(?:links?|url|urls|webadres|website|webpagina|webpage|hyperlink|internetadres|linkje"
    r"|waar (?:kan|kun|vind|staat|lees|is)\b[^?]{0,80}\b(?:lezen|vinden|nalezen|terugvinden|bekijken|downloaden|online|terug)"
    r"|waar (?:vind|lees|haal)|where (?:can|could|do|is|may)\b[^?]{0,80}\b(?:read|find|found|see|download|online)"
    r"|(?:welk|welke|which|what) (?:artikel|artikelen|opiniestuk|opinie|infographic|bron|bronnen|article|op-ed|source|sources))\b",
    re.IGNORECASE,
)
_TIME_WORDS = re.compile(
    r"\b(?:wanneer|welke (?:datum|dag|maand)|welk jaar|hoe laat|tot wanneer|sinds wanneer|op welke|when|what (?:date|day|year|month)"
    r"|which (?:date|day|year|month)|by when)\b",
    re.IGNORECASE,
)
_QUANTITY_WORDS = re.compile(
    r"\b(?:hoeveel|wat kost(?:en|te)?|hoe duur|how expensive|welk percentage|welk deel|hoe vaak|hoe groot|hoe hoog|hoe lang|procent|percentage|erkenningspercentage"
    r"|how (?:many|much|often|long|high|large)|what (?:percentage|share|proportion|rate))\b",
    re.IGNORECASE,
)
_PERSON_WORDS = re.compile(
    r"^\s*(?:en\s+)?(?:(?:aan |van |door |namens |met |bij )?wie|who|whom|whose|by whom)\b"
    r"|\b(?:welke?|which|what) (?:rechters?|rechtbank(?:en)?|hof|minister(?:s|ies?)?|ministeries?|staatssecretaris(?:sen)?|partij(?:en)?|fracties?"
    r"|politic(?:us|i)|kamerle?d(?:en)?|gemeenten?|provincies?|land(?:en)?|lidsta(?:at|ten)|organisaties?|instanties?|steden|stad|person(?:en)?|persoon"
    r"|courts?|judges?|ministers|ministry|parties|party|politicians?|municipalit(?:y|ies)|countr(?:y|ies)|member states?|organi[sz]ations?"
    r"|bod(?:y|ies)|cit(?:y|ies)|person|people)\b",
    re.IGNORECASE,
)


class QuestionReader:
    """Reads questions against one catalogue: its speakers, vocabulary and glossary."""

    def __init__(
        self, catalogue: Catalogue, frequencies: Callable[[Sequence[str]], dict[str, int]] | None = None
    ) -> None:
        """``frequencies`` says in how many sentences terms stand, where that is held elsewhere than in the catalogue."""
        self._catalogue = catalogue
        self._frequencies = frequencies or catalogue.frequencies
        self.speakers: tuple[Speaker, ...] = catalogue.speakers()
        self._names = speaker_names(self.speakers)
        # A question asks for every piece of every word.
        self._stands_in_corpus = lru_cache(maxsize=_REMEMBERED)(self._has_frequency)
        self._splitter = analysis.CompoundSplitter(self._stands_in_corpus)
        self._speller = Speller(catalogue)

    @cached_property
    def sentences(self) -> int:
        """Number of sentences in the corpus."""
        return self._catalogue.sentence_count()

    @cached_property
    def _expander(self) -> Expander:
        return Expander(self._catalogue.glossary())

    def read(self, text: str, language: str | None = None) -> Question:
        """Return the question, understood. ``language`` overrides what its words say."""
        language = language or analysis.detect_language(text)
        mentioned, asked, spans, hinted = named_speakers(text, self._names, self.speakers)
        tokens = self._content(text, language)
        corrections: list[tuple[str, str]] = []
        concepts = self._concepts(text, tokens, language, spans, corrections)
        return Question(
            text, language, tuple(concepts), asked, mentioned, _wanted(text), seeks(text), tuple(corrections), hinted
        )

    def _content(self, text: str, language: str) -> list[analysis.Token]:
        return content_tokens(_named_twice(text, self._stands_in_corpus), language)

    def _has_frequency(self, word: str) -> bool:
        return bool(self._frequencies([analysis.stem(word)]))

    def _concepts(
        self,
        text: str,
        tokens: Sequence[analysis.Token],
        language: str,
        names: Iterable[str],
        corrections: list[tuple[str, str]],
    ) -> list[Concept]:
        name_words = {word for name in names for word in analysis.words(name)}
        capitals = _capitalised(text)
        alone = _standing_alone(text)
        labels = {words[0]: law for law in _LAW.findall(text) if (words := analysis.words(law))}
        places = countries_in(text)
        found: dict[str, dict[str, float]] = {}
        kinds: dict[str, Literal["word", "number", "name"]] = {}
        for token in tokens:
            if token.surface in name_words or token.term in found:
                continue
            forms = {token.term: EXACT}
            for part in self._splitter.split(token.surface):
                forms.setdefault(analysis.stem(part), PART)
            found[token.term] = forms
            kinds[token.term] = _kind(token, language, token.surface in capitals, token.surface in alone)
            if token.surface in labels:
                kinds[token.term] = "name"
            elif token.surface in places:
                kinds[token.term] = self._kind_of_place(token, places[token.surface], language)
                if " " in places[token.surface]:
                    labels[token.surface] = places[token.surface].title()
        self._join(tokens, found)
        self._call(found, kinds)
        for phrase, forms in self._expander.expansions(analysis.words(text), language).items():
            keys = [analysis.stem(word) for word in phrase.split()]
            for key in keys:
                if key in found:
                    own = found[key]
                    for term, value in forms.items():
                        own[term] = max(own.get(term, 0), value / math.sqrt(len(keys)))
        surfaces = {token.term: token.surface for token in tokens}
        frequencies = self._mended(found, kinds, surfaces, language, corrections)
        return [
            self._concept(surfaces[key], forms, kinds[key], frequencies, language, labels.get(surfaces[key], ""))
            for key, forms in found.items()
        ]

    def _kind_of_place(self, token: analysis.Token, country: str, language: str) -> Literal["word", "name"]:
        """Return whether a country tells sources apart: the one that a corpus is about does not."""
        if " " in country:
            return "name"
        sentences = self._frequencies([token.term]).get(token.term, 0)
        says = analysis.information(token.surface, language)
        return "name" if says >= _PLACE_SAYS and sentences <= _EVERYWHERE * self.sentences else "word"

    def _mended(
        self,
        found: Mapping[str, dict[str, float]],
        kinds: Mapping[str, str],
        surfaces: Mapping[str, str],
        language: str,
        corrections: list[tuple[str, str]],
    ) -> dict[str, int]:
        """Give words that stand nowhere the word that was meant, note it, and return the frequencies of all forms."""
        frequencies = self._frequencies_of(found)
        for key, forms in found.items():
            if kinds[key] == "number" or any(term in frequencies and value > PART for term, value in forms.items()):
                continue
            if (meant := self._speller.nearest(surfaces[key], language)) not in (None, surfaces[key]):
                corrections.append((surfaces[key], meant))
                forms[analysis.stem(meant)] = CORRECTED
                for part in self._splitter.split(meant):
                    forms.setdefault(analysis.stem(part), PART * CORRECTED)
                frequencies |= self._frequencies_of({key: forms})
        return frequencies

    def _concept(
        self,
        surface: str,
        forms: Mapping[str, float],
        kind: Literal["word", "number", "name"],
        frequencies: Mapping[str, int],
        language: str,
        label: str,
    ) -> Concept:
        information = analysis.information(surface, language)
        weight = self._rarity(forms, frequencies) * information
        known = any(term in frequencies for term in forms)
        return Concept(
            surface, forms, weight, known, kind, information,
            any(term in frequencies and value > PART for term, value in forms.items()), label,
            not known and kind == "word" and language == "nl" and self._splitter.narrows(surface),
            analysis.stem(surface) in self._called,
        )  # fmt: skip

    def _join(self, tokens: Sequence[analysis.Token], found: dict[str, dict[str, float]]) -> None:
        """Add "terugkeerverordening" to the forms of "terugkeer verordening"."""
        possible = [
            (one, two, one.surface + link + two.surface)
            for one, two in pairwise(tokens)
            if two.position == one.position + 1 and not one.is_number and not two.is_number
            for link in ("", "s", "en")
        ]
        known = set(self._catalogue.first_seen([joined for *_, joined in possible])) if possible else set()
        for one, two, joined in possible:
            if joined in known:
                for token in (one, two):
                    if token.term in found:
                        found[token.term].setdefault(analysis.stem(joined), JOINED)

    def _call(self, found: Mapping[str, dict[str, float]], kinds: dict[str, Literal["word", "number", "name"]]) -> None:
        """Give a speaker who is the topic its other names: who asks about "VWN" finds "VluchtelingenWerk"."""
        for term, forms in found.items():
            for names in self._called.get(term, ()):
                kinds[term] = "word"
                for other in names:
                    forms.setdefault(other, ALIAS)

    @cached_property
    def _called(self) -> dict[str, list[frozenset[str]]]:
        """The one-word names of each speaker, by each of them."""
        found: dict[str, list[frozenset[str]]] = {}
        for speaker in self.speakers:
            all_names = [analysis.terms(name) for name in speaker.names]
            single = frozenset(names[0] for names in all_names if len(names) == 1)
            for term in single:
                found.setdefault(term, []).append(single)
        return found

    def _frequencies_of(self, found: Mapping[str, Mapping[str, float]]) -> dict[str, int]:
        wanted = sorted({term for forms in found.values() for term in forms})
        frequencies: dict[str, int] = {}
        for place in range(0, len(wanted), 500):
            frequencies |= self._frequencies(wanted[place : place + 500])
        return frequencies

    def _rarity(self, forms: Mapping[str, float], frequencies: Mapping[str, int]) -> float:
        best = max((frequencies.get(term, 0) for term, value in forms.items() if value >= PART), default=0)
        return math.log(1 + (self.sentences + 1) / (best + 0.5))


# From the start of a word alone: inside a long one each letter would be tried as a start.
_APPOSITION = re.compile(r"(?<![\w'’-])((?:[^\W\d_][\w'’-]*\s+){1,4})\(([^()]{3,60})\)")


def _named_twice(text: str, known: Callable[[str], bool]) -> str:
    """Return the text without the translation of a name that stands in brackets: "the Dispersal Act (Spreidingswet)".

    Only where the corpus knows the words in the brackets, and only the capitals before them go.
    """

    def without(match: re.Match[str]) -> str:
        if not all(known(word) for word in analysis.words(match.group(2))):
            return match.group()
        kept = [word for word in match.group(1).split() if not word[0].isupper()]
        return " ".join([*kept, match.group(2)])

    return _APPOSITION.sub(without, text)


_REMEMBERED = 5_000
_QUESTION_WORDS = frozenset(
    """
    vraag vragen antwoord weet weten iemand mening standpunt visie opvatting question answer opinion position stance
    tell please brief letter document vergelijk vergelijken vergelijking verschil verschillen compare comparison difference
    differ tussen between volgens aldus according
    """.split()
)


_HOW_MUCH = re.compile(
    r"\b(?:hoe (hoog|groot|vaak|lang|duur|ver|hoge|grote)|how (high|large|big|often|long|expensive|far))\b",
    re.IGNORECASE,
)
_TIME_NOUNS = frozenset({"datum", "dag", "maand", "jaar", "date", "day", "month", "year"})


def content_tokens(text: str, language: str) -> list[analysis.Token]:
    """Return the words of a question that say what it is about."""
    found = analysis.tokens(text)
    if language == "en":
        found = [token for token in found if token.surface not in analysis.STOP_WORDS_EN]
    found = [token for token in found if token.surface not in _QUESTION_WORDS]
    if _TIME_WORDS.search(text):
        # "In welke maand": the month is what the answer has to hold.
        found = [token for token in found if token.surface not in _TIME_NOUNS] or found
    if how := {word for match in _HOW_MUCH.finditer(text) for word in analysis.words(match.group(1) or match.group(2))}:
        # "Hoe hoog is het?": a number answers that, and no height.
        found = [token for token in found if token.surface not in how] or found
    # A question of light words alone keeps them: it has nothing else.
    return [token for token in found if token.surface not in analysis.LIGHT_WORDS] or found


def _capitalised(text: str) -> set[str]:
    """Return the folded words that stand with a capital, other than at the start of the question or after a full stop."""
    found = set()
    for match in re.finditer(r"[^\W\d_]\w+", text):
        before = text[: match.start()].rstrip(" \"'“‘(")
        if match.group()[0].isupper() and before and before[-1] not in ".?!:":
            found.update(analysis.words(match.group()))
    return found


def _kind(token: analysis.Token, language: str, has_capital: bool, is_alone: bool) -> Literal["word", "number", "name"]:
    if token.is_number:
        return "number"
    # "Europese" and, in English titles, "Act" have a capital and are ordinary words all the same.
    least = _TITLE_SAYS if language == "en" and not is_alone else _NAME_SAYS
    return "name" if has_capital and analysis.information(token.surface, language) >= least else "word"


def _standing_alone(text: str) -> set[str]:
    """Return the folded words with a capital whose neighbours have none: names, and no words of a title."""
    words = re.findall(r"[^\W\d_][\w'’-]*", text)
    capital = [word[0].isupper() for word in words]
    return {
        folded
        for place, word in enumerate(words)
        if capital[place] and not any(capital[max(1, place - 1) : place] + capital[place + 1 : place + 2])
        for folded in analysis.words(word)
    }


_NAME_SAYS, _TITLE_SAYS = 0.5, 0.75
# A country in more than this share of the sentences is what the corpus is about. "China" is more common than most, "Nederland" most.
_EVERYWHERE, _PLACE_SAYS = 0.05, 0.4
# "de Wet inburgering": inside a question the capital makes it a name, which a text on "inburgering" does not yet hold.
_LAW = re.compile(r"(?<=[\w,;] )(?:Wet|Besluit|Regeling|Rijkswet) (?:[a-zà-ÿ]+e |open )?[a-zà-ÿ]{3,}")


def _wanted(text: str) -> Wanted:
    if _LINK_WORDS.search(text):
        return "link"
    if _TIME_WORDS.search(text):
        return "time"
    if _QUANTITY_WORDS.search(text):
        return "quantity"
    if _PERSON_WORDS.search(text):
        return "person"
    return "text"
