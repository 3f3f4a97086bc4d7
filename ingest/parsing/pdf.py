"""PDF documents: words with their places become lines, columns, paragraphs, headings, footnotes and tables.

Headers, footers and page numbers that come back page after page are left out, hyphens at line ends undone, and links
keep the words that they stand on.
"""

import io
import logging
import re
import time
from collections.abc import Callable, Sequence

from app.errors import DocumentError
from ingest.parsing.blocks import Parsed, ParsedBuilder
from ingest.parsing.legible import is_gibberish
from ingest.parsing.letterhead import stated_date, stated_reference
from ingest.parsing.pages import Page, pages_of
from ingest.parsing.paragraphs import add_pages
from ingest.parsing.repeated import drop_repeated

_log = logging.getLogger(__name__)
_MOST_PAGES = 1_000
_LARGEST = 200_000_000
_LONGEST_S = 600.0
_FEWEST_LETTERS = 20
_PLEASE_WAIT = re.compile(r"please wait\.\.\.\s+if this message is not eventually replaced", re.IGNORECASE)


def read_pdf(data: bytes, name: str, tick: Callable[[], None] = lambda: None) -> Parsed:
    """Read a PDF; ``tick`` is called as each page is done.

    Raises DocumentError where it is damaged, encrypted, without text, or its text is gibberish.
    """
    if len(data) > _LARGEST:
        raise DocumentError(f"{name}: the PDF is larger than {_LARGEST // 1_000_000} MB. Split the file.")
    if b"%PDF" not in data[:1024]:
        raise DocumentError(f"{name}: this is no PDF file. Give it the ending of what it is.")
    _check(data, name)
    pages = _pages(data, name, tick)
    remarks = _recognise(data, name, pages, tick)
    text = "".join(page.text for page in pages)
    if _PLEASE_WAIT.search(text[:2_000]):
        raise DocumentError(f"{name}: the PDF is a form that only Adobe's program shows. Print it to a new PDF there.")
    drop_repeated(pages)
    builder = ParsedBuilder()
    add_pages(builder, pages)
    if not any(sign.isalnum() for sign in builder.text):
        raise DocumentError(f"{name}: no text was found in its pictures.")
    return builder.build(
        title=_title(data), date=stated_date(builder.text), reference=stated_reference(builder.text), remarks=remarks
    )


def _check(data: bytes, name: str) -> None:
    """Open the file with PDFium first, which says plainly what is wrong."""
    import pypdfium2

    try:
        with_pages = pypdfium2.PdfDocument(data)
        count = len(with_pages)
        with_pages.close()
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise DocumentError(f"{name}: the PDF is locked with a password. Save it without one.") from error
        raise DocumentError(f"{name}: the PDF is damaged and cannot be opened ({error}).") from error
    if not count:
        raise DocumentError(f"{name}: the PDF has no pages.")
    if count > _MOST_PAGES:
        raise DocumentError(f"{name}: {count} pages; at most {_MOST_PAGES} are read. Split the file.")


def _pages(data: bytes, name: str, tick: Callable[[], None]) -> list[Page]:
    import pdfplumber

    try:
        document = pdfplumber.open(io.BytesIO(data))
        found: list[Page] = []
        until = time.monotonic() + _LONGEST_S
        for page in pages_of(document, name, lambda number: _plain_text(data, number)):
            if time.monotonic() > until:
                raise DocumentError(f"{name}: reading took more than {_LONGEST_S:.0f} s, at page {page.number}.")
            found.append(page)
            tick()
        return found
    except DocumentError:
        raise
    except Exception as error:
        raise DocumentError(f"{name}: the PDF cannot be read ({type(error).__name__}: {str(error)[:120]}).") from error


def _plain_text(data: bytes, number: int) -> str:
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    try:
        return str(document[number - 1].get_textpage().get_text_bounded())
    finally:
        document.close()


def _recognise(data: bytes, name: str, pages: list[Page], tick: Callable[[], None]) -> tuple[str, ...]:
    """Put what Tesseract reads in the place of the pages that are pictures, or whose letters make no words.

    Returns what is to be said of pages that could not be read. Raises DocumentError where those are the greater part.
    """
    letters = sum(page.letters for page in pages)
    if letters < _FEWEST_LETTERS * len(pages) ** 0.5:
        pictures, broken = [page.number for page in pages], []
    else:
        pictures = [page.number for page in pages if page.is_picture and page.letters < _FEWEST_LETTERS]
        whole = is_gibberish(" ".join(page.text for page in pages))
        broken = [page.number for page in pages if is_gibberish(page.text) or (whole and page.letters)]
    read = _read_pictures(data, name, [*pictures, *broken], len(pages), tick)
    for number, page in read.items():
        pages[number - 1] = page
    left = [number for number in broken if number not in read or is_gibberish(pages[number - 1].text)]
    lost = sum(pages[number - 1].letters for number in left)
    for number in left:
        pages[number - 1].lines, pages[number - 1].tables = [], []
    if lost and lost > 0.3 * max(1, sum(page.letters for page in pages) + lost):
        raise DocumentError(
            f"{name}: its letters cannot be told (the PDF's character map is broken). "
            "Save it anew from the original, or put the text beside it as .txt or .md."
        )
    remarks = []
    if missing := [number for number in pictures if number not in read]:
        remarks.append(
            f"{_listed(missing)}: a picture without text, left out; to read it, install Tesseract (apt install tesseract-ocr tesseract-ocr-nld)"
        )
    if left:
        remarks.append(f"{_listed(left)}: the letters cannot be told (broken character map), left out")
    for remark in remarks:
        _log.warning("%s: %s", name, remark)
    return tuple(remarks)


def _read_pictures(
    data: bytes, name: str, numbers: Sequence[int], count: int, tick: Callable[[], None]
) -> dict[int, Page]:
    """Return the pages read as pictures; none without Tesseract, unless there is nothing else in the file.

    One picture may be a cover's photograph, for which the other pages should not be lost.
    """
    from ingest.parsing.ocr import is_available, recognise

    if not numbers or (not is_available() and len(numbers) < count):
        return {}
    return recognise(data, name, sorted(numbers), tick)


def _listed(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:12]))
    return f"page {shown}{' and further' if len(numbers) > 12 else ''}"


def _title(data: bytes) -> str | None:
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    try:
        title = document.get_metadata_dict().get("Title", "").strip()
    finally:
        document.close()
    title = re.sub(r"^Microsoft Word - ", "", title)
    return title if len(title) > 5 and not title.lower().endswith((".doc", ".docx", ".indd", ".pdf")) else None
