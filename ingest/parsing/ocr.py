"""Scans and infographics, read by Tesseract. Optional: named when it is missing, never silently skipped."""

import io
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from statistics import median
from typing import Any

from app.errors import DocumentError
from ingest.parsing.layout import Line, Word
from ingest.parsing.pages import Page

INSTALL = "Debian: apt install tesseract-ocr tesseract-ocr-nld"
# Sizes that are given to what was read: letters on a scan are measured too roughly to tell 10 points from 11.
TEXT_SIZE, HEADING_SIZE = 10.0, 16.0
_LANGUAGES = "nld+eng"
_RESOLUTION = 300
_PAGE_TIMEOUT_S = 120
_LONGEST_S = 1_200.0
_SIGN_OF_LIFE_S = 5.0
_MOST_PAGES = 200
_LARGEST_PIXELS = 60_000_000
_AT_ONCE = 2
_LEAST_SURE, _LEAST_SURE_SIGN, _LEAST_SURE_LINE = 15.0, 70.0, 35.0
_ALNUM = re.compile(r"[^\W_]")


def is_available() -> bool:
    """Whether the program is on this machine."""
    return shutil.which("tesseract") is not None


def recognise(
    data: bytes, name: str, numbers: Sequence[int] | None = None, tick: Callable[[], None] = lambda: None
) -> dict[int, Page]:
    """Return the pages of a PDF, or those named (counted from 1), as read from their pictures. Raises DocumentError.

    A line's ``column`` counts the paragraphs of its page. ``tick`` is called as each page is done.
    """
    import pypdfium2

    program = shutil.which("tesseract")
    if program is None:
        raise DocumentError(
            f"{name}: the pages are pictures without text. To read them, install Tesseract with Dutch "
            f"({INSTALL}), or put the text beside it as .txt or .md."
        )
    document = pypdfium2.PdfDocument(data)
    try:
        wanted = list(range(1, len(document) + 1)) if numbers is None else list(numbers)
        if len(wanted) > _MOST_PAGES:
            raise DocumentError(f"{name}: {len(wanted)} scanned pages; at most {_MOST_PAGES} are read. Split the file.")
        return {page.number: page for page in _pages(program, document, name, wanted, tick)}
    except (pypdfium2.PdfiumError, OSError, ValueError) as error:
        raise DocumentError(f"{name}: the pages cannot be drawn for reading ({error}).") from error
    finally:
        document.close()


def _pages(program: str, document: Any, name: str, numbers: Sequence[int], tick: Callable[[], None]) -> Iterator[Page]:
    """Draw one page while the one before is read; PDFium itself serves one thread only."""
    until = time.monotonic() + _LONGEST_S
    command = _command(program)
    waiting: list[tuple[int, tuple[float, float], float, Future[str]]] = []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for number in [*numbers, *[None] * _AT_ONCE]:
            if number is not None:
                page = document[number - 1]
                size = page.get_size()
                scale = min(_RESOLUTION / 72, (_LARGEST_PIXELS / max(1.0, size[0] * size[1])) ** 0.5)
                picture = _png(page.render(scale=scale, grayscale=True).to_pil())
                page.close()
                place = f"{name}, page {number}"
                waiting.append((number, size, scale, pool.submit(_read, command, picture, scale, place)))
            if waiting and (len(waiting) >= _AT_ONCE or number is None):
                done, (width, height), scale, answer = waiting.pop(0)
                while not wait([answer], timeout=_SIGN_OF_LIFE_S).done:
                    tick()
                yield _page(answer.result(), done, width, height, scale)
                tick()
            if time.monotonic() > until:
                raise DocumentError(f"{name}: recognising the text took more than {_LONGEST_S:.0f} s. Split the file.")


def _command(program: str) -> list[str]:
    """Return the call; a page that was scanned sideways is turned where the data for that is installed."""
    listed = subprocess.run([program, "--list-langs"], capture_output=True, text=True, timeout=30, check=False)  # noqa: S603
    turns = "osd" in listed.stdout.split()
    return [program, "stdin", "stdout", "-l", _LANGUAGES, "--psm", "1" if turns else "3"]


def _read(command: list[str], picture: bytes, scale: float, name: str) -> str:
    """Return Tesseract's table of a picture: a row for each block, paragraph, line and word, with its box."""
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program; the page goes in on standard input
            [*command, "--dpi", str(round(scale * 72)), "tsv"], input=picture, capture_output=True,
            timeout=_PAGE_TIMEOUT_S, check=False, env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise DocumentError(f"{name}: recognising the text took more than {_PAGE_TIMEOUT_S} s.") from error
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        reason = said[-1] if said else f"exit status {done.returncode}"
        raise DocumentError(f"{name}: Tesseract failed ({reason}). Is Dutch there? {INSTALL}")
    return done.stdout.decode(errors="replace")


def _page(table: str, number: int, width: float, height: float, scale: float) -> Page:
    lines: dict[tuple[int, int, int], list[tuple[float, Word]]] = {}
    for row in table.splitlines()[1:]:
        cells = row.split("\t")
        if len(cells) < 12:
            continue
        if cells[0] == "1":
            # A page that was turned is as wide as it was high.
            width, height = float(cells[8]) / scale, float(cells[9]) / scale
        text, sure = cells[11].strip(), float(cells[10])
        if cells[0] != "5" or not text or _is_speck(text, sure):
            continue
        left, top, wide, high = (float(cell) / scale for cell in cells[6:10])
        place = (int(cells[2]), int(cells[3]), int(cells[4]))
        word = Word(text, left, left + wide, top, top + high, TEXT_SIZE, bold=False)
        lines.setdefault(place, []).append((sure, word))
    kept = {
        place: [word for _, word in words]
        for place, words in lines.items()
        if sum(sure for sure, _ in words) >= _LEAST_SURE_LINE * len(words)
        and any(_ALNUM.search(word.text) for _, word in words)
    }
    paragraphs = {place: number for number, place in enumerate(dict.fromkeys(place[:2] for place in kept))}
    found = []
    for place, words in kept.items():
        words[-1].ends_line = True
        found.append(Line(words, number, paragraphs[place[:2]]))
    _size(found)
    return Page(number, width, height, found, is_recognised=True)


def _is_speck(text: str, sure: float) -> bool:
    """Whether a mark on the paper was taken for a sign."""
    return (sure < _LEAST_SURE and len(text) < 3) or (sure < _LEAST_SURE_SIGN and not _ALNUM.search(text))


def _size(lines: Sequence[Line]) -> None:
    """Give the lines that are clearly larger than the others the size of a heading."""
    heights = [median(word.bottom - word.top for word in line.words) for line in lines]
    usual = median(heights) if heights else 0.0
    for line, height in zip(lines, heights, strict=True):
        if height > 1.5 * usual and len(line.text) <= 120:
            for word in line.words:
                word.size = HEADING_SIZE


def _png(image: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()
