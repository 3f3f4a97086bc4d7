"""Whatever is done to a file, reading it gives text or the one error that names the file."""

import io
import string
import zipfile

import docx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.errors import DocumentError
from ingest.parsing import parse
from tests.parsing.test_pdf import LEFT, paragraph, pdf


def word_file():
    document = docx.Document()
    document.add_heading("Opvang", 1)
    document.add_paragraph("Gemeenten willen weten waar zij aan toe zijn.")
    table = document.add_table(2, 2)
    for cell, text in zip(
        [c for row in table.rows for c in row.cells], ["land", "2023", "Bulgarije", "0%"], strict=True
    ):
        cell.text = text
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


PAGE = (
    "<html><head><title>Opvang</title></head><body><main><h1>Opvang</h1><p>"
    + "Gemeenten willen weten waar zij aan toe zijn voordat zij een gebouw kopen. " * 6
    + '</p><ul><li><a href="https://example.org/">bron</a></li></ul><table><tr><th>land</th><td>1</td></tr></table>'
    "</main></body></html>"
)
FILES = {
    "advies.pdf": pdf(paragraph(LEFT, 70, 100), links=[(0, (70, 90, 200, 110), "https://example.org/")]),
    "brief.docx": word_file(),
    "pagina.html": PAGE.encode(),
    "brief.txt": "Opvang\n\nGemeenten willen weten waar zij aan toe zijn – én wanneer.\fPagina 2\n\nhttps://example.org/\n".encode(),
    "notitie.md": b"# Opvang\n\n- een [bron](https://example.org/)\n\n| land | 2023 |\n| --- | --- |\n| Bulgarije | 0% |\n",
}
# Bytes that mean something to one of the formats come up more often than chance would have them.
PIECES = st.one_of(
    st.binary(max_size=8),
    st.sampled_from([b"<<", b">>", b"obj", b"stream", b"</p>", b"<table>", b"&#0;", b"PK\x03\x04", b"|", b"\xff\xfe", b"9" * 12]),
)  # fmt: skip


EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), PIECES), min_size=1, max_size=6)


def mutilated(data, edits):
    for place, length, piece in edits:
        start = int(place * len(data))
        data = data[:start] + piece + data[start + length :]
    return data


def read_or_refused(data, name):
    """Return the parsed file, or None where it was refused by an error that names it; all else fails the test."""
    try:
        return parse(data, name)
    except DocumentError as error:
        if not str(error).startswith(name):
            raise
        return None


def assert_read_or_refused(data, name):
    parsed = read_or_refused(data, name)
    if parsed is not None:
        assert all(0 <= block.start < block.end <= len(parsed.text) for block in parsed.blocks)


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(edits=EDITS)
def test_a_mutilated_file_gives_text_or_a_document_error(name, edits):
    assert_read_or_refused(mutilated(FILES[name], edits), name)


@pytest.mark.parametrize(
    "part", ["word/document.xml", "word/styles.xml", "word/_rels/document.xml.rels", "[Content_Types].xml"]
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(edits=EDITS)
def test_a_sound_package_with_a_mutilated_part_gives_text_or_a_document_error(part, edits):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(FILES["brief.docx"])) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, mutilated(old.read(name), edits) if name == part else old.read(name))
    assert_read_or_refused(out.getvalue(), "brief.docx")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_part_of_a_file_gives_text_or_a_document_error(name, part):
    assert_read_or_refused(FILES[name][: int(part * len(FILES[name]))], name)


@pytest.mark.parametrize(("name", "other"), [(a, b) for a in FILES for b in FILES if a != b and not b.endswith("md")])
def test_a_file_under_another_kinds_name_is_no_gibberish(name, other):
    parsed = read_or_refused(FILES[other], name)
    if parsed is not None:
        text = parsed.text
        assert sum(sign in string.printable or sign.isalpha() for sign in text) > 0.95 * len(text)
