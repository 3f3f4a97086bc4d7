"""Matches the words of a statement with the words of its evidence.

Words meet by their stems, dictionary forms, compounds, the glossary, the lexicon, and else by the cosine of the model's word
vectors, which also reaches from one language to the other. A word for an actor, a unit or one side of an opposition never
stands for another.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from app import analysis
from app.answering.clauses import Clause
from app.answering.meaning import lexicon, opposite
from app.answering.words import Word
from app.embedding import Embedder
from app.retrieval import Concept

# Least cosine at which one word stands for another: in one language, and from one language to the other.
_ALIKE, _ALIKE_ACROSS = 0.5, 0.42

# A form that the glossary or a compound gives counts where it stands for the word at least so well.
_LEAST_FORM = 0.45


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence as clauses, with the place of each word's clause, and what may stand for its headings."""

    clauses: Sequence[Clause]
    language: str
    is_heading: bool

    @property
    def words(self) -> list[Word]:
        """All words, in order."""
        return [word for clause in self.clauses for word in clause.words]


class Matcher:
    """Matches the words of a statement with the words of its evidence."""

    def __init__(
        self, said: Sequence[Clause], evidence: Evidence, concepts: Iterable[Concept], language: str, embedder: Embedder
    ) -> None:
        self._forms = {
            concept.surface: {term for term, value in concept.forms.items() if value >= _LEAST_FORM}
            for concept in concepts
        }
        self.across = language != evidence.language
        own = [word for clause in said for word in clause.content]
        there = [word for word in evidence.words if word.raw[0].isalnum()]
        self._likeness = _likeness(own, there, embedder)
        self._rows = {id(word): row for row, word in enumerate(own)}
        self._met: dict[tuple[int, int], bool] = {}
        self._columns = {id(word): column for column, word in enumerate(there)}

    def matches(self, word: Word, other: Word) -> bool:
        """Whether a word of the evidence says what a word of the statement says."""
        pair = (id(word), id(other))
        if (met := self._met.get(pair)) is None:
            met = self._met[pair] = self._matches(word, other)
        return met

    def _matches(self, word: Word, other: Word) -> bool:
        if word.folded == other.folded or other.stem in self._forms.get(word.folded, ()):
            return True
        if word.agents or other.agents:
            return (
                bool(set(word.agents) & set(other.agents)) or self._compound(word, other) or _inside(word.agents, other)
            )
        if word.same or other.same:
            return bool(set(word.same) & set(other.same)) or self._compound(word, other)
        if converse(word, other):
            return True
        if opposite(word.poles, other.poles) or _negates(word.folded, other.folded):
            return False
        if set(word.poles) & set(other.poles):
            return True
        if (word.stem == other.stem and len(word.stem) > 2) or word.lemma == other.lemma:
            return True
        if word.capital and not self.across:
            return other.folded.startswith(word.stem) and other.capital
        if self._compound(word, other):
            return True
        if word.poles or not (other.content or other.reporting or self.across):
            return False
        likeness = self._likeness[self._rows[id(word)], self._columns[id(other)]]
        return bool(likeness >= (_ALIKE_ACROSS if self.across else _ALIKE))

    def _compound(self, word: Word, other: Word) -> bool:
        """Whether one of the words is a compound that ends in, or begins with, the other."""
        short, long = sorted((word.folded, other.folded), key=len)
        stem = analysis.stem(short)
        if self.across or len(stem) < 4 or len(long) < len(short) + 3 or word.verbal or other.verbal:
            return False
        return long.startswith(stem) or (long.endswith(short) and long.removesuffix(short) not in _PREFIXES)


_PREFIXES = frozenset(
    "ver be ge ont her mis af aan uit in op over onder door wan anti non tegen voor na bij mee toe min un dis".split()
)


def _inside(agents: Sequence[str], other: Word) -> bool:
    """Whether a compound begins with one of the words for an actor: "family" in "gezinshereniging"."""
    if other.agents:
        return False
    return any(
        len(name) > 3 and other.folded.startswith(name) for agent in agents for name in lexicon().agents.named(agent)
    )


def _negates(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return any(long == prefix + short for prefix in ("on", "un", "in", "im", "non", "niet-", "dis", "anti"))


def _likeness(own: Sequence[Word], there: Sequence[Word], embedder: Embedder) -> np.ndarray:
    if not embedder.word_level or not own or not there:
        return np.zeros((len(own), len(there)), dtype=np.float32)
    rows = embedder.encode([word.folded for word in (*own, *there)])
    return rows[: len(own)] @ rows[len(own) :].T


def converse(word: Word, other: Word) -> bool:
    """Whether one gives where the other receives."""
    return {"giving:0", "giving:1"} <= {*word.poles, *other.poles}


@dataclass(frozen=True, slots=True)
class Found:
    """Which words of the evidence each content word of a clause meets: in the home clause, and before it."""

    words: dict[int, tuple[Word, list[Word], list[Word]]]
    missing: list[Word]

    @classmethod
    def of(cls, said: Clause, home: Clause, before: Sequence[Clause], matcher: Matcher) -> "Found":
        """Find the words of a clause in its home and in the clauses before it."""
        words, missing = {}, []
        for word in said.content:
            here = [other for other in home.words if matcher.matches(word, other)]
            earlier = [other for clause in before for other in clause.words if matcher.matches(word, other)]
            if here or earlier:
                words[id(word)] = (word, here, earlier)
            else:
                missing.append(word)
        return cls(words, missing)

    @property
    def at_home(self) -> bool:
        """Whether any word is said in the home clause."""
        return any(here for _, here, _ in self.words.values())

    def rests_on(self, clause: Clause) -> bool:
        """Whether the statement takes more than its subject from a clause before."""
        taken = {id(other) for _, here, earlier in self.words.values() if not here for other in earlier}
        carried = [word for word in clause.content if id(word) in taken]
        return any(not word.acts for word in carried) and len(carried) * 2 > len(clause.content)
