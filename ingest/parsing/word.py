"""The body of a Word document as blocks: what stands there when its changes are accepted and nothing is hidden."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ingest.parsing.blocks import ParsedBuilder, is_web_link
from ingest.parsing.numbering import Numbering
from ingest.parsing.trees import Run, sentences_of

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
# Deleted text, and the second copy of a text box that is there for older programs.
_GONE = frozenset({f"{W}del", f"{W}moveFrom", "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"})
_AROUND = frozenset({f"{W}sdt", f"{W}sdtContent", f"{W}ins", f"{W}moveTo", f"{W}customXml", f"{W}smartTag"})
_HEADING = re.compile(r"^(?:heading|kop|title|titel|koptekst niveau)\s*(\d)?(?!\w)", re.IGNORECASE)
_LISTED = re.compile(r"^(?:list|lijst|opsomming)", re.IGNORECASE)
_CONTENTS = re.compile(r"^(?:toc|inhopg|inhoud)\s*\d", re.IGNORECASE)
_PAGE_AT_END = re.compile(r"(?<!\s)\s++\d{1,4}$")
_ENDS = re.compile(r"[.;,:]$")
_OFF = frozenset({"0", "false", "off"})
_LONGEST_HEADING = 120
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class _Style:
    name: str = ""
    level: int | None = None
    list_id: str | None = None
    list_level: int = 0
    bold: bool = False


class WordBody:
    """Walks the parts of one document. ``targets`` gives the address of each link of a part, by its relation id."""

    def __init__(self, document: Any) -> None:
        self._styles = _styles(document)
        self._numbering = Numbering(_numbering_root(document))
        self._targets = targets_of(document.part)
        self._size, self._bold_share = _usual_look(document.element.body)

    def add(self, builder: ParsedBuilder, container: Any, depth: int = 0) -> None:
        """Add what an element holds, in order: paragraphs, tables, content controls, and the text boxes on them."""
        if depth > _DEEPEST:
            return
        for element in list(container):
            if element.tag in _GONE:
                continue
            if element.tag == f"{W}p":
                self._add_paragraph(builder, element, depth)
            elif element.tag == f"{W}tbl":
                self._add_table(builder, element, depth)
            elif element.tag in _AROUND:
                self.add(builder, element, depth + 1)

    def _add_paragraph(self, builder: ParsedBuilder, paragraph: Any, depth: int) -> None:
        style = self._style_of(paragraph)
        label = self._label(paragraph, style)
        run = Run()
        if label:
            run.add(f"{label} ")
        fill(run, paragraph, self._targets)
        text_length = len(run)
        if _CONTENTS.match(style.name):
            # What stands in a table of contents is said again as a heading; its page number is the printer's.
            builder.add("list_item", _PAGE_AT_END.sub("", run.text))
        elif text_length == len(label) + (1 if label else 0):
            pass
        elif (level := self._level(paragraph, style, run.text)) is not None:
            run.flush(builder, "heading", level)
        elif label or _list_id(paragraph) is not None or style.list_id is not None or _LISTED.match(style.name):
            run.flush(builder, "list_item")
        else:
            run.flush(builder, "paragraph")
        for box in paragraph.iter(f"{W}txbxContent"):
            if not _is_gone(box) and next(box.iterancestors(f"{W}p"), None) is paragraph:
                self.add(builder, box, depth + 1)

    def _style_of(self, paragraph: Any) -> _Style:
        named = paragraph.find(f"{W}pPr/{W}pStyle")
        return self._styles.get(named.get(f"{W}val") if named is not None else "", _Style())

    def _label(self, paragraph: Any, style: _Style) -> str:
        found = paragraph.find(f"{W}pPr/{W}numPr")
        own, level = _list_id(paragraph), style.list_level
        if found is not None and (named := found.find(f"{W}ilvl")) is not None:
            value = named.get(f"{W}val") or "0"
            level = int(value) if value.isdecimal() else 0
        number_id = own if own is not None else style.list_id
        if number_id is None or number_id == "0" or not any((t.text or "").strip() for t in paragraph.iter(f"{W}t")):
            return ""
        return self._numbering.label(number_id, level)

    def _level(self, paragraph: Any, style: _Style, text: str) -> int | None:
        outline = paragraph.find(f"{W}pPr/{W}outlineLvl")
        if outline is not None and (value := outline.get(f"{W}val") or "").isdecimal() and int(value) < 9:
            return min(6, int(value) + 1)
        return style.level if style.level is not None else self._level_by_look(paragraph, style, text)

    def _level_by_look(self, paragraph: Any, style: _Style, text: str) -> int | None:
        """Return the level of a paragraph that is a heading by its look alone: short, and larger or bolder than the rest."""
        if not 2 < len(text) <= _LONGEST_HEADING:
            return None
        runs = [run for run in paragraph.iter(f"{W}r") if any((t.text or "").strip() for t in run.iter(f"{W}t"))]
        sizes = [_size(run) for run in runs]
        if self._size is not None and sizes and all(size is not None and size >= 1.15 * self._size for size in sizes):
            return 1 if min(size for size in sizes if size is not None) >= 1.5 * self._size else 2
        bold = runs and all(_is_bold(run, style) for run in runs)
        return 3 if bold and self._bold_share < 0.3 and not _ENDS.search(text.rstrip()) else None

    def _add_table(self, builder: ParsedBuilder, table: Any, depth: int) -> None:
        rows = [row for row in table.iter(f"{W}tr") if next(row.iterancestors(f"{W}tbl"), None) is table]
        rows = [row for row in rows if row.find(f"{W}trPr/{W}del") is None and not _is_gone(row)]
        cells = [[cell for cell in row.iter(f"{W}tc") if next(cell.iterancestors(f"{W}tr")) is row] for row in rows]
        if not cells:
            return
        if max(map(len, cells)) <= 1 or any(cell.find(f".//{W}tbl") is not None for row in cells for cell in row):
            # A table of one column, or around other tables, is a frame around ordinary text.
            for row in cells:
                for cell in row:
                    self.add(builder, cell, depth + 1)
            return
        marked = any(row.find(f"{W}trPr/{W}tblHeader") is not None for row in rows[:1])
        links: list[tuple[str, str]] = []
        for sentence in sentences_of(self._grid(cells, links), has_header=marked):
            anchors = ((sentence.find(text), text, url) for text, url in links)
            kept = tuple((start, start + len(text), url) for start, text, url in anchors if start >= 0)
            builder.add("table_row", sentence, links=kept)

    def _grid(self, rows: list[list[Any]], links: list[tuple[str, str]]) -> list[list[str]]:
        """Return the texts of a table; a cell that spans rows is said in each of them."""
        grid: list[list[str]] = []
        for row in rows:
            texts: list[str] = []
            for cell in row:
                run = Run()
                for paragraph in cell.iter(f"{W}p"):
                    run.add(" ")
                    fill(run, paragraph, self._targets)
                links += [(run.text[start:end], url) for start, end, url in run.links if is_web_link(url)]
                merged = cell.find(f"{W}tcPr/{W}vMerge")
                goes_on = merged is not None and merged.get(f"{W}val") != "restart"
                place = len(texts)
                above = grid[-1][place] if goes_on and grid and place < len(grid[-1]) else ""
                texts.append(above or run.text.strip())
                span = cell.find(f"{W}tcPr/{W}gridSpan")
                wide = span.get(f"{W}val") if span is not None else "1"
                texts += [""] * ((min(60, int(wide)) if wide and wide.isdecimal() else 1) - 1)
            grid.append(texts)
        return grid


def fill(run: Run, paragraph: Any, targets: Mapping[str, str]) -> None:
    """Put a paragraph's words and links into a run, without what is deleted or hidden, and without its text boxes."""
    linked: tuple[Any, int, str] | None = None
    for node in paragraph.iter():
        text = _text_of(node)
        if (
            text is None
            or next(node.iterancestors(f"{W}p"), None) is not paragraph
            or _is_gone(node)
            or _is_hidden(node)
        ):
            continue
        hyperlink = next(node.iterancestors(f"{W}hyperlink"), None)
        if linked is not None and linked[0] is not hyperlink:
            run.link(linked[1], linked[2])
            linked = None
        if hyperlink is not None and linked is None and (target := targets.get(hyperlink.get(f"{_R}id") or "")):
            linked = (hyperlink, len(run), target)
        run.add(text)
    if linked is not None:
        run.link(linked[1], linked[2])


def targets_of(part: Any) -> dict[str, str]:
    """Return the addresses that a part of the document links to, by the id of the relation."""
    return {ident: relation.target_ref for ident, relation in part.rels.items() if relation.is_external}


def _text_of(node: Any) -> str | None:
    if node.tag in (f"{W}t", _MATH):
        return str(node.text or "")
    if node.tag in (f"{W}tab", f"{W}br", f"{W}cr") and node.getparent().tag == f"{W}r":
        return " "
    return "-" if node.tag == f"{W}noBreakHyphen" else None


def _is_gone(node: Any) -> bool:
    return any(parent.tag in _GONE for parent in node.iterancestors())


def _is_hidden(node: Any) -> bool:
    run = next(node.iterancestors(f"{W}r"), None)
    vanish = run.find(f"{W}rPr/{W}vanish") if run is not None else None
    return vanish is not None and vanish.get(f"{W}val") not in _OFF


def _list_id(paragraph: Any) -> str | None:
    found = paragraph.find(f"{W}pPr/{W}numPr/{W}numId")
    return None if found is None else found.get(f"{W}val")


def _size(run: Any) -> float | None:
    found = run.find(f"{W}rPr/{W}sz")
    value = (found.get(f"{W}val") or "") if found is not None else ""
    return float(value) / 2 if re.fullmatch(r"\d{1,4}(?:\.\d+)?", value) else None


def _is_bold(run: Any, style: _Style) -> bool:
    found = run.find(f"{W}rPr/{W}b")
    if found is not None:
        return found.get(f"{W}val") not in _OFF
    named = run.find(f"{W}rPr/{W}rStyle")
    return style.bold or (named is not None and (named.get(f"{W}val") or "") in ("Strong", "Zwaar"))


def _usual_look(body: Any) -> tuple[float | None, float]:
    """Return the size of type, in points, of most letters where the runs name their size, and the share of bold letters."""
    sizes: Counter[float] = Counter()
    bold = whole = 0
    for run in body.iter(f"{W}r"):
        length = sum(len(node.text or "") for node in run.iter(f"{W}t"))
        whole += length
        bold += length if _is_bold(run, _Style()) else 0
        size = _size(run)
        if size is not None:
            sizes[size] += length
    return (sizes.most_common(1)[0][0] if sizes else None), bold / max(1, whole)


def _styles(document: Any) -> dict[str, _Style]:
    """Return the styles by id, each with what it inherits; the default style stands under the empty id."""
    found = {element.get(f"{W}styleId"): element for element in document.styles.element.iter(f"{W}style")}
    styles: dict[str, _Style] = {}
    for ident, element in found.items():
        if element.get(f"{W}type") not in (None, "paragraph"):
            continue
        styles[ident] = _style(list(_inherited(element, found)))
        if element.get(f"{W}default") == "1":
            styles[""] = styles[ident]
    return styles


def _inherited(element: Any, found: Mapping[str, Any]) -> Iterator[Any]:
    """Yield a style and those that it is based on, nearest first."""
    for _ in range(12):
        yield element
        based = element.find(f"{W}basedOn")
        element = found.get(based.get(f"{W}val")) if based is not None else None
        if element is None:
            return


def _style(chain: list[Any]) -> _Style:
    def first(path: str) -> str | None:
        return next((hit.get(f"{W}val") for part in chain if (hit := part.find(path)) is not None), None)

    named = chain[0].find(f"{W}name")
    name = (named.get(f"{W}val") or "") if named is not None else ""
    outline = first(f"{W}pPr/{W}outlineLvl")
    heading = _HEADING.match(name)
    level = int(heading.group(1) or 1) if heading else None
    if level is None and outline is not None and outline.isdecimal() and int(outline) < 9:
        level = min(6, int(outline) + 1)
    list_level = first(f"{W}pPr/{W}numPr/{W}ilvl") or "0"
    bold = any(part.find(f"{W}rPr/{W}b") is not None for part in chain)
    return _Style(
        name, level, first(f"{W}pPr/{W}numPr/{W}numId"), int(list_level) if list_level.isdecimal() else 0, bold
    )


def _numbering_root(document: Any) -> Any | None:
    for relation in document.part.rels.values():
        if relation.reltype.endswith("/numbering") and not relation.is_external:
            return getattr(relation.target_part, "element", None)
    return None
