"""The countries that a question names, in capitals or not, in Dutch or English: about one that the sources lack, they say nothing."""

from functools import lru_cache

from app import analysis
from app.lexicon import countries


@lru_cache(maxsize=1)
def _names() -> dict[str, list[tuple[str, ...]]]:
    """The folded names of countries by their first word, the longest first."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for names, _ in countries():
        for name in names:
            if words := tuple(analysis.words(name)):
                found.setdefault(words[0], []).append(words)
    for several in found.values():
        several.sort(key=len, reverse=True)
    return found


def countries_in(text: str) -> dict[str, str]:
    """Return {word: name of the country that it is part of}, folded; "verenigde" and "staten" are of "verenigde staten"."""
    words = analysis.words(text)
    found: dict[str, str] = {}
    place = 0
    while place < len(words):
        here = next(
            (name for name in _names().get(words[place], ()) if tuple(words[place : place + len(name)]) == name), ()
        )
        found |= dict.fromkeys(here, " ".join(here))
        place += len(here) or 1
    return found
