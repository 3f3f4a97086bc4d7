"""Who comes from where, and where they are: "Bulgaren in Turkije" are not "vluchtelingen uit Turkije in Bulgarije"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from app import analysis
from app.lexicon import countries

Role = Literal["from", "in"]

_FROM = frozenset({"uit", "vanuit", "from", "afkomstig"})
_IN = frozenset({"in", "binnen", "te", "naar", "within", "to", "inside"})
_INHABITANTS = ("en", "er", "ers", "ër", "ërs", "ans", "ani", "anis")
_AND = frozenset({"en", "of", "and", "or", "noch"})
# Between a preposition and the country that it governs.
_BETWEEN = frozenset({"de", "het", "the", "heel", "all", "of"})
_PEOPLE = re.compile(
    r"(?:vluchteling|asielzoeker|migrant|statushouder|ontheemde|vreemdeling|onderdaan|onderdanen|burger|staatsburger|aanvrager|gezin|kind"
    r"|mannen|vrouwen|mensen|jongeren|minderjarige|refugee|asylum|migrant|people|national|citizen|applicant|child|famil|men$|women|minor)"
)


@dataclass(frozen=True, slots=True)
class Placed:
    """A country that a text names: ``country`` is its row in the table, ``role`` what it is to people, None where that is not said.

    ``named`` are the folded words by which it is named, ``words`` the same with the preposition that gives it its role.
    """

    country: int
    role: Role | None
    named: str
    words: str


@lru_cache(maxsize=1)
def _called() -> dict[tuple[str, ...], tuple[int, bool]]:
    """(row, whether it is the name of the country itself) by folded words."""
    found: dict[tuple[str, ...], tuple[int, bool]] = {}
    for row, (names, people) in enumerate(countries()):
        for called, is_name in ((names, True), (people, False)):
            for name in called:
                found.setdefault(tuple(analysis.words(name)), (row, is_name))
    return found


@lru_cache(maxsize=1)
def _longest() -> int:
    return max(map(len, _called()))


@lru_cache(maxsize=2_000)
def placed(text: str) -> tuple[Placed, ...]:
    """Return the countries of a text, in its order."""
    return tuple(_placed(analysis.words(text)))


def _placed(words: list[str]) -> Iterator[Placed]:
    place = 0
    last: tuple[int, Role | None] = (-1, None)
    while place < len(words):
        size = next((n for n in range(_longest(), 0, -1) if tuple(words[place : place + n]) in _called()), 0)
        if not size:
            place += 1
            continue
        row, is_name = _called()[tuple(words[place : place + size])]
        before = place - 1
        while before >= 0 and words[before] in _BETWEEN:
            before -= 1
        governing = words[before] if before >= 0 else ""
        after = words[place + size] if place + size < len(words) else ""
        named = " ".join(words[place : place + size])
        if is_name:
            role: Role | None = "from" if governing in _FROM else "in" if governing in _IN else None
            if role is None and last[0] in (place, place - 1 if words[place - 1] in _AND else -1):
                role = last[1]  # "uit Polen en Roemenië"
                governing = ""
            last = (place + size, role)
            yield Placed(row, role, named, f"{governing} {named}".strip() if role else named)
        else:
            # "Turkse vluchtelingen" and "Turken" come from there; "de Turkse grens" does not.
            inhabitants = named.endswith(_INHABITANTS)
            yield Placed(row, "from" if inhabitants or _PEOPLE.match(after) else None, named, named)
        place += size


def speaks_of_another(question: str, sentence: str) -> int | None:
    """Return the row of the country that a sentence is about, where that is none of the question's, or None."""
    rows = {country.country for country in placed(question)}
    # Where people come from is not what a sentence is about.
    return next((c.country for c in placed(sentence) if c.role != "from" and c.country not in rows), None)


def misplaced(question: str, sentence: str) -> tuple[str, ...]:
    """Return the countries of a question, as it names them, whose part another country plays in a sentence.

    Also the country where something is asked of, if the sentence names it nowhere and speaks of another that nobody comes from.
    """
    asked, there = placed(question), placed(sentence)
    named = {p.country for p in asked}
    found = []
    for country in asked:
        roles = {p.role for p in there if p.country == country.country}
        if country.role is None or country.role in roles:
            continue
        others = [p for p in there if p.country != country.country]
        if country.role == "from":
            if roles and any(p.role == "from" for p in others):
                found.append(country.words)
        elif roles:
            if None not in roles and any(p.role != "from" for p in others):
                found.append(country.words)
        elif any(p.role != "from" and p.country not in named for p in others):
            found.append(country.named)
    return tuple(dict.fromkeys(found))
