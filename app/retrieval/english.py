"""What the words of an English question are in Dutch, by a list of words in the box."""

from collections.abc import Sequence
from functools import lru_cache

from app import analysis
from app.lexicon import translations

# A Dutch word for an English one: the first is the likeliest.
TRANSLATION, LESS_USUAL = 0.7, 0.55


class EnglishWords:
    """Finds the terms of the Dutch words for an English word or phrase, in whatever form it stands.

    ``pairs`` are (English forms, Dutch words). Of some thousands few are ever asked for, so only their stems are made beforehand.
    """

    stem = staticmethod(analysis.stem_english)

    def __init__(self, pairs: Sequence[tuple[Sequence[str], Sequence[str]]]) -> None:
        self._dutch = [dutch for _, dutch in pairs]
        self._by_words: dict[str, int] = {}
        self._by_stems: dict[str, int] = {}
        self._longest: dict[str, int] = {}
        for number, (english, _) in enumerate(pairs):
            for form in english:
                words = analysis.words(form)
                stems = [self.stem(word) for word in words]
                for stem in stems[:1]:
                    self._longest[stem] = max(self._longest.get(stem, 0), len(stems))
                self._by_words.setdefault(" ".join(words), number)
                self._by_stems.setdefault(" ".join(stems), number)

    def longest(self, stem: str) -> int:
        """Return how many words the longest form has that begins with a word of this stem; 0 where none does."""
        return self._longest.get(stem, 0)

    def of(self, phrase: str, stems: str) -> list[dict[str, float]]:
        """Return the terms of the Dutch words for a phrase, or else for one of these stems, by how well each stands for it."""
        # By its own words first: "measures" has the stem of "measurable", "employer" that of "employment".
        number = self._by_words.get(phrase, self._by_stems.get(stems))
        if number is None:
            return []
        found: dict[str, float] = {}
        for place, word in enumerate(self._dutch[number]):
            terms = analysis.terms(word)
            # Of several words each on its own is about something else.
            if len(terms) == 1:
                found.setdefault(terms[0], LESS_USUAL if place else TRANSLATION)
        return [found] if found else []


@lru_cache(maxsize=1)
def english_words() -> EnglishWords:
    """Return the list in the box."""
    return EnglishWords(translations())
