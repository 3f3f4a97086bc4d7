"""Scans and infographics, read by Tesseract. Optional: named when it is missing, never silently skipped."""

import shutil
import subprocess
from typing import Any

from app.errors import DocumentError

_LANGUAGES = "nld+eng"
_RESOLUTION = 300
_PAGE_TIMEOUT_S = 120
_MOST_PAGES = 200
_LARGEST_PIXELS = 60_000_000


def recognise(pages: Any, name: str) -> list[str]:
    """Return the text of each page of an opened PDF (pypdfium2). Raises DocumentError.

    Lines of a paragraph are joined; paragraphs stand apart by an empty line.
    """
    program = shutil.which("tesseract")
    if program is None:
        raise DocumentError(
            f"{name}: the pages are pictures without text. To read them, install Tesseract with Dutch "
            "(Debian: apt install tesseract-ocr tesseract-ocr-nld), or put the text beside it as .txt or .md."
        )
    if len(pages) > _MOST_PAGES:
        raise DocumentError(f"{name}: {len(pages)} scanned pages; at most {_MOST_PAGES} are read. Split the file.")
    return [_page_text(program, page, f"{name}, page {number}") for number, page in enumerate(pages, 1)]


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
    import io

    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    return buffer.getvalue()
