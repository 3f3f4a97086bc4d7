"""Aligns the words of a question with the words of passages: which of them are said, in whatever words.

A late interaction, as in ColBERT (Khattab and Zaharia, 2020), but over a static model's word vectors: each concept of the
question takes the best match among the words of a sentence. A word matches by its term, by a compound's part, by the
glossary, and, softly, by the cosine of the two words, which also reaches across languages ("recognition" ~ "erkenning").
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from app.index import Index
from app.index.kept import Kept
from app.index.words import SEGMENT
from app.retrieval.question import Concept

Matches = NDArray[np.float32]
_WordShares = tuple[NDArray[np.uint32], Matches]
# Terms whose words are kept: a common part of compounds has thousands of words, a few tens of kilobytes.
_REMEMBERED = 1_000
# What a soft match can be worth at most: the word itself is worth more than its like.
_SOFT = 0.9
_SAID = 0.3


@dataclass(frozen=True, slots=True)
class Alignment:
    """How well each concept (columns) is said in each segment (rows) of some passages, 0..1.

    ``starts[i]`` is the first row of passage i, and what it stands under (title, heading); its sentences follow in order.
    ``exact`` counts terms, compounds and the glossary alone; ``soft`` also likeness.
    """

    soft: Matches
    exact: Matches
    starts: NDArray[np.intp]

    def of(self, passage: int) -> "Alignment":
        """Return the rows of one passage."""
        start = int(self.starts[passage])
        end = int(self.starts[passage + 1]) if passage + 1 < len(self.starts) else len(self.soft)
        return Alignment(self.soft[start:end], self.exact[start:end], np.zeros(1, dtype=np.intp))


class Aligner:
    """Aligns questions with the passages of one index version."""

    def __init__(self, index: Index, floor: float, ceiling: float) -> None:
        self._index = index
        self._floor = floor
        self._ceiling = ceiling
        self._remembered: Kept[str, _WordShares] = Kept(_REMEMBERED)

    def align(self, concepts: Sequence[Concept], vectors: Matches, words: Sequence[bytes]) -> Alignment:
        """Align the concepts with passages, of which there must be at least one.

        ``vectors`` holds a row per concept, null where likeness is not to count; ``words`` are the passages' rows of word
        numbers as the catalogue keeps them.
        """
        flat = np.frombuffer(b"".join(words), dtype=np.uint32)
        unique, inverse = np.unique(flat, return_inverse=True)
        numbers = unique[:-1]  # The last is SEGMENT, which every passage holds.
        exact = np.zeros((len(unique), len(concepts)), dtype=np.float32)
        self._mark(concepts, numbers, exact)
        soft = exact
        if vectors.any():
            likeness = self._index.words.cosines(numbers, vectors)
            likeness -= self._floor
            likeness *= _SOFT / (self._ceiling - self._floor)
            np.minimum(likeness, np.float32(_SOFT), out=likeness)
            soft = exact.copy()
            # What is unlike is below the nulls that stand there.
            np.maximum(soft[:-1], likeness, out=soft[:-1])
        segments = np.flatnonzero(flat == SEGMENT)
        best_soft = np.maximum.reduceat(soft.take(inverse, axis=0), segments, axis=0)
        best_exact = best_soft if soft is exact else np.maximum.reduceat(exact.take(inverse, axis=0), segments, axis=0)
        lengths = np.array([len(blob) // flat.itemsize for blob in words])
        starts = np.searchsorted(segments, np.cumsum(lengths) - lengths)
        return Alignment(best_soft, best_exact, starts)

    def _mark(self, concepts: Sequence[Concept], numbers: NDArray[np.uint32], exact: Matches) -> None:
        """Enter the words (rows) that stand for a form of a concept (columns)."""
        if not len(numbers):
            return
        words = self.look_up(concepts)
        known = [
            (row, *words[term], value)
            for row, concept in enumerate(concepts)
            for term, value in concept.forms.items()
            if term in words
        ]
        if not known:
            return
        # All forms at once: there are some forty, of a few words each.
        wanted = np.concatenate([of_term for _, of_term, _, _ in known])
        places = np.searchsorted(numbers, wanted)
        places[places == len(numbers)] = 0
        there = numbers[places] == wanted
        rows = np.repeat([row for row, *_ in known], [len(of_term) for _, of_term, _, _ in known])[there]
        shares = np.concatenate([shares * np.float32(value) for _, _, shares, value in known])[there]
        np.maximum.at(exact, (places[there], rows), shares)

    def look_up(self, concepts: Sequence[Concept]) -> dict[str, _WordShares]:
        """Return the words that stand for each term of the concepts, and how well; the terms asked for last are remembered."""
        return self._remembered.get(sorted({term for c in concepts for term in c.forms}), self._read_words_of)

    def _read_words_of(self, terms: list[str]) -> dict[str, _WordShares]:
        read: dict[str, _WordShares] = {}
        for place in range(0, len(terms), 500):
            rows = self._index.catalogue.words_of(terms[place : place + 500])
            for term, of_term in groupby(rows, key=itemgetter(0)):
                parts = [(words, np.full(len(words), share, dtype=np.float32)) for _, share, words in of_term]
                words, shares = zip(*parts, strict=True)
                read[term] = (np.concatenate(words), np.concatenate(shares))
        return read


def concept_weights(concepts: Sequence[Concept], soft: Matches) -> Matches:
    """Return how much each concept counts, given how often it is said, in whatever words, among all segments; shape (concepts,).

    A word that stands nowhere as such is as rare as its like are, and not as rare as can be: "measures" in Dutch sources.
    """
    segments = soft.shape[0]
    said = (soft > _SAID).sum(axis=0)
    rarity = np.log(1 + (segments + 1) / (said + 0.5))
    information = np.array([concept.information for concept in concepts])
    weights = np.array([concept.weight for concept in concepts])
    found: Matches = np.minimum(weights, rarity * information).astype(np.float32)
    return found


def weighted(weights: Matches, matches: Matches) -> Matches:
    """Return the share of the question that each row of matches covers, by the weights of its concepts; shape (rows,)."""
    total = float(weights.sum())
    if not total:
        return np.zeros(matches.shape[0], dtype=np.float32)
    covered: Matches = (matches @ weights) / np.float32(total)
    return covered
