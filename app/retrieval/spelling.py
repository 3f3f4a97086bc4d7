"""Repairs typing errors against the words of the corpus."""

import threading
from functools import cached_property

from app import analysis
from app.index.catalogue import Catalogue

_SHORTEST = 5
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_MOST_TIES = 500


class Speller:
    """Finds the word of the corpus that a mistyped one most likely meant."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._lock = threading.Lock()

    @cached_property
    def _by_start(self) -> dict[tuple[str, int], str]:
        """The words of each first letter and length, one after the other in one string: apart, half a million take 40 MB."""
        with self._lock:
            found: dict[tuple[str, int], list[str]] = {}
            for surface in self._catalogue.surfaces():
                if surface.isalpha() and len(surface) >= _SHORTEST - 1:
                    found.setdefault((surface[0], len(surface)), []).append(surface)
            return {start: "".join(words) for start, words in found.items()}

    def _words(self, letter: str, length: int) -> list[str]:
        run = self._by_start.get((letter, length), "")
        return [run[place : place + length] for place in range(0, len(run), length)]

    def nearest(self, word: str, language: str) -> str | None:
        """Return the corpus' word within one error (two from nine letters on) of a folded word, or None.

        The first letter was meant as typed; where the nearest word has another, nothing is sure. A word that the lexicon of
        Dutch knows was meant as it stands: "Griekenland" is no misspelt "Nederland".
        """
        if len(word) < _SHORTEST or not word.isalpha():
            return None
        most = 1 if len(word) < 9 else 2
        if language == "en":
            # English words resemble Dutch ones of another meaning too easily.
            most = 1
        from rapidfuzz.distance import OSA
        from rapidfuzz.process import extract, extractOne

        candidates = [
            s for length in range(len(word) - most, len(word) + most + 1) for s in self._words(word[0], length)
        ]
        best = extractOne(word, candidates, scorer=OSA.distance, score_cutoff=most)
        if best is None or analysis.in_lexicon(word) or (best[1] > 1 and self._nearer_elsewhere(word)):
            return None
        tied = [s for s, *_ in extract(word, candidates, scorer=OSA.distance, score_cutoff=best[1], limit=_MOST_TIES)]
        return min(self._catalogue.first_seen(tied), key=len) if len(tied) > 1 else str(best[0])

    def _nearer_elsewhere(self, word: str) -> bool:
        """Whether a word with another first letter is only one error away."""
        others = {
            word[1:],
            word[1] + word[0] + word[2:],
            *(letter + rest for letter in _LETTERS for rest in (word, word[1:])),
        }
        return bool(self._catalogue.first_seen(sorted(other for other in others if other[0] != word[0])))
