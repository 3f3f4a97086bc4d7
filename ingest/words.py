"""Counts and numbers the words of a corpus while its documents go by."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from app import analysis
from app.index.words import SEGMENT

PART = 0.8
_NO_WORD, _NEIGHBOURS_TELL = -1, -2


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
        self._given = 0
        # What a match in a text is, whatever stands beside it: a word's number, or one of the two above.
        self._matches: dict[str, int] = {}
        self._of_phrases: set[str] = set()
        self._terms: list[str] = []
        self._counts: list[int] = []
        self._parts: list[tuple[str, ...]] = []
        self._sentences: Counter[str] = Counter()
        self._splitter = analysis.CompoundSplitter(analysis.lexicon())

    def __len__(self) -> int:
        return len(self._terms)

    def analyse(self, text: str) -> AnalysedText:
        """Analyse a text and count its words."""
        numbers = self._alone(text)
        if numbers is None:
            numbers = [self._number(token.surface, token.term) for token in analysis.tokens(text)]
        for number in numbers:
            self._counts[number] += 1
        terms = [self._terms[number] for number in numbers]
        return AnalysedText(terms, [part for number in numbers for part in self._parts[number]], numbers)

    def _alone(self, text: str) -> list[int] | None:
        """Return the numbers of a text's words, each looked up by itself; None where one depends on its neighbours."""
        found = analysis.matches(text)
        numbers = list(map(self._matches.get, found))
        if _NEIGHBOURS_TELL in numbers:
            return None
        new: dict[str, str | None] = {}
        if None in numbers:
            new = {m: analysis.alone(m) for m, number in zip(found, numbers, strict=True) if number is None}
            telling = [match for match, word in new.items() if word is None]
            if telling:
                self._matches.update(dict.fromkeys(telling, _NEIGHBOURS_TELL))
                return None
            self._of_phrases.update(match for match, word in new.items() if word and analysis.of_set_phrase(word))
        if not self._of_phrases.isdisjoint(found) and analysis.has_set_phrase(found):
            return None
        if new:
            for match, word in new.items():
                self._matches[match] = self._number(word, analysis.stem(word)) if word else _NO_WORD
            numbers = list(map(self._matches.get, found))
        return [number for number in numbers if number is not None and number >= 0]

    def _number(self, surface: str, term: str) -> int:
        number = self._numbers.get(surface)
        if number is None:
            number = self._numbers[surface] = len(self._terms)
            self._terms.append(term)
            self._counts.append(0)
            self._parts.append(tuple(analysis.stem(part) for part in self._splitter.split(surface)))
        return number

    def sentence(self, text: str) -> AnalysedText:
        """Analyse a sentence, and count each of its terms once for it."""
        analysed = self.analyse(text)
        self._sentences.update({*analysed.terms, *analysed.parts})
        return analysed

    def new_surfaces(self) -> list[str]:
        """Return the words that came since this was asked last, in the order of their numbers."""
        found = list(islice(self._numbers, self._given, None))
        self._given += len(found)
        return found

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
