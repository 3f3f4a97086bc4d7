"""Word documents, made by the tests with python-docx and by hand."""

import io
import zipfile

import docx
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from app.errors import DocumentError
from ingest.parsing import parse


def saved(document):
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def texts(parsed, kind):
    return [parsed.text[b.start : b.end] for b in parsed.blocks if b.kind == kind]


def hyperlink(paragraph, url, text):
    relation = paragraph.part.relate_to(url, docx.opc.constants.RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), relation)
    run = OxmlElement("w:r")
    words = OxmlElement("w:t")
    words.text = text
    run.append(words)
    link.append(run)
    paragraph._p.append(link)


def test_headings_lists_tables_and_links_keep_their_kind():
    document = docx.Document()
    document.add_heading("Opvang van kinderen", level=2)
    paragraph = document.add_paragraph("Lees het advies van de ")
    hyperlink(paragraph, "https://www.raadvanstate.nl/advies", "Raad van State")
    hyperlink(paragraph, "javascript:alert(1)", "hier")
    document.add_paragraph("Eerste punt", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(
        [c for row in table.rows for c in row.cells], ["Land", "Percentage", "Bulgarije", "14%"], strict=True
    ):
        cell.text = text
    parsed = parse(saved(document), "brief.docx")
    assert texts(parsed, "heading") == ["Opvang van kinderen"]
    assert texts(parsed, "list_item") == ["Eerste punt"]
    assert texts(parsed, "table_row") == ["Land: Bulgarije; Percentage: 14%"]
    assert [(link.text, link.url) for link in parsed.links] == [
        ("Raad van State", "https://www.raadvanstate.nl/advies")
    ]
    link = parsed.links[0]
    assert parsed.text[link.start : link.end] == "Raad van State"


def test_a_heading_is_seen_by_its_size_where_no_style_says_so():
    document = docx.Document()
    document.add_paragraph().add_run("Kop zonder stijl").font.size = docx.shared.Pt(16)
    document.add_paragraph().add_run(
        "Gewone tekst van een alinea die wat langer is dan de kop. " * 4
    ).font.size = docx.shared.Pt(10)
    assert texts(parse(saved(document), "brief.docx"), "heading") == ["Kop zonder stijl"]


def test_deleted_text_is_not_read():
    document = docx.Document()
    paragraph = document.add_paragraph("Dit blijft staan.")
    deleted = OxmlElement("w:del")
    run = OxmlElement("w:r")
    words = OxmlElement("w:t")
    words.text = "Dit is geschrapt."
    run.append(words)
    deleted.append(run)
    paragraph._p.append(deleted)
    assert parse(saved(document), "brief.docx").text == "Dit blijft staan."


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"Gewoon tekst", "no .docx file"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "old .doc file"),
        (b"PK\x03\x04 half", "damaged"),
    ],
)
def test_a_file_that_lies_about_its_type_is_named(data, said):
    with pytest.raises(DocumentError, match=said):
        parse(data, "brief.docx")


def test_a_zip_bomb_is_not_unpacked():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("word/document.xml", b"<a>" + b"0" * 40_000_000)
    with pytest.raises(DocumentError, match="unpacks to 40 MB"):
        parse(buffer.getvalue(), "brief.docx")


def test_entities_are_not_expanded():
    source = saved(docx.Document())
    buffer = io.BytesIO()
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + b"".join(
        b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(8)
    )
    with zipfile.ZipFile(io.BytesIO(source)) as given, zipfile.ZipFile(buffer, "w") as made:
        for part in given.namelist():
            content = given.read(part)
            if part == "word/document.xml":
                start = content.index(b"<w:document")
                content = (
                    content[:start]
                    + bomb
                    + b"]>"
                    + content[start:].replace(b"<w:body>", b"<w:body><w:p><w:r><w:t>&i;</w:t></w:r></w:p>")
                )
            made.writestr(part, content)
    try:
        text = parse(buffer.getvalue(), "brief.docx").text
    except DocumentError:
        return
    assert len(text) < 1_000


def test_a_letters_date_and_reference_are_found_in_its_header():
    document = docx.Document()
    header = document.sections[0].header
    for line in ("Datum", "25 juli 2024", "Ons kenmerk", "5637712"):
        header.add_paragraph(line)
    document.add_paragraph("Hierbij stuur ik u de antwoorden op de vragen.")
    parsed = parse(saved(document), "brief.docx")
    assert (parsed.date, parsed.reference) == ("2024-07-25", "5637712")
    assert "kenmerk" not in parsed.text


def test_a_relation_without_a_target_is_an_error_that_names_the_file():
    sound, out = saved(docx.Document()), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(sound)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content.replace(b"Target=", b"Tarqet=") if name == "_rels/.rels" else content)
    with pytest.raises(DocumentError, match=r"^brief\.docx: "):
        parse(out.getvalue(), "brief.docx")


def test_a_file_that_an_entity_points_at_is_not_read(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("geheim van de machine", encoding="utf-8")
    source, buffer = saved(docx.Document()), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(source)) as given, zipfile.ZipFile(buffer, "w") as made:
        for part in given.namelist():
            content = given.read(part)
            if part == "word/document.xml":
                start = content.index(b"<w:document")
                entity = f'<!DOCTYPE x [<!ENTITY a SYSTEM "{secret.as_uri()}">]>'.encode()
                shown = content[start:].replace(b"<w:body>", b"<w:body><w:p><w:r><w:t>&a; en meer</w:t></w:r></w:p>")
                content = content[:start] + entity + shown
            made.writestr(part, content)
    try:
        text = parse(buffer.getvalue(), "brief.docx").text
    except DocumentError:
        return
    assert "geheim" not in text
