"""Plain text, and the text of a PDF that lost its layout.

Such a text has hard line breaks, often doubled spacing, headings that look like any other line, and the addresses of
a page's links gathered at the page's end, in the middle of a sentence. The layout is measured on the file itself.
"""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from app.errors import DocumentError
from ingest.parsing.blocks import Parsed, ParsedBuilder
from ingest.parsing.footers import PageLinks, anchor_links

_URL_LINE = re.compile(r"^https?://\S+$")
_VALEDICTION = re.compile(
    r"^(?:met\s+(?:vriendelijke|hartelijke|beste|collegiale)\s+groet(?:en)?|hoogachtend|hartelijke\s+groet(?:en)?"
    r"|yours\s+(?:sincerely|faithfully|truly)|(?:kind|best)\s+regards|sincerely)\s*,?$",
    re.IGNORECASE,
)
_ADDRESSES_READER = re.compile(r"\b(?:u|uw|you|your)\b", re.IGNORECASE)
_TERMINATORS = ".!?:…"
_CLOSERS = "\"'’”)»]"
_LIST_MARK = re.compile(r"^(?:[•●▪◦‣–*-]|\d{1,2}[.)]|[a-z][.)])\s+")


def decode(data: bytes, name: str) -> str:
    """Return the text of a file, which must be UTF-8 (a byte order mark of UTF-8 or UTF-16 is understood).

    Raises DocumentError with the place of the first wrong byte.
    """
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise DocumentError(
            f"{name}: not UTF-8 text (byte 0x{data[error.start]:02x} on line {line}). "
            f"Save the file as UTF-8, for instance with: iconv -f WINDOWS-1252 -t UTF-8 {name}"
        ) from error
    if "\x00" in text:
        raise DocumentError(f"{name}: this is not a text file (it holds NUL bytes).")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")


@dataclass(slots=True)
class _Line:
    text: str
    gap: int  # blank lines before it
    padded: bool  # ends in two spaces, as the end of a paragraph does in text copied from a PDF
    page: int
    first_on_page: bool = False


def read_text(data: bytes, name: str, marks: tuple[str, ...] = (), headings: tuple[str, ...] = ()) -> Parsed:
    """Read a text file.

    ``headings`` are the headings verbatim, for a text whose layout does not show them; ``marks`` are other lines that
    stand alone. Both may run over several lines of the file. A heading that is not found is an error.
    """
    lines, urls = _lines(decode(data, name))
    if not lines:
        raise DocumentError(f"{name}: the file is empty. Put the text in it, or take the source out of sources.toml.")
    heading_places = _find_named(lines, headings, name, "heading")
    named = heading_places | _find_named(lines, marks, name, "headings_after")
    groups = _paragraphs(lines, named)
    builder = ParsedBuilder()
    closing = _closing(lines, groups, named)
    page_starts: dict[int, int] = {}
    for number, (first, last) in enumerate(groups):
        text = " ".join(_undo_hyphen(lines[first:last]))
        is_signature = closing is not None and number > closing
        if first in heading_places:
            block = builder.add("heading", text, level=2)
        elif is_signature:
            block = builder.add("paragraph", "\n".join(line.text for line in lines[first:last]), keep_lines=True)
        elif not headings and _looks_like_heading(lines, first, last, closing is not None):
            block = builder.add("heading", text, level=2)
        elif _LIST_MARK.match(text):
            block = builder.add("list_item", text)
        else:
            block = builder.add("paragraph", text)
        if block is None:
            continue
        for place in range(first, last):
            page_starts.setdefault(lines[place].page, _offset_of(builder.text, lines[place].text, block.start))
    for page in anchor_links(builder.text, _pages(urls, page_starts, len(builder.text))):
        builder.link(page.text, page.url, page.start, page.end)
    return builder.build()


def closing_start(parsed: Parsed) -> int | None:
    """Return the number of the block with which a letter closes, after which no section's heading applies, or None.

    A letter closes with a valediction ("Met vriendelijke groet,"), and with the paragraph before it where that speaks
    to the reader ("Wij hopen dat u …") and is not the only one of its section.
    """
    texts = [parsed.text[block.start : block.end] for block in parsed.blocks]
    place = next((n for n in range(len(texts) - 1, -1, -1) if _VALEDICTION.match(texts[n])), None)
    if place is None:
        return None
    before = place - 1
    if (
        before > 1
        and parsed.blocks[before].kind == "paragraph"
        and parsed.blocks[before - 1].kind != "heading"
        and _ADDRESSES_READER.search(texts[before])
    ):
        return before
    return place


def _lines(text: str) -> tuple[list[_Line], dict[int, list[str]]]:
    lines: list[_Line] = []
    urls: dict[int, list[str]] = {}
    gap = page = 0
    after_urls = False
    for raw in text.split("\n"):
        stripped = re.sub(r"\s+", " ", raw).strip()
        if not stripped:
            gap += 1
            continue
        if _URL_LINE.match(stripped):
            urls.setdefault(page, []).append(stripped)
            after_urls = True
            continue
        if after_urls:
            page += 1
        lines.append(_Line(stripped, gap, raw.endswith("  "), page, first_on_page=after_urls))
        after_urls = False
        gap = 0
    return lines, urls


def _find_named(lines: list[_Line], wanted: tuple[str, ...], name: str, key: str) -> dict[int, int]:
    """Return {first line: line after the last} of each wanted text; raise where one is not there."""
    found: dict[int, int] = {}
    after = 0
    for text in wanted:
        flat = " ".join(text.split())
        place = _find_run(lines, flat, after) or _find_run(lines, flat, 0)
        if place is None:
            raise DocumentError(
                f"{name}: {key} {text!r} in sources.toml does not stand in the file as a line of its own. "
                "Copy it from the file word for word, or take it out."
            )
        found[place[0]] = place[1]
        after = place[1]
    return found


def _find_run(lines: list[_Line], wanted: str, after: int) -> tuple[int, int] | None:
    for first in range(after, len(lines)):
        joined = lines[first].text
        last = first + 1
        while len(joined) < len(wanted) and last < len(lines) and wanted.startswith(joined):
            joined += " " + lines[last].text
            last += 1
        if joined == wanted:
            return first, last
    return None


def _paragraphs(lines: list[_Line], named: dict[int, int]) -> list[tuple[int, int]]:
    """Group the lines into paragraphs, by the spacing that this file uses inside its paragraphs."""
    width = sorted(len(line.text) for line in lines)[int(len(lines) * 0.9)]
    inner = Counter(
        after.gap
        for before, after in pairwise(lines)
        if len(before.text) > 0.8 * width and after.text[:1].islower() and not after.first_on_page
    )
    unit = inner.most_common(1)[0][0] if inner else 0
    uses_padding = any(line.padded for line in lines) and unit > 0
    breaks = set(named) | set(named.values()) | {0}
    inside = {place for first, last in named.items() for place in range(first + 1, last)}
    for place in range(1, len(lines)):
        before, line = lines[place - 1], lines[place]
        finished = before.text.rstrip(_CLOSERS)[-1:] in tuple(_TERMINATORS)
        if line.first_on_page:
            broken = finished
        elif uses_padding:
            broken = line.gap > unit or (before.padded and finished)
        else:
            broken = line.gap > unit
        if not broken and _LIST_MARK.match(line.text) and not line.text[0].isdigit():
            broken = True
        if broken and place not in inside:
            breaks.add(place)
    starts = sorted(place for place in breaks if place < len(lines))
    return list(zip(starts, [*starts[1:], len(lines)], strict=True))


def _closing(lines: list[_Line], groups: list[tuple[int, int]], named: dict[int, int]) -> int | None:
    for number in range(len(groups) - 1, -1, -1):
        first, last = groups[number]
        if last - first == 1 and first not in named and _VALEDICTION.match(lines[first].text):
            return number
    return None


def _looks_like_heading(lines: list[_Line], first: int, last: int, is_letter: bool) -> bool:
    text = lines[first].text
    return (
        not is_letter
        and last - first == 1
        and last < len(lines)
        and len(text) <= 80
        and text[:1].isupper()
        and text[-1] not in _TERMINATORS + ",;"
        and not _LIST_MARK.match(text)
    )


def _undo_hyphen(lines: list[_Line]) -> list[str]:
    """Return the lines' texts, with a word that was hyphenated at a line's end put together again.

    "vluchte-" + "lingen" becomes "vluchtelingen"; "asiel-" + "en opvangbeleid" and "EU-" + "Pact" stay.
    """
    texts: list[str] = []
    for line in lines:
        if texts and _is_hyphenated(texts[-1], line.text):
            head, _, rest = line.text.partition(" ")
            texts[-1] = texts[-1][:-1] + head
            if rest:
                texts.append(rest)
        else:
            texts.append(line.text)
    return texts


def _is_hyphenated(before: str, after: str) -> bool:
    return (
        len(before) > 2
        and before.endswith("-")
        and before[-2].islower()
        and after[:1].islower()
        and after.split(" ", 1)[0] not in ("en", "of", "and", "or", "als", "tot", "dan")
    )


def _offset_of(text: str, line: str, start: int) -> int:
    place = text.find(line, start)
    return place if place >= 0 else start


def _pages(urls: dict[int, list[str]], starts: dict[int, int], length: int) -> list[PageLinks]:
    """Pair the addresses gathered at the end of each page with that page's stretch of the text."""
    return [
        PageLinks(tuple(addresses), starts.get(page, 0), starts.get(page + 1, length))
        for page, addresses in sorted(urls.items())
    ]
