"""The lexicon of small words that turn a sentence into another one: negation, obligation, quantity, opposites, who acts.

It is data (``app/lexicon/meaning.toml``), in Dutch and English, so that "duurder" and "cheaper" are known to be opposites and
"gemeente" and "municipality" the same.
"""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any

from app import analysis


@dataclass(slots=True)
class Phrases:
    """Finds the names under which words, beginnings of words ("stijg*") and phrases are listed."""

    _exact: dict[tuple[str, ...], list[str]] = field(default_factory=dict)
    _prefixes: dict[str, list[str]] = field(default_factory=dict)
    _longest: int = 1

    @classmethod
    def of(cls, table: dict[str, str]) -> "Phrases":
        """Read a table of the lexicon: name -> "entry / entry / …"."""
        phrases = cls()
        for name, entries in table.items():
            for entry in entries.split("/"):
                phrases._add(name, analysis.fold(entry.strip()))
        return phrases

    def _add(self, name: str, entry: str) -> None:
        if entry.endswith("*"):
            self._prefixes.setdefault(entry[:-1], []).append(name)
            return
        words = tuple(entry.split())
        self._longest = max(self._longest, len(words))
        self._exact.setdefault(words, []).append(name)

    def named(self, name: str) -> list[str]:
        """Return the single words that are listed under a name."""
        return [words[0] for words, names in self._exact.items() if name in names and len(words) == 1]

    def listing(self, *names: str) -> frozenset[str]:
        """Return the single words that are listed under any of these names."""
        return frozenset(word for name in names for word in self.named(name))

    def at(self, words: Sequence[str], place: int) -> tuple[list[str], int]:
        """Return the names of the longest entry that starts at a place, and its length in words; ([], 0) for none."""
        for length in range(min(self._longest, len(words) - place), 0, -1):
            if names := self._exact.get(tuple(words[place : place + length])):
                return names, length
        word = words[place]
        for length in range(len(word), 2, -1):
            if names := self._prefixes.get(word[:length]):
                return names, 1
        return [], 0


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The tables of the lexicon, ready to look words up in. ``marks`` and ``reporting`` are by language."""

    marks: dict[str, Phrases]
    reporting: dict[str, Phrases]
    poles: Phrases
    agents: Phrases
    same: Phrases
    strict_qualifiers: Phrases
    loose_qualifiers: Phrases


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """Return the lexicon of the package."""
    text = (resources.files("app") / "lexicon" / "meaning.toml").read_text(encoding="utf-8")
    data: dict[str, Any] = tomllib.loads(text)
    poles = {f"{axis}:{side}": words for axis, sides in data["poles"].items() for side, words in enumerate(sides)}
    return Lexicon(
        {language: Phrases.of(table) for language, table in data["marks"].items()},
        {language: Phrases.of({"reporting": words}) for language, words in data["reporting"].items()},
        Phrases.of(poles),
        Phrases.of(data["agents"]),
        Phrases.of(data["same"]),
        Phrases.of(data["qualifiers"]["strict"]),
        Phrases.of(data["qualifiers"]["loose"]),
    )


@lru_cache(maxsize=1)
def claiming() -> frozenset[str]:
    """Words of wanting, exploring and expecting: what somebody else wants is no fact."""
    return frozenset().union(*(phrases.listing("want", "explore", "expect") for phrases in lexicon().marks.values()))


def opposite(one: Iterable[str], other: Iterable[str]) -> bool:
    """Whether two words' poles ("amount:0") are different sides of one axis."""
    sides = dict(pole.split(":") for pole in one)
    return any(sides.get(axis, side) != side for axis, side in (pole.split(":") for pole in other))


@lru_cache(maxsize=50_000)
def lemma(word: str, language: str) -> str:
    """Return the dictionary form of a folded word: "daalde" -> "dalen"."""
    from simplemma import lemmatize

    return str(lemmatize(word, lang="en" if language == "en" else "nl")).replace("_", "").casefold()
