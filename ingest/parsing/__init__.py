"""From the bytes of a file to clean text with blocks and links; one reader for each kind of file."""

from collections.abc import Callable

from app.errors import DocumentError
from ingest.parsing.blocks import Parsed

__all__ = ["Parsed", "parse"]


def parse(
    data: bytes,
    name: str,
    *,
    headings: tuple[str, ...] = (),
    marks: tuple[str, ...] = (),
    tick: Callable[[], None] = lambda: None,
) -> Parsed:
    """Read a file by the ending of its name.

    ``headings`` and ``marks`` are lines named in sources.toml, for a text that lost its layout; ``tick`` is
    called as each page of a PDF is done.
    Raises DocumentError that names the file, what is wrong and what to do.
    """
    if not data.strip():
        raise DocumentError(f"{name}: the file is empty. Put the text in it, or take the source out of sources.toml.")
    kind = name.rsplit(".", 1)[-1].lower()
    if headings and kind != "txt":
        raise DocumentError(
            f"{name}: 'headings' in sources.toml is for .txt files; a .{kind} file shows its own headings."
        )
    parsed = _read(kind, data, name, headings, marks, tick)
    if not any(sign.isalnum() for sign in parsed.text):
        raise DocumentError(f"{name}: there is no text in it.")
    return parsed


def _read(
    kind: str, data: bytes, name: str, headings: tuple[str, ...], marks: tuple[str, ...], tick: Callable[[], None]
) -> Parsed:
    if kind == "txt":
        from ingest.parsing.text import read_text

        return read_text(data, name, marks, headings)
    if kind == "md":
        from ingest.parsing.markdown import read_markdown

        return read_markdown(data, name)
    if kind in ("html", "htm"):
        from ingest.parsing.html import read_html

        return read_html(data, name)
    if kind == "pdf":
        from ingest.parsing.pdf import read_pdf

        return read_pdf(data, name, tick)
    if kind == "docx":
        from ingest.parsing.docx import read_docx

        return read_docx(data, name)
    raise DocumentError(f"{name}: files ending in .{kind} cannot be read.")
