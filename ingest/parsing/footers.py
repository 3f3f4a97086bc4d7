"""Puts links that a text gathers at a page's end back at the sentence that they belong to, where that can be told.

The order of the addresses is the order of the links on the page, so that each choice narrows the others. An address
is anchored only where its own words single out one sentence; otherwise the link spans the stretch in which it must
stand, and nothing claims more than that.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from app.analysis import terms
from app.passages import Link
from ingest.sentences import split_sentences

_LEAST_TERM = 5
_LEAST_HOST = 8
_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class PageLinks:
    """The addresses at the end of one page, in order, and the offsets of that page in the document text."""

    urls: tuple[str, ...]
    start: int
    end: int


def readable(url: str) -> str:
    """Return an address as words, from the last part of its path ("…/wat-kan-de-weerstand/" -> "wat kan de weerstand")."""
    parts = urlsplit(url)
    steps = [step for step in unquote(parts.path).split("/") if step]
    last = re.sub(r"\.(?:html?|pdf|docx?|php|aspx)$", "", steps[-1], flags=re.IGNORECASE) if steps else ""
    last = re.sub(r"~\w+$", "", last)
    words = _WORDS.sub(" ", last).strip()
    return words if words else (parts.hostname or url)


def anchor_links(text: str, pages: list[PageLinks]) -> list[Link]:
    """Return the links of all pages, each at its sentence or, where that cannot be told, over its possible stretch."""
    links: list[Link] = []
    for page in pages:
        sentences = [(page.start + a, page.start + b) for a, b in _sentences(text[page.start : page.end])]
        if not sentences:
            continue
        scores = [[_score(url, text[a:b]) for a, b in sentences] for url in page.urls]
        chosen = [_clear_best(row) for row in scores]
        chosen = _in_order(chosen, scores)
        for number, url in enumerate(page.urls):
            place = chosen[number]
            if place is not None:
                first = last = place
            else:
                first = max((c for c in chosen[:number] if c is not None), default=0)
                last = min((c for c in chosen[number + 1 :] if c is not None), default=len(sentences) - 1)
            links.append(Link(readable(url), url, sentences[first][0], sentences[max(first, last)][1]))
    return links


def _sentences(text: str) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    start = 0
    for block in text.split("\n\n"):
        found.extend((start + a, start + b) for a, b in split_sentences(block))
        start += len(block) + 2
    return found


def _score(url: str, sentence: str) -> float:
    """Letters of the address' own long words that the sentence holds; a host that the sentence spells out counts double."""
    present = set(terms(sentence))
    squashed = _WORDS.sub("", sentence.lower())
    score = float(sum(len(term) for term in set(terms(readable(url))) if len(term) >= _LEAST_TERM and term in present))
    for label in (urlsplit(url).hostname or "").split("."):
        if len(label) >= _LEAST_HOST and label in squashed:
            score += 2 * len(label)
    return score


def _clear_best(row: list[float]) -> int | None:
    best = max(row)
    if best < _LEAST_TERM:
        return None
    places = [place for place, score in enumerate(row) if score > 0.8 * best]
    return places[0] if len(places) == 1 else None


def _in_order(chosen: list[int | None], scores: list[list[float]]) -> list[int | None]:
    """Drop the weaker of two choices that contradict the order of the addresses."""
    result = list(chosen)
    for later in range(len(result)):
        for earlier in range(later):
            one, two = result[earlier], result[later]
            if one is not None and two is not None and one > two:
                weaker = earlier if scores[earlier][one] < scores[later][two] else later
                result[weaker] = None
    return result
