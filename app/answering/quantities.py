"""The numbers of a sentence with their units and what stands before them: "ruim 500 plekken", "vanaf 1 juli 2025", "14%"."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from app.answering.meaning import lexicon

MONTHS = (
    "januari februari maart april mei juni juli augustus september oktober november december".split(),
    "january february march april may june july august september october november december".split(),
)
_ONES = {
    "nl": "nul een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien zeventien achttien negentien",
    "en": "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
}
_TENS = {
    "nl": "twintig dertig veertig vijftig zestig zeventig tachtig negentig",
    "en": "twenty thirty forty fifty sixty seventy eighty ninety",
}
_SHARES = {
    "helft": 50, "half": 50, "kwart": 25, "quarter": 25, "derde": 33, "third": 33, "vierde": 25, "kwarten": 25, "quarters": 25,
    "thirds": 33, "vijfde": 20, "fifth": 20, "fifths": 20, "tiende": 10, "tenth": 10,
}  # fmt: skip
_POWERS = {
    "honderd": 100, "hundred": 100, "duizend": 1000, "thousand": 1000, "miljoen": 10**6, "million": 10**6, "mln": 10**6,
    "miljard": 10**9, "billion": 10**9, "mld": 10**9, "biljoen": 10**12, "trillion": 10**12, "dozijn": 12, "dozen": 12,
    "honderden": 100.5, "hundreds": 100.5, "duizenden": 1000.5, "thousands": 1000.5, "tientallen": 10.5, "dozens": 12.5,
    "miljoenen": 10**6 + 0.5, "millions": 10**6 + 0.5, "miljarden": 10**9 + 0.5, "billions": 10**9 + 0.5,
}  # fmt: skip
_PERCENT = frozenset({"%", "procent", "percent", "percentage"})
_POINTS = re.compile(r"procentpunt(?:en)?|percentagepunt(?:en)?")
_CURRENCIES = {"€": "euro", "$": "dollar", "£": "pound"}
_UNITS = frozenset(
    "second minute hour day week month quarter year century euro dollar kilometre metre hectare kilogram tonne degree".split()
)
_DIFFERENCES = {
    **dict.fromkeys(("meer", "hoger", "more", "higher", "langer", "longer", "extra"), "so much more"),
    **dict.fromkeys(("minder", "lager", "less", "fewer", "lower", "korter", "shorter"), "so much less"),
}  # fmt: skip
_LOOK_BACK = 3


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number at a place among the words of a text; ``length`` in words, its unit included."""

    value: Decimal
    kind: str
    place: int
    length: int
    strict: frozenset[str]
    loose: frozenset[str]

    def same(self, other: "Quantity") -> bool:
        """Whether both are the same amount of the same thing; "3 years" may be "3" where a unit is left out."""
        return self.value == other.value and self.kind == other.kind


@lru_cache(maxsize=1)
def _number_words() -> dict[str, int]:
    found: dict[str, int] = {}
    for language in ("nl", "en"):
        ones = {word: value for value, word in enumerate(_ONES[language].split())}
        tens = {word: 10 * value for value, word in enumerate(_TENS[language].split(), 2)}
        found |= ones | tens
        for ten, more in tens.items():
            for one, value in list(ones.items())[1:10]:
                found[f"{one}en{ten}" if language == "nl" else f"{ten}-{one}"] = more + value
    # A Dutch article and an English pronoun; a number only where a share follows.
    for word in ("een", "one", "half"):
        found.pop(word, None)
    return found


def quantities(words: Sequence[str]) -> list[Quantity]:
    """Return the numbers among the folded words of a text."""
    return list(_found(words))


def _found(words: Sequence[str]) -> Iterator[Quantity]:
    place = 0
    while place < len(words):
        read = _value(words, place)
        if read is None:
            place += 1
            continue
        value, kind, length = read
        strict, loose = _qualifiers(words, place)
        if place + length < len(words) and (difference := _DIFFERENCES.get(words[place + length])):
            strict |= {difference}
        yield Quantity(value, kind, place, length, strict, loose)
        place += length


def _value(words: Sequence[str], place: int) -> tuple[Decimal, str, int] | None:
    """Return (value, kind, words taken) of the number that starts here."""
    word = words[place]
    following = words[place + 1] if place + 1 < len(words) else ""
    if (named := _month_or_share(words, place)) is not None:
        return named
    if word in _POWERS:
        return Decimal(str(_POWERS[word])), *_unit(words, place, 1)
    if word == "acht" and following in ("het", "de", "dat", "dit", "een", "deze", "zich", "men", "wij"):
        return None  # "Acht" of "achten".
    if word in _number_words():
        value = Decimal(_number_words()[word])
    elif word[0].isdigit():
        read = _digits(word)
        if read is None:
            return Decimal(-1), word, 1
        value = read
        if word.endswith("%"):
            return value, "%", 1
    else:
        return None
    if following in _POWERS and _POWERS[following] == int(_POWERS[following]):
        return value * int(_POWERS[following]), *_unit(words, place, 2)
    kind, length = _unit(words, place, 1)
    if kind == "count" and word.isdigit() and len(word) == 4 and 1900 <= value <= 2100:
        kind = "calendar_year"
    return value, kind, length


def _month_or_share(words: Sequence[str], place: int) -> tuple[Decimal, str, int] | None:
    """Read "maart", "helft" or "twee derde"."""
    word = words[place]
    following = words[place + 1] if place + 1 < len(words) else ""
    for months in MONTHS:
        if word in months and (word != "may" or _dated(words, place)):
            return Decimal(months.index(word) + 1), "month_name", 1
    if word in _SHARES:
        return Decimal(_SHARES[word]), "%", 1
    if (
        following in _SHARES
        and following not in ("half", "helft")
        and (word in ("een", "one") or word in _number_words())
    ):
        return Decimal(_number_words().get(word, 1) * _SHARES[following]), "%", 2
    return None


def _dated(words: Sequence[str], place: int) -> bool:
    near = [words[i] for i in (place - 1, place + 1) if 0 <= i < len(words)]
    return any(word[0].isdigit() for word in near) or (place > 0 and words[place - 1] in ("in", "van", "of", "sinds"))


def _digits(word: str) -> Decimal | None:
    """Read "12.000", "12,000", "3,5", "3.5%" or "14"; a group of three after a sign is thousands."""
    plain = word.rstrip("%")
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", plain):
        plain = re.sub(r"[.,]", "", plain)
    try:
        return Decimal(plain.replace(",", ".")).normalize()
    except InvalidOperation:
        return None


def _unit(words: Sequence[str], place: int, length: int) -> tuple[str, int]:
    """Return the kind of a number that is ``length`` words long, and the length with its unit."""
    if place and words[place - 1] in _CURRENCIES:
        return _CURRENCIES[words[place - 1]] + _rate(words, place + length), length
    after = place + length
    if after >= len(words):
        return "count", length
    if (
        words[after] in ("percentage", "procent")
        and after + 1 < len(words)
        and words[after + 1] in ("punt", "punten", "points", "point")
    ):
        return "points", length + 2
    if _POINTS.fullmatch(words[after]):
        return "points", length + 1
    if words[after] in _PERCENT:
        if after + 1 < len(words) and words[after + 1] in ("points", "point"):
            return "points", length + 2
        return "%", length + 1
    if any(words[after] in months for months in MONTHS):
        return "day_of_month", length
    names, _ = lexicon().same.at(words, after)
    units = [name for name in names if name in _UNITS]
    if units:
        return units[0] + (
            _rate(words, after + 1) if units[0] not in ("year", "month", "week", "day") else ""
        ), length + 1
    return "count", length


def _rate(words: Sequence[str], after: int) -> str:
    """Return "/month" where "per maand" or "a month" follows."""
    if after + 1 < len(words) and words[after] in ("per", "a", "each", "every", "elke", "iedere", "an"):
        names, _ = lexicon().same.at(words, after + 1)
        units = [name for name in names if name in _UNITS]
        if units:
            return "/" + units[0]
    return ""


def _qualifiers(words: Sequence[str], place: int) -> tuple[frozenset[str], frozenset[str]]:
    """Return what stands right before a number: ("over",) for "meer dan 500", ("to",) for "tot 2027"."""
    strict: set[str] = set()
    loose: set[str] = set()
    start = max(0, place - _LOOK_BACK)
    at = start
    while at < place:
        names, length = lexicon().strict_qualifiers.at(words[:place], at)
        if names:
            strict.update(names)
            at += length
            continue
        names, length = lexicon().loose_qualifiers.at(words[:place], at)
        near = place - (at + length)
        between = words[at + length : place]
        if names and (near == 0 or all(w in ("de", "het", "the", "€", "$", "1") or w[0].isdigit() for w in between)):
            loose.update(names)
        at += length or 1
    return frozenset(strict), frozenset(loose)


def conflicting(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two loose qualifiers say different things: "tot 2027" against "vanaf 2027"."""
    return bool(one) and bool(other) and one.isdisjoint(other)
