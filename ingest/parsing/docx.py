"""Word documents (.docx): headings by style, lists, tables, footnotes and links, in reading order."""

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from app.errors import DocumentError
from ingest.parsing.blocks import Parsed, ParsedBuilder
from ingest.parsing.letterhead import stated_date, stated_reference
from ingest.parsing.trees import Run
from ingest.parsing.word import W, WordBody, fill, targets_of

_LARGEST_UNPACKED = 300_000_000
_MOST_FILES = 5_000
_HIGHEST_RATIO = 200


def read_docx(data: bytes, name: str) -> Parsed:
    """Read a Word document. Raises DocumentError."""
    _check_package(data, name)
    import docx

    try:
        document = docx.Document(io.BytesIO(data))
        builder = ParsedBuilder()
        WordBody(document).add(builder, document.element.body)
        for note in _notes(document):
            note.flush(builder, "footnote")
        title = document.core_properties.title or None
        letterhead = f"{_headers(document)}\n{builder.text[:4_000]}"
    except Exception as error:  # python-docx lets through whatever a malformed part makes of it.
        raise DocumentError(f"{name}: cannot be read as a Word document ({type(error).__name__}: {error}).") from error
    return builder.build(title=title, date=stated_date(letterhead), reference=stated_reference(letterhead))


def _check_package(data: bytes, name: str) -> None:
    if not data.startswith(b"PK"):
        kind = "an old .doc file" if data.startswith(b"\xd0\xcf\x11\xe0") else "no .docx file"
        raise DocumentError(f"{name}: this is {kind}. Open it in Word and save it as .docx.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            parts = package.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise DocumentError(f"{name}: the .docx file is damaged ({error}).") from error
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > _MOST_FILES or unpacked > _LARGEST_UNPACKED or unpacked > _HIGHEST_RATIO * max(len(data), 10_000):
        raise DocumentError(f"{name}: unpacks to {unpacked // 1_000_000} MB in {len(parts)} files; it is not read.")
    if "word/document.xml" not in {part.filename for part in parts}:
        raise DocumentError(f"{name}: this is no Word document.")


def _notes(document: Any) -> Iterator[Run]:
    """Yield the footnotes and the endnotes, which stand apart from the running text."""
    from lxml import etree

    for kind in ("footnote", "endnote"):
        for relation in document.part.rels.values():
            if relation.is_external or not relation.reltype.endswith(f"/{kind}s"):
                continue
            part = relation.target_part
            root = etree.fromstring(part.blob, etree.XMLParser(resolve_entities=False, no_network=True))
            targets = targets_of(part)
            for note in root.iter(f"{W}{kind}"):
                if note.get(f"{W}type") is None:
                    run = Run()
                    for paragraph in note.iter(f"{W}p"):
                        run.add(" ")
                        fill(run, paragraph, targets)
                    yield run


def _headers(document: Any) -> str:
    """Return the lines of the page headers, where letters of the government keep their date and reference."""
    lines: dict[str, None] = {}
    for relation in document.part.rels.values():
        if relation.reltype.endswith("/header"):
            for paragraph in relation.target_part.element.iter(f"{W}p"):
                if paragraph.find(f".//{W}p") is None:
                    lines["".join(node.text or "" for node in paragraph.iter(f"{W}t"))] = None
    return "\n".join(lines)[:4_000]
