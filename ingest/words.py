"""Counts and numbers the words of a corpus while its documents go by."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from app import analysis
from app.index.words import SEGMENT

PART = 0.8


@dataclass(frozen=True, slots=True)
class AnalysedText:
    """A text as the index sees it: its terms, the stems of its compounds' parts, and the numbers of its words."""

    terms: list[str]
    parts: list[str]
    words: list[int]


class Words:
    """The vocabulary of one version in the making."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._terms: list[str] = []
        self._counts: list[int] = []
        self._parts: list[tuple[str, ...]] = []
        self._sentences: Counter[str] = Counter()
        self._splitter = analysis.CompoundSplitter(analysis.lexicon())

    def __len__(self) -> int:
        return len(self._terms)

    def analyse(self, text: str) -> AnalysedText:
        """Analyse a text and count its words."""
        tokens = analysis.tokens(text)
        numbers = []
        for token in tokens:
            number = self._numbers.get(token.surface)
            if number is None:
                number = self._numbers[token.surface] = len(self._terms)
                self._terms.append(token.term)
                self._counts.append(0)
                self._parts.append(tuple(analysis.stem(part) for part in self._splitter.split(token.surface)))
            self._counts[number] += 1
            numbers.append(number)
        return AnalysedText(
            [token.term for token in tokens], [part for number in numbers for part in self._parts[number]], numbers
        )

    def sentence(self, text: str) -> AnalysedText:
        """Analyse a sentence, and count each of its terms once for it."""
        analysed = self.analyse(text)
        self._sentences.update({*analysed.terms, *analysed.parts})
        return analysed

    def surfaces(self) -> list[str]:
        """Return the words as written (folded), by number."""
        return list(self._numbers)

    def rows(self) -> Iterator[tuple[int, str, str, int]]:
        """Yield (number, surface, term, frequency) of each word."""
        for surface, number in self._numbers.items():
            yield number, surface, self._terms[number], self._counts[number]

    def stands_for(self) -> Iterator[tuple[str, int, float]]:
        """Yield (term, number of a word, how well the word stands for the term)."""
        for number, term in enumerate(self._terms):
            yield term, number, 1.0
            for part in {*self._parts[number]} - {term}:
                yield part, number, PART

    def frequencies(self) -> Iterator[tuple[str, int]]:
        """Yield in how many sentences each term or part stands."""
        yield from self._sentences.items()


def segments(context: Sequence[int], sentences: Sequence[Sequence[int]]) -> bytes:
    """Return a passage's words as the catalogue keeps them: what it stands under, then each of its sentences.

    Each segment opens with the mark ``SEGMENT``.
    """
    flat: list[int] = [SEGMENT, *context]
    for sentence in sentences:
        flat.append(SEGMENT)
        flat.extend(sentence)
    return np.asarray(flat, dtype=np.uint32).tobytes()
