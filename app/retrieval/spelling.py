"""Repairs typing errors against the words of the corpus."""

import threading
from functools import cached_property

from app import analysis
from app.index.catalogue import Catalogue

_SHORTEST = 5


class Speller:
    """Finds the word of the corpus that a mistyped one most likely meant."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._lock = threading.Lock()

    @cached_property
    def _by_length(self) -> dict[int, list[str]]:
        with self._lock:
            found: dict[int, list[str]] = {}
            for surface, _ in self._catalogue.vocabulary():
                if surface.isalpha() and len(surface) >= _SHORTEST - 1:
                    found.setdefault(len(surface), []).append(surface)
            return found

    def nearest(self, word: str, language: str) -> str | None:
        """Return the corpus' word within one error (two from nine letters on) of a folded word, or None.

        A word that the lexicon of Dutch knows was meant as it stands: "Griekenland" is no misspelt "Nederland".
        """
        if len(word) < _SHORTEST or not word.isalpha():
            return None
        most = 1 if len(word) < 9 else 2
        if language == "en":
            # English words resemble Dutch ones of another meaning too easily.
            most = 1
        from rapidfuzz.distance import OSA
        from rapidfuzz.process import extractOne

        candidates = [
            s for length in range(len(word) - most, len(word) + most + 1) for s in self._by_length.get(length, ())
        ]
        best = extractOne(word, candidates, scorer=OSA.distance, score_cutoff=most)
        if best is None or best[0][0] != word[0] or analysis.in_lexicon(word):
            return None
        return str(best[0])
