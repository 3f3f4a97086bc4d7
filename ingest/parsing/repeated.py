"""Leaves out what a printer puts on page after page: running headers, footers and page numbers."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from statistics import median

from ingest.parsing.layout import Line
from ingest.parsing.pages import Page

_NUMBERS = re.compile(r"\d+|\b[ivxlc]+\b", re.IGNORECASE)
_PAGE_NUMBER = re.compile(r"(?:pagina|page|blad|p\.)?[#/|\-–.\s]*+(?:van|of)?[#/|\-–.\s]*+")
_NEAR = 8
_TIMES_NEARBY = 3


def drop_repeated(pages: Sequence[Page]) -> None:
    """Take the running headers and footers out of the pages.

    Such a line comes back on much of the document, or (a chapter's name) at the same height on several pages near each
    other; and where nearly every page has one at some height, what stands there on the others is one as well.
    """
    if len(pages) < 2:
        return
    margins = [{id(line): line for line in _margin(page)} for page in pages]
    dropped = _repeated(margins)
    dropped |= _in_bands(margins, dropped, len(pages))
    for page, margin in zip(pages, margins, strict=True):
        page.lines = [
            line
            for line in page.lines
            if id(line) not in margin or (id(line) not in dropped and not is_page_number(line.text))
        ]


def pattern(text: str) -> str:
    """Return a line's text with its numbers struck out, so that one page's header equals the next page's."""
    return _NUMBERS.sub("#", text.casefold()).strip()


def is_page_number(text: str) -> bool:
    """Whether a line in the margin only counts the pages: "12", "- 3 -", "Pagina 2 van 9"."""
    return len(text) <= 20 and bool(_PAGE_NUMBER.fullmatch(pattern(text)))


def _margin(page: Page) -> list[Line]:
    """Return the lines in the outer eighth of a page, at most three at either end; footnotes are none of these."""
    ordered = sorted(page.lines, key=lambda line: line.top)
    top = [line for line in ordered[:4] if line.bottom < page.height * 0.13]
    bottom = [line for line in ordered[-4:] if line.top > page.height * 0.87]
    notes = _notes(ordered)
    return top[:3] + [line for line in bottom[-3:] if id(line) not in notes]


def _notes(ordered: Sequence[Line]) -> set[int]:
    """Return the lines of footnotes: one that a raised number opens, and those that follow close upon it."""
    found: set[int] = set()
    inside = False
    for before, line in zip([None, *ordered], ordered, strict=False):
        if len(line.words) > 1 and line.words[0].text.isdigit() and line.words[0].size < 0.85 * line.words[1].size:
            inside = True
        elif before is None or line.top - before.bottom > 0.8 * line.size:
            inside = False
        if inside:
            found.add(id(line))
    return found


def _repeated(margins: Sequence[dict[int, Line]]) -> set[int]:
    seen: Counter[str] = Counter()
    places: dict[tuple[str, int], list[int]] = defaultdict(list)
    for number, margin in enumerate(margins):
        seen.update({pattern(line.text) for line in margin.values()})
        for line in margin.values():
            places[pattern(line.text), round(line.top / 3)].append(number)
    most = max(2, len(margins) * 0.4)
    dropped = set()
    usual = _usual_size(margins)
    for number, margin in enumerate(margins):
        for ident, line in margin.items():
            text, height = pattern(line.text), round(line.top / 3)
            near = {
                place
                for shift in (-1, 0, 1)
                for place in places.get((text, height + shift), ())
                if abs(place - number) <= _NEAR
            }
            # "Bijlage 1", "Bijlage 2" on page after page are headings, and larger than what a printer puts there.
            if seen[text] >= most or (len(near) >= _TIMES_NEARBY and line.size <= 1.15 * usual):
                dropped.add(ident)
    return dropped


def _usual_size(margins: Sequence[dict[int, Line]]) -> float:
    sizes = [line.size for margin in margins for line in margin.values()]
    return median(sizes) if sizes else 0.0


def _in_bands(margins: Sequence[dict[int, Line]], dropped: set[int], pages: int) -> set[int]:
    """Return the lines at a height and in a size at which most pages have a header, a footer or a page number."""
    bands: Counter[tuple[int, int]] = Counter()
    for margin in margins:
        bands.update(
            {
                (round(line.top / 3), round(line.size * 2))
                for ident, line in margin.items()
                if ident in dropped or is_page_number(line.text)
            }
        )
    usual = {band for band, times in bands.items() if times >= max(4, 0.4 * pages)}
    return {
        ident
        for margin in margins
        for ident, line in margin.items()
        if (round(line.top / 3), round(line.size * 2)) in usual and len(line.text) <= 120
    }
