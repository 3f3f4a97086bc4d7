"""A Dutch-English lexicon drawn from the pairs, to turn Dutch words into the English ones a reader would ask with.

Sentence pairs are scarce and Dutch paragraphs are plenty, so most of what teaches the model English is Dutch text with
its words replaced. The lexicon joins a dictionary, word alignment of the sentence pairs (IBM model 1), synonyms,
lemmas, the parts of compounds, and English inflection.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from random import Random
from typing import Any

import numpy as np
import simplemma
from numpy.typing import NDArray

from training.corpus import SentencePair, words_of

_ALIGNMENT_ROUNDS = 6
_ALIGNMENT_FLOOR = 0.12  # lower probabilities are mostly chance meetings in few sentences
_SHORTEST_PART = 4
_COGNATES = (
    ("iteit", "ity"),
    ("iteiten", "ities"),
    ("atie", "ation"),
    ("aties", "ations"),
    ("isatie", "ization"),
    ("ische", "ic"),
    ("isch", "ical"),
    ("logie", "logy"),
    ("grafie", "graphy"),
    ("ctie", "ction"),
    ("cties", "ctions"),
    ("isme", "ism"),
    ("ief", "ive"),
    ("ieve", "ive"),
    ("eel", "al"),
    ("ele", "al"),
    ("aal", "al"),
    ("ale", "al"),
    ("ent", "ent"),
    ("iek", "ic"),
    ("air", "ary"),
    ("eren", "ate"),
    ("eerd", "ated"),
    ("seerd", "ized"),
)

Choices = tuple[tuple[str, ...], tuple[float, ...]]


def align(pairs: Sequence[tuple[list[str], list[str]]]) -> dict[str, dict[str, float]]:
    """Estimate p(English | Dutch) by IBM model 1 from (Dutch words, English words) pairs; likely translations alone."""
    dutch_ids: dict[str, int] = {"": 0}  # the empty word takes what nothing in the Dutch sentence explains
    english_ids: dict[str, int] = {}
    links: list[np.ndarray] = []
    for number, (dutch, english) in enumerate(pairs):
        rows = np.array([0, *(dutch_ids.setdefault(word, len(dutch_ids)) for word in dutch)])
        columns = np.array([english_ids.setdefault(word, len(english_ids)) for word in english], dtype=np.int64)
        grid = np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1).reshape(-1, 2)
        slots = np.tile(np.arange(len(columns)), len(rows))
        links.append(np.column_stack([grid, np.full(len(grid), number), slots]))
    if not links:
        return {}
    table = np.concatenate(links)
    keys, cell = np.unique(table[:, 0] * len(english_ids) + table[:, 1], return_inverse=True)
    _, slot = np.unique(table[:, 2] * (table[:, 3].max() + 1) + table[:, 3], return_inverse=True)
    owner = keys // len(english_ids)
    chance: NDArray[Any] = np.ones(len(keys))
    count: NDArray[Any] = np.ones(len(keys))
    for _ in range(_ALIGNMENT_ROUNDS):
        share = chance[cell]
        share /= np.bincount(slot, share)[slot]
        count = np.bincount(cell, share)
        chance = count / np.bincount(owner, count)[owner]
    dutch_words, english_words = list(dutch_ids), list(english_ids)
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for key in np.flatnonzero((chance >= _ALIGNMENT_FLOOR) & (count >= 1.5) & (owner > 0)):
        row, column = divmod(int(keys[key]), len(english_ids))
        found[dutch_words[row]][english_words[column]] = float(chance[key])
    return found


class Lexicon:
    """What a Dutch word may be called in English, and which Dutch words mean the same."""

    def __init__(
        self,
        english: dict[str, dict[str, float]],
        synonyms: dict[str, list[str]],
        frequencies: Counter[str],
        common: Sequence[str],
    ) -> None:
        self._english = english
        self._synonyms = synonyms
        self._frequencies = frequencies
        self._common = common
        self._choices = lru_cache(maxsize=None)(self._find_choices)
        self._forms = lru_cache(maxsize=None)(_english_forms)
        self._likenesses = lru_cache(maxsize=None)(self._find_synonyms)

    @classmethod
    def build(
        cls, words: Iterable[tuple[str, str]], synonyms: Iterable[tuple[str, str]], sentences: Iterable[SentencePair]
    ) -> "Lexicon":
        """Build the lexicon from (English, Dutch) words, (Dutch, Dutch) synonyms and sentence pairs."""
        pairs = [(words_of(pair.dutch), words_of(pair.english)) for pair in sentences]
        frequencies = Counter(word for _, english in pairs for word in english)
        found: dict[str, dict[str, float]] = defaultdict(dict)
        for english, dutch in words:
            # A sense that English readers seldom name is seldom what they ask for.
            weight = (1 + min((frequencies[word] for word in words_of(english)), default=0)) ** 0.5
            found[dutch.lower()][english.lower()] = weight
        for choices in found.values():
            total = sum(choices.values())
            for english in choices:
                choices[english] /= total
        for dutch, choices in align(pairs).items():
            for english, chance in choices.items():
                found[dutch][english] = found[dutch].get(english, 0) + 2 * chance
        same: dict[str, list[str]] = defaultdict(list)
        for left, right in synonyms:
            same[left.lower()].append(right.lower())
            same[right.lower()].append(left.lower())
        common = [word for word, _ in frequencies.most_common(60)] or ["the"]
        return cls(dict(found), dict(same), frequencies, common)

    def __len__(self) -> int:
        return len(self._english)

    def translation(self, word: str, rng: Random) -> str | None:
        """Return an English word or phrase for a Dutch word in lower case, or None where none is known."""
        choices = self._choices(word)
        if not choices[0]:
            return None
        english = rng.choices(*choices)[0]
        if rng.random() < 0.3 and (forms := self._forms(english)):
            return rng.choice(forms)
        return english

    def filler(self, rng: Random) -> str:
        """Return one of the commonest English words, the more often the commoner it is."""
        return self._common[min(int(rng.expovariate(0.08)), len(self._common) - 1)]

    def synonym(self, word: str, rng: Random) -> str:
        """Return a Dutch word of the same meaning, or the word itself where none is known."""
        same = self._likenesses(word)
        return rng.choice(same) if same else word

    def _find_synonyms(self, word: str) -> tuple[str, ...]:
        return tuple(self._synonyms.get(word) or self._synonyms.get(_lemma(word)) or ())

    def _find_choices(self, word: str) -> Choices:
        found = self._known(word) or self._through_parts(word) or self._through_synonyms(word) or self._cognate(word)
        return tuple(found), tuple(found.values())

    def _known(self, word: str) -> dict[str, float]:
        exact, base = self._english.get(word, {}), self._english.get(_lemma(word), {})
        return {english: exact.get(english, 0) + 0.5 * base.get(english, 0) for english in exact | base}

    def _through_synonyms(self, word: str) -> dict[str, float]:
        found: dict[str, float] = {}
        for other in self._find_synonyms(word):
            for english, weight in self._english.get(other, {}).items():
                found[english] = found.get(english, 0) + weight
        return found

    def _through_parts(self, word: str) -> dict[str, float]:
        """Translate a compound part by part, its head first sought as long as it can be."""
        for cut in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
            tail = self._known(word[cut:])
            if not tail:
                continue
            front = word[:cut]
            for stem in (front, front.removesuffix("s"), front.removesuffix("en"), front.removesuffix("-")):
                head = self._known(stem) if len(stem) >= _SHORTEST_PART else {}
                if head:
                    return {
                        f"{a} {b}": weight_a * weight_b
                        for a, weight_a in _heaviest(head, 3)
                        for b, weight_b in _heaviest(tail, 3)
                    }
        return {}

    def _cognate(self, word: str) -> dict[str, float]:
        """Give a word of Latin make its English ending, where English has that word."""
        for dutch, english in sorted(_COGNATES, key=lambda ending: -len(ending[0])):
            if len(word) > len(dutch) + 3 and word.endswith(dutch):
                stem = word.removesuffix(dutch)
                for candidate in (
                    stem,
                    stem.replace("k", "c"),
                    stem.replace("f", "ph"),
                    stem.replace("k", "c").replace("f", "ph"),
                ):
                    if simplemma.is_known(candidate + english, lang="en"):
                        return {candidate + english: 1.0}
        return {}


def _heaviest(choices: dict[str, float], count: int) -> list[tuple[str, float]]:
    return sorted(choices.items(), key=lambda item: -item[1])[:count]


@cache
def _lemma(word: str) -> str:
    return str(simplemma.lemmatize(word, lang="nl")).lower().replace("_", "")  # "toe_passen": separable verbs


def _english_forms(phrase: str) -> tuple[str, ...]:
    """Return the inflected forms of an English word or of a phrase's last word, as far as English knows them."""
    front, _, word = phrase.rpartition(" ")
    if len(word) < 3 or not word.isalpha():
        return ()
    stem = word.removesuffix("e")
    candidates = {word + "s", word + "es", stem + "ed", stem + "ing", word + word[-1] + "ing", word + word[-1] + "ed"}
    if word.endswith("y"):
        candidates |= {word[:-1] + "ies", word[:-1] + "ied"}
    known = sorted(c for c in candidates if simplemma.lemmatize(c, lang="en").lower() == word)
    return tuple(f"{front} {form}".strip() for form in known)
