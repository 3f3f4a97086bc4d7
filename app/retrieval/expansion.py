"""Other words for what a question says: from the corpus' glossary, from the paraphrases of Dutch in general, and the names of countries."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from app import analysis
from app.lexicon import countries, paraphrases
from app.retrieval.english import EnglishWords, english_words

# How much another form counts for the word that was asked.
SYNONYM, EVERYDAY, PARAPHRASE = 0.7, 0.5, 0.4
# Another name of a country is the country; "Bulgaars" is not quite "Bulgarije".
COUNTRY, OF_COUNTRY = 0.9, 0.6
# A phrase inside a longer one that was found counts for less: "child" in "child detention".
_NESTED = 0.6

Forms = Mapping[str, float]


class Groups:
    """Groups of forms for the same thing; finds the groups of a phrase, and the terms of their other forms."""

    stem = staticmethod(analysis.stem)

    def __init__(self) -> None:
        self._groups: list[tuple[Sequence[tuple[str, float]], str | None]] = []
        self._by_phrase: dict[str, list[int]] = {}
        self._by_stems: dict[str, list[int]] = {}
        self._longest: dict[str, int] = {}
        self._terms: dict[int, Forms] = {}

    def add(self, forms: Sequence[tuple[str, float]], whole: str | None = None) -> None:
        """Add a group of (form, weight). ``whole`` is the one form of several words whose words, apart, count too.

        Of the others they do not: apart they are about something else ("kosten" or "kosten voor een aanvraag").
        """
        number = len(self._groups)
        self._groups.append((forms, whole))
        for form, _ in forms:
            words = analysis.words(form)
            stems = [self.stem(word) for word in words]
            for stem in stems[:1]:
                self._longest[stem] = max(self._longest.get(stem, 0), len(words))
            for table, phrase in ((self._by_phrase, " ".join(words)), (self._by_stems, " ".join(stems))):
                if number not in (numbers := table.setdefault(phrase, [])):
                    numbers.append(number)

    def longest(self, stem: str) -> int:
        """Return how many words the longest form has that begins with a word of this stem; 0 where none does."""
        return self._longest.get(stem, 0)

    def of(self, phrase: str, stems: str) -> list[Forms]:
        """Return the terms of the groups with a form that is the phrase, or else one that differs in its inflection alone."""
        numbers = self._by_phrase.get(phrase)
        if numbers is None:
            numbers = self._by_stems.get(stems, [])
        return [self._terms_of(number) for number in numbers]

    def _terms_of(self, number: int) -> Forms:
        # Few groups are ever asked for, so that their terms are worked out then.
        if (terms := self._terms.get(number)) is None:
            forms, whole = self._groups[number]
            found: dict[str, float] = {}
            for form, weight in forms:
                own = [t for t in analysis.terms(form) if t not in analysis.STOP_WORDS_EN]
                if len(own) == 1 or form == whole:
                    for term in own:
                        found[term] = max(found.get(term, 0), weight / len(own))
            terms = self._terms[number] = found
        return terms


@lru_cache(maxsize=1)
def _general() -> Groups:
    groups = Groups()
    for forms in paraphrases():
        groups.add([(form, PARAPHRASE) for form in forms])
    for names, adjectives in countries():
        groups.add([*((name, COUNTRY) for name in names), *((adjective, OF_COUNTRY) for adjective in adjectives)])
    return groups


class Expander:
    """Expands questions by the glossary of a corpus, by ``general`` groups, by default the paraphrases of Dutch and the names of countries,
    and, where they are in English, by what ``english`` words are in Dutch, by default those of the list in the box.
    """

    def __init__(
        self, glossary: Iterable[Mapping[str, Any]], general: Groups | None = None, english: EnglishWords | None = None
    ) -> None:
        self._general = _general() if general is None else general
        self._english = english
        self._glossary = Groups()
        for entry in glossary:
            self._glossary.add(_forms(entry), entry["term"])

    def expansions(self, words: Sequence[str], language: str = "nl") -> dict[str, dict[str, float]]:
        """Return {phrase of the question: {term: weight}} for the phrases that have other forms."""
        found: dict[str, dict[str, float]] = {}
        tables: list[Groups | EnglishWords] = [self._glossary, self._general]
        if language == "en":
            # Read when first needed: most questions are in Dutch.
            tables.append(english_words() if self._english is None else self._english)
        for groups in tables:
            covered = 0
            stems = [groups.stem(word) for word in words]
            for place, stem in enumerate(stems):
                for length in range(min(groups.longest(stem), len(words) - place), 0, -1):
                    phrase = " ".join(words[place : place + length])
                    if others := groups.of(phrase, " ".join(stems[place : place + length])):
                        share = _NESTED if length == 1 and place + length <= covered else 1.0
                        covered = max(covered, place + length)
                        forms = found.setdefault(phrase, {})
                        for terms in others:
                            for term, weight in terms.items():
                                forms[term] = max(forms.get(term, 0), share * weight)
        return found


def _forms(entry: Mapping[str, Any]) -> list[tuple[str, float]]:
    return [
        (entry["term"], SYNONYM),
        *((form, SYNONYM) for form in entry.get("synonyms", ())),
        *((form, EVERYDAY) for form in entry.get("everyday", ())),
        *((form, SYNONYM) for form in entry.get("english", ())),
    ]
