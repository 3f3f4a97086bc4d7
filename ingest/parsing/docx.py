"""Word documents (.docx): headings by style, lists, tables, footnotes and links, in reading order."""

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from typing import Any

from app.errors import DocumentError
from ingest.parsing.blocks import Parsed, ParsedBuilder
from ingest.parsing.letterhead import stated_date, stated_reference
from ingest.parsing.trees import Run, sentences_of

_LARGEST_UNPACKED = 300_000_000
_MOST_FILES = 5_000
_HIGHEST_RATIO = 200
_HEADING = re.compile(r"^(?:heading|kop|title|titel)\s*(\d)?", re.IGNORECASE)
# Deleted text, and the second copy of a text box that is there for older programs.
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HIDDEN = frozenset(
    {f"{_W}del", f"{_W}moveFrom", "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"}
)


def read_docx(data: bytes, name: str) -> Parsed:
    """Read a Word document. Raises DocumentError."""
    _check_package(data, name)
    import docx

    try:
        document = docx.Document(io.BytesIO(data))
        builder = ParsedBuilder()
        _add_content(builder, document.iter_inner_content(), _body_size(document))
        for note in _footnotes(document):
            builder.add("footnote", note)
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


def _add_content(builder: ParsedBuilder, content: Iterator[Any], body: float | None) -> None:
    from docx.table import Table

    for item in content:
        if isinstance(item, Table):
            _add_table(builder, item, body)
        else:
            _add_paragraph(builder, item, body)


def _add_table(builder: ParsedBuilder, table: Any, body: float | None) -> None:
    rows = []
    for row in table.rows:
        cells, seen = [], set()
        for cell in row.cells:
            if id(cell._tc) in seen:
                continue  # A merged cell stands there once for each column it spans.
            seen.add(id(cell._tc))
            cells.append(" ".join(cell.text.split()))
        rows.append(cells)
    if rows and max(len(row) for row in rows) == 1:
        # A table of one column is a frame around ordinary text.
        for row in table.rows:
            _add_content(builder, row.cells[0].iter_inner_content(), body)
        return
    for sentence in sentences_of(rows, has_header=False):
        builder.add("table_row", sentence)


def _add_paragraph(builder: ParsedBuilder, paragraph: Any, body: float | None) -> None:
    run = Run()
    relations = paragraph.part.rels
    linked: tuple[Any, int, str] | None = None
    for node in paragraph._p.iter():
        text = _text_of(node)
        if text is None or any(parent.tag in _HIDDEN for parent in node.iterancestors()):
            continue
        hyperlink = next(node.iterancestors(f"{_W}hyperlink"), None)
        if linked is not None and linked[0] is not hyperlink:
            run.link(linked[1], linked[2])
            linked = None
        if hyperlink is not None and linked is None:
            relation = relations.get(hyperlink.get(f"{_R}id") or "")
            linked = (hyperlink, len(run), relation.target_ref) if relation is not None else None
        run.add(text)
    if linked is not None:
        run.link(linked[1], linked[2])
    style = paragraph.style.name if paragraph.style is not None and paragraph.style.name else ""
    if heading := _HEADING.match(style):
        run.flush(builder, "heading", int(heading.group(1) or 1))
    elif paragraph._p.find(f".//{_W}numPr") is not None or style.lower().startswith(("list", "lijst")):
        run.flush(builder, "list_item")
    elif (level := _level_by_look(paragraph, len(run), body)) is not None:
        run.flush(builder, "heading", level)
    else:
        run.flush(builder, "paragraph")


def _text_of(node: Any) -> str | None:
    if node.tag == f"{_W}t":
        return str(node.text or "")
    if node.tag in (f"{_W}tab", f"{_W}br", f"{_W}cr") and node.getparent().tag == f"{_W}r":
        return " "
    return "-" if node.tag == f"{_W}noBreakHyphen" else None


def _size(run: Any) -> float | None:
    value = run.find(f"{_W}rPr/{_W}sz")
    return float(value.get(f"{_W}val")) / 2 if value is not None else None


def _body_size(document: Any) -> float | None:
    """Return the size of type, in points, that most letters have, where the runs name their size at all."""
    sizes: Counter[float] = Counter()
    for run in document.element.body.iter(f"{_W}r"):
        size = _size(run)
        if size is not None:
            sizes[size] += sum(len(node.text or "") for node in run.iter(f"{_W}t"))
    return sizes.most_common(1)[0][0] if sizes else None


def _level_by_look(paragraph: Any, length: int, body: float | None) -> int | None:
    """Return the level of a paragraph that is a heading by its look alone: short, and larger than the rest."""
    if not 2 < length <= 120 or body is None:
        return None
    sizes = [
        _size(run) for run in paragraph._p.iter(f"{_W}r") if any((t.text or "").strip() for t in run.iter(f"{_W}t"))
    ]
    if not sizes or any(size is None or size < 1.15 * body for size in sizes):
        return None
    return 1 if min(size for size in sizes if size is not None) >= 1.5 * body else 2


def _footnotes(document: Any) -> Iterator[str]:
    """Yield the texts of the footnotes, which stand apart from the running text."""
    from lxml import etree

    for relation in document.part.rels.values():
        if relation.reltype.endswith("/footnotes"):
            root = etree.fromstring(relation.target_part.blob, etree.XMLParser(resolve_entities=False, no_network=True))
            for note in root.iter(f"{_W}footnote"):
                if note.get(f"{_W}type") is None:
                    text = " ".join("".join(node.text or "" for node in note.iter(f"{_W}t")).split())
                    if text:
                        yield text


def _headers(document: Any) -> str:
    """Return the lines of the page headers, where letters of the government keep their date and reference."""
    lines: dict[str, None] = {}
    for relation in document.part.rels.values():
        if relation.reltype.endswith("/header"):
            for paragraph in relation.target_part.element.iter(f"{_W}p"):
                if paragraph.find(f".//{_W}p") is None:
                    lines["".join(node.text or "" for node in paragraph.iter(f"{_W}t"))] = None
    return "\n".join(lines)[:4_000]
