"""Counts and numbers the words of a corpus while its documents go by, in memory that does not grow with it."""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from app import analysis
from app.index.words import SEGMENT

PART = 0.8
# So many words, of so many signs, some 50 MB; the others of a larger corpus are looked up on disk when they come again.
_IN_MEMORY, _SIGNS = 100_000, 2_000_000


class AnalysedText(NamedTuple):
    """A text as the index sees it: its terms, the stems of its compounds' parts, and the numbers of its words."""

    terms: list[str]
    parts: list[str]
    words: list[int]


class Texts(NamedTuple):
    """What is analysed of one document: its sentences, and of each passage its first and last one and what it stands under."""

    sentences: Sequence[str]
    passages: Sequence[tuple[int, int, str]]


# What the catalogue keeps of a text: terms and parts, each with spaces between; of a passage also its context and its words.
SentenceRow = tuple[str, str]
PassageRow = tuple[str, str, str, bytes]


class Found(NamedTuple):
    """What the analysis of a batch of documents gave, all their sentences and passages in order, and the words that are new.

    ``frequencies`` are the sentences that each term stands in, where there are enough terms to write them.
    """

    sentences: list[SentenceRow]
    passages: list[PassageRow]
    new: list[str]
    frequencies: list[tuple[str, int]]


Word = tuple[int, str, tuple[str, ...]]
"""(number, term, stems of its parts)"""
_NO_WORD: tuple[()] = ()


class Words:
    """The vocabulary of one version in the making. ``scratch`` is where the words go that are too many for memory.

    Use it as a context manager: it removes that file.
    """

    def __init__(self, scratch: Path, in_memory: int = _IN_MEMORY) -> None:
        self._scratch = scratch
        self._in_memory = in_memory
        self._disk: sqlite3.Connection | None = None
        self._on_disk = 0
        self._words: dict[str, Word] = {}
        # What a match in a text is, whatever stands beside it; those whose neighbours tell are apart.
        self._matches: dict[str, Word | tuple[()]] = {}
        self._neighbours_tell: set[str] = set()
        self._signs = 0
        self._new: list[str] = []
        self._count = 0
        # Since they were last counted: the number of each word, and each term once for its sentence.
        self._used: list[int] = []
        self._said: list[str] = []
        self._uses = np.zeros(1024, dtype=np.int64)
        self._sentences: Counter[str] = Counter()
        self._splitter = analysis.CompoundSplitter(analysis.lexicon())

    def __enter__(self) -> "Words":
        return self

    def __exit__(self, *_: object) -> None:
        if self._disk is not None:
            self._disk.close()
            self._scratch.unlink(missing_ok=True)

    def __len__(self) -> int:
        return self._count

    def analyse(self, text: str) -> AnalysedText:
        """Analyse a text and count its words."""
        matches = analysis.matches(text)
        found = self._alone(matches)
        if found is None:
            found = [
                self._words.get(surface) or self._word(surface, surface if joined else analysis.stem(surface))
                for surface, joined, _ in analysis.content(matches)
            ]
        numbers = [word[0] for word in found]
        self._used += numbers
        return AnalysedText([word[1] for word in found], [part for word in found for part in word[2]], numbers)

    def _alone(self, matches: list[str]) -> list[Word] | None:
        """Return a text's words, each looked up by itself; None where one may depend on its neighbours."""
        if not self._neighbours_tell.isdisjoint(matches):
            return None
        found = list(map(self._matches.get, matches))
        if None in found:
            new = {match: analysis.alone(match) for match, word in zip(matches, found, strict=True) if word is None}
            telling = [match for match, word in new.items() if word is None or analysis.of_set_phrase(word)]
            if telling:
                self._neighbours_tell.update(telling)
                return None
            for match, word in new.items():
                self._matches[match] = self._word(word, analysis.stem(word)) if word else _NO_WORD
            found = list(map(self._matches.get, matches))
        return [word for word in found if word]

    def _word(self, surface: str, term: str) -> Word:
        word = self._words.get(surface)
        if word is not None:
            return word
        word = self._from_disk(surface)
        if word is None:
            word = (self._count, term, tuple(map(analysis.stem, self._splitter.split(surface))))
            self._count += 1
            self._new.append(surface)
        self._words[surface] = word
        self._signs += len(surface)
        return word

    def _from_disk(self, surface: str) -> Word | None:
        if self._disk is None:
            return None
        row = self._disk.execute("SELECT number, term, parts FROM words WHERE surface = ?", (surface,)).fetchone()
        return (row[0], row[1], tuple(row[2].split())) if row is not None else None

    def sentence(self, text: str) -> AnalysedText:
        """Analyse a sentence, and count each of its terms once for it."""
        analysed = self.analyse(text)
        self._said += {*analysed.terms, *analysed.parts}
        return analysed

    def batch(self, documents: Sequence[Texts], many_terms: int = 0) -> Found:
        """Analyse a batch of documents; ``many_terms`` is how many terms have to be counted before their counts are given."""
        sentences: list[SentenceRow] = []
        passages: list[PassageRow] = []
        for texts in documents:
            analysed = [self.sentence(text) for text in texts.sentences]
            rows = [(" ".join(found.terms), " ".join(found.parts)) for found in analysed]
            sentences += rows
            for first, last, above in texts.passages:
                context = self.analyse(above)
                run = rows[first : last + 1]
                passages.append(
                    (
                        " ".join(terms for terms, _ in run if terms),
                        " ".join(parts for _, parts in run if parts),
                        " ".join([*context.terms, *context.parts]),
                        segments(context.words, [found.words for found in analysed[first : last + 1]]),
                    )
                )
        return Found(sentences, passages, self.new_surfaces(), self.frequencies(many_terms))

    def new_surfaces(self) -> list[str]:
        """Return the words that came since this was asked last, in the order of their numbers.

        Ask it after each batch of documents: what is too much for memory then goes to disk.
        """
        found, self._new = self._new, []
        self._tally()
        if max(len(self._words), len(self._matches)) > self._in_memory or self._signs > _SIGNS:
            self._spill()
        return found

    def _tally(self) -> None:
        if self._count > len(self._uses):
            self._uses = np.concatenate([self._uses, np.zeros(self._count, dtype=np.int64)])
        np.add.at(self._uses, np.asarray(self._used, dtype=np.int64), 1)
        self._sentences.update(self._said)
        self._used, self._said = [], []

    def _spill(self) -> None:
        if self._disk is None:
            self._disk = sqlite3.connect(self._scratch)
            self._disk.execute("PRAGMA journal_mode=OFF")
            self._disk.execute("PRAGMA synchronous=OFF")
            self._disk.execute(
                "CREATE TABLE words (number INTEGER PRIMARY KEY, surface TEXT UNIQUE NOT NULL, term TEXT NOT NULL, "
                "parts TEXT NOT NULL)"
            )
        rows = ((number, surface, term, " ".join(parts)) for number, surface, term, parts in self._not_on_disk())
        self._disk.executemany("INSERT INTO words VALUES (?, ?, ?, ?)", rows)
        self._on_disk = self._count
        self._words.clear()
        self._matches.clear()
        self._neighbours_tell.clear()
        self._signs = 0

    def _not_on_disk(self) -> Iterator[tuple[int, str, str, tuple[str, ...]]]:
        for surface, (number, term, parts) in self._words.items():
            if number >= self._on_disk:
                yield number, surface, term, parts

    def _all(self) -> Iterator[tuple[int, str, str, tuple[str, ...]]]:
        if self._disk is not None:
            for number, surface, term, parts in self._disk.execute("SELECT * FROM words ORDER BY number"):
                yield number, surface, term, tuple(parts.split())
        yield from self._not_on_disk()

    def rows(self) -> Iterator[tuple[int, str, str, int]]:
        """Yield (number, surface, term, frequency) of each word."""
        self._tally()
        for number, surface, term, _ in self._all():
            yield number, surface, term, int(self._uses[number])

    def stands_for(self) -> Iterator[tuple[str, int, float]]:
        """Yield (term, number of a word, how well the word stands for the term)."""
        for number, _, term, parts in self._all():
            yield term, number, 1.0
            for part in dict.fromkeys(parts):
                if part != term:
                    yield part, number, PART

    def frequencies(self, at_least: int = 0) -> list[tuple[str, int]]:
        """Return in how many sentences each term or part stands that were counted since this was asked last, term by term.

        Nothing where fewer than ``at_least`` terms were counted since.
        """
        self._tally()
        if len(self._sentences) < at_least:
            return []
        found, self._sentences = sorted(self._sentences.items()), Counter()
        return found


def segments(context: Sequence[int], sentences: Sequence[Sequence[int]]) -> bytes:
    """Return a passage's words as the catalogue keeps them: what it stands under, then each of its sentences.

    Each segment opens with the mark ``SEGMENT``.
    """
    flat: list[int] = [SEGMENT, *context]
    for sentence in sentences:
        flat.append(SEGMENT)
        flat.extend(sentence)
    return np.asarray(flat, dtype=np.uint32).tobytes()
