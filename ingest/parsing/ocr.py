"""Scans and infographics, read by Tesseract. Optional: named when it is missing, never silently skipped."""

import io
import re
import shutil
import subprocess
from collections.abc import Sequence
from typing import Any

from app.errors import DocumentError

_EMPTY_LINES = re.compile(r"\n\s*\n")
_HYPHEN = re.compile(r"(?<=\w)[-\u00ad]\n(?=[a-zà-ÿ])")
_LANGUAGES = "nld+eng"
_RESOLUTION = 300
_PAGE_TIMEOUT_S = 120
_MOST_PAGES = 200
_LARGEST_PIXELS = 60_000_000


def is_available() -> bool:
    """Whether the program is on this machine."""
    return shutil.which("tesseract") is not None


def recognise(data: bytes, name: str, numbers: Sequence[int] | None = None) -> dict[int, list[str]]:
    """Return the paragraphs of each page of a PDF, or of the pages named, counted from 1. Raises DocumentError.

    Lines of a paragraph are joined, hyphens at their ends undone.
    """
    import pypdfium2

    program = shutil.which("tesseract")
    if program is None:
        raise DocumentError(
            f"{name}: the pages are pictures without text. To read them, install Tesseract with Dutch "
            "(Debian: apt install tesseract-ocr tesseract-ocr-nld), or put the text beside it as .txt or .md."
        )
    pages = pypdfium2.PdfDocument(data)
    try:
        numbers = range(1, len(pages) + 1) if numbers is None else numbers
        if len(numbers) > _MOST_PAGES:
            raise DocumentError(
                f"{name}: {len(numbers)} scanned pages; at most {_MOST_PAGES} are read. Split the file."
            )
        return {
            number: _paragraphs(_page_text(program, pages[number - 1], f"{name}, page {number}")) for number in numbers
        }
    except (pypdfium2.PdfiumError, OSError, ValueError) as error:
        raise DocumentError(f"{name}: the pages cannot be drawn for reading ({error}).") from error
    finally:
        pages.close()


def _paragraphs(text: str) -> list[str]:
    joined = (_HYPHEN.sub("", paragraph.strip()) for paragraph in _EMPTY_LINES.split(text))
    return [" ".join(paragraph.split()) for paragraph in joined if any(sign.isalnum() for sign in paragraph)]


def _page_text(program: str, page: Any, name: str) -> str:
    width, height = page.get_size()
    scale = min(_RESOLUTION / 72, (_LARGEST_PIXELS / max(1.0, width * height)) ** 0.5)
    picture = _png(page.render(scale=scale, grayscale=True).to_pil())
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program; the page goes in on standard input
            [program, "stdin", "stdout", "-l", _LANGUAGES, "--psm", "3"],
            input=picture, capture_output=True, timeout=_PAGE_TIMEOUT_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise DocumentError(f"{name}: recognising the text took more than {_PAGE_TIMEOUT_S} s.") from error
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        reason = said[-1] if said else f"exit status {done.returncode}"
        raise DocumentError(
            f"{name}: Tesseract failed ({reason}). Is Dutch there? Debian: apt install tesseract-ocr-nld"
        )
    return done.stdout.decode(errors="replace")


def _png(image: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    return buffer.getvalue()
