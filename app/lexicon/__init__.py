"""Tables about Dutch and English words in general: how common they are, and what else people call the same thing."""

from collections.abc import Iterable
from functools import lru_cache
from importlib import resources


def _lines(name: str) -> list[str]:
    text = (resources.files("app.lexicon") / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@lru_cache(maxsize=1)
def frequencies() -> dict[tuple[str, str], float]:
    """Return {(language, folded word): information in nats} of the common words; a word that is absent is rare."""
    rows = (line.split("\t") for line in _lines("frequencies.tsv"))
    return {(language, word): int(tenths) / 10 for language, word, tenths in rows}


@lru_cache(maxsize=1)
def paraphrases() -> tuple[tuple[str, ...], ...]:
    """Return groups of words and phrases, Dutch and English, that people use for about the same thing."""
    return groups(_lines("paraphrases.tsv"))


@lru_cache(maxsize=1)
def countries() -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    """Return (names, adjectives and inhabitants) of each country, Dutch and English."""
    return _pairs("countries.tsv")


def translations() -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    """Return (English forms, Dutch words for them)."""
    return _pairs("english.tsv")


def _pairs(name: str) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    rows = (line.split("\t") for line in _lines(name))
    return tuple((_forms(one), _forms(other)) for one, other in rows)


def _forms(text: str) -> tuple[str, ...]:
    return tuple(form.strip() for form in text.split(",") if form.strip())


def groups(lines: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Return the forms of each line of a table of groups: parts apart by tabs, forms by commas; remarks begin with "#"."""
    return tuple(
        tuple(form.strip() for part in line.split("\t") for form in part.split(",") if form.strip())
        for line in lines
        if line.strip() and not line.startswith("#")
    )
