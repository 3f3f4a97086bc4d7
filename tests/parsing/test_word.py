"""What stands in a Word document beyond plain paragraphs: numbers, boxes, notes, changes, nested tables."""

import io
import zipfile

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from ingest.parsing import parse
from tests.parsing.test_docx import saved, texts


def xml(content):
    return parse_xml(content.replace(">", f" {nsdecls('w')}>", 1))


def body(*elements):
    document = docx.Document()
    for element in elements:
        document.element.body.insert(len(document.element.body) - 1, element)
    return document


def paragraph(text, properties=""):
    return xml(f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t xml:space='preserve'>{text}</w:t></w:r></w:p>")


def with_part(data, name, kind, content):
    """Add a part to a package, and the relation of the document to it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.namelist():
            held = old.read(entry)
            if entry == "word/_rels/document.xml.rels":
                relation = f'<Relationship Id="rId-{kind}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{name}"/>'
                held = held.replace(b"</Relationships>", relation.encode() + b"</Relationships>")
            if entry == "[Content_Types].xml":
                part = f'<Override PartName="/word/{name}" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.{kind}+xml"/>'
                held = held.replace(b"</Types>", part.encode() + b"</Types>")
            new.writestr(entry, held)
        new.writestr(f"word/{name}", content)
    return out.getvalue()


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def test_footnotes_and_endnotes_stand_apart_without_their_separators():
    data = saved(body(paragraph("De wet is goed.")))
    for kind in ("footnotes", "endnotes"):
        tag = kind[:-1]
        note = f'<w:{tag} w:id="2"><w:p><w:r><w:t>Zie de {tag}.</w:t></w:r></w:p></w:{tag}>'
        separator = f'<w:{tag} w:type="separator" w:id="0"><w:p><w:r><w:t>---</w:t></w:r></w:p></w:{tag}>'
        data = with_part(data, f"{kind}.xml", kind, f"<w:{kind} {W}>{separator}{note}</w:{kind}>")
    assert texts(parse(data, "brief.docx"), "footnote") == ["Zie de footnote.", "Zie de endnote."]


def test_changes_count_as_accepted_and_what_is_hidden_is_not_read():
    changed = xml(
        "<w:p><w:r><w:t xml:space='preserve'>Wij zijn </w:t></w:r><w:del><w:r><w:delText>tegen</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>voor</w:t></w:r></w:ins><w:r><w:rPr><w:vanish/></w:rPr><w:t> geheim</w:t></w:r><w:r><w:t>.</w:t></w:r></w:p>"
    )
    assert parse(saved(body(changed)), "brief.docx").text == "Wij zijn voor."


def test_what_stands_in_a_content_control_is_read():
    control = xml(
        "<w:sdt><w:sdtContent><w:p><w:r><w:t>Tekst in een besturingselement.</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    )
    assert (
        parse(saved(body(paragraph("Voor."), control)), "brief.docx").text == "Voor.\n\nTekst in een besturingselement."
    )


def test_a_text_box_is_a_block_of_its_own_and_is_said_once():
    box = "<w:txbxContent><w:p><w:r><w:t>Dit staat in het kader.</w:t></w:r></w:p></w:txbxContent>"
    anchored = parse_xml(
        f'<w:p {W} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:v="urn:schemas-microsoft-com:vml">'
        f"<w:r><w:t>De alinea gaat </w:t></w:r><w:r><mc:AlternateContent><mc:Choice><w:drawing>{box}</w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
        "<w:r><w:t>gewoon door.</w:t></w:r></w:p>"
    )
    found = texts(parse(saved(body(anchored)), "brief.docx"), "paragraph")
    assert found == ["De alinea gaat gewoon door.", "Dit staat in het kader."]


def numbered(*levels):
    document = docx.Document()
    rules = "".join(
        f'<w:lvl w:ilvl="{place}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/><w:lvlText w:val="{text}"/></w:lvl>'
        for place, (kind, text) in enumerate(levels)
    )
    root = document.part.numbering_part.element
    root.insert(0, parse_xml(f'<w:abstractNum {W} w:abstractNumId="77">{rules}</w:abstractNum>'))
    root.append(parse_xml(f'<w:num {W} w:numId="77"><w:abstractNumId w:val="77"/></w:num>'))
    return document


def at(level, style=""):
    named = f"<w:pStyle w:val='{style}'/>" if style else ""
    return f"{named}<w:numPr><w:ilvl w:val='{level}'/><w:numId w:val='77'/></w:numPr>"


def test_headings_and_items_carry_the_numbers_that_word_shows():
    document = numbered(("decimal", "%1"), ("decimal", "%1.%2"), ("lowerLetter", "%3)"))
    for text, properties in (
        ("Inleiding", at(0, "Heading1")), ("Opvang", at(0, "Heading1")), ("Kinderen", at(1, "Heading2")),
        ("Ouders", at(1, "Heading2")), ("eerste", at(2)), ("tweede", at(2)), ("Slot", at(0, "Heading1")),
    ):  # fmt: skip
        document.element.body.insert(len(document.element.body) - 1, paragraph(text, properties))
    parsed = parse(saved(document), "brief.docx")
    assert texts(parsed, "heading") == ["1 Inleiding", "2 Opvang", "2.1 Kinderen", "2.2 Ouders", "3 Slot"]
    assert texts(parsed, "list_item") == ["a) eerste", "b) tweede"]


def test_short_bold_paragraphs_are_headings_where_the_text_is_not_bold():
    document = docx.Document()
    for text, bold in (("Vraag 1", True), ("Deelt u deze mening, en zo ja, waarom? " * 3, False), ("Antwoord op vraag 1", True), ("Ja. Dat is zo omdat het al jaren zo gaat. " * 3, False)):  # fmt: skip
        document.add_paragraph().add_run(text).bold = bold
    assert texts(parse(saved(document), "brief.docx"), "heading") == ["Vraag 1", "Antwoord op vraag 1"]


def test_a_table_in_a_table_is_read_and_merged_cells_are_said_in_each_row():
    document = docx.Document()
    outer = document.add_table(1, 2)
    outer.cell(0, 0).text = "Links staat tekst."
    inner = outer.cell(0, 1).add_table(3, 2)
    for place, text in {(0, 0): "Jaar", (0, 1): "Plekken", (1, 0): "2024", (1, 1): "90.000", (2, 1): "95.000"}.items():
        inner.cell(*place).text = text
    inner.cell(1, 0).merge(inner.cell(2, 0))
    parsed = parse(saved(document), "brief.docx")
    assert "Links staat tekst." in texts(parsed, "paragraph")
    assert texts(parsed, "table_row") == ["Jaar: 2024; Plekken: 90.000", "Jaar: 2024; Plekken: 95.000"]


def test_a_link_in_a_table_keeps_its_words():
    from tests.parsing.test_docx import hyperlink

    document = docx.Document()
    table = document.add_table(2, 2)
    for cell, text in zip(
        [c for row in table.rows for c in row.cells], ["Wie", "Wat", "Raad van State", ""], strict=True
    ):
        cell.text = text
    hyperlink(table.cell(1, 1).paragraphs[0], "https://example.org/advies", "het advies")
    [link] = parse(saved(document), "brief.docx").links
    assert (link.text, link.url) == ("het advies", "https://example.org/advies")


def test_a_row_that_was_deleted_is_not_read():
    document = docx.Document()
    table = document.add_table(3, 2)
    for cell, text in zip([c for row in table.rows for c in row.cells], ["Land", "Deel", "Weg", "1%", "Blijft", "2%"], strict=True):  # fmt: skip
        cell.text = text
    row = table.rows[1]._tr
    row.insert(0, xml("<w:trPr><w:del/></w:trPr>"))
    assert texts(parse(saved(document), "brief.docx"), "table_row") == ["Land: Blijft; Deel: 2%"]


def test_a_table_of_contents_is_a_list_without_page_numbers():
    document = docx.Document()
    style = document.styles.add_style("toc 1", 1)
    document.add_paragraph("1 Inleiding\t5", style=style)
    assert texts(parse(saved(document), "brief.docx"), "list_item") == ["1 Inleiding"]
