"""What one page says: turned pages, forms, signs printed twice, ligatures, bullets, tables over two pages."""

import io

import pypdfium2
import pytest

from app.errors import DocumentError
from ingest.parsing import parse
from tests.parsing.test_pdf import LEFT, RIGHT, paragraph, pdf, texts


def turned(data, degrees):
    document = pypdfium2.PdfDocument(data)
    for page in document:
        page.set_rotation(degrees)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


@pytest.mark.parametrize("degrees", [90, 270])
def test_a_page_whose_text_lies_on_its_side_is_read_upright(degrees):
    text = parse(turned(pdf(paragraph(LEFT, 70, 100)), degrees), "rapport.pdf").text
    assert text == " ".join(LEFT.split())


def test_what_is_printed_twice_to_look_bold_is_said_once():
    page = [
        (70, 80, 12, "Alle willekeurige bellen"),
        (70.3, 80, 12, "Alle willekeurige bellen"),
        *paragraph(LEFT, 70, 120),
    ]
    assert parse(pdf(page), "rapport.pdf").text.startswith("Alle willekeurige bellen\n\nDe opvang")


def test_double_letters_are_not_taken_for_a_second_print():
    assert (
        "alle willen zullen kk ..."
        in parse(pdf([(70, 80, 6, "alle willen zullen kk ... en meer woorden")]), "a.pdf").text
    )


def test_what_is_filled_in_on_a_form_stands_at_its_place():
    data = pdf([(70, 100, 10, "Naam van de aanvrager:"), (70, 140, 10, "Ik verklaar dat dit formulier naar waarheid is ingevuld.")],
               links=[(0, (200, 88, 400, 104), "https://example.org/")])  # fmt: skip
    field = b"/Subtype /Widget /FT /Tx /T (naam) /V (Stichting Vluchteling)"
    data = data.replace(b"/Subtype /Link", field)
    assert "Naam van de aanvrager: Stichting Vluchteling" in parse(data, "formulier.pdf").text


def test_a_form_that_only_one_program_shows_is_named():
    page = [(70, 100, 10, "Please wait... "), *paragraph("If this message is not eventually replaced by the proper contents of the document, your viewer may not be able to display it.", 70, 120)]  # fmt: skip
    with pytest.raises(DocumentError, match="form"):
        parse(pdf(page), "formulier.pdf")


def test_lines_of_a_table_of_contents_lose_their_dots_and_page_number():
    page = [
        (70, 100, 10, "1 Inleiding . . . . . . . . . . . . . 5"),
        (70, 114, 10, "2 Opvang ............... 12"),
        *paragraph(LEFT, 70, 200),
    ]
    assert texts(parse(pdf(page), "rapport.pdf"), "list_item") == ["1 Inleiding", "2 Opvang"]


def test_a_table_that_goes_on_overleaf_keeps_its_header():
    rows = [
        ("Land", "Aantal", "Deel"),
        *((f"Land {letter}", str(n), f"{n}%") for n, letter in enumerate("ABCDEFGH", 10)),
    ]

    def grid(rows, y):
        found = []
        for number, row in enumerate(rows):
            found += [(74 + 150 * column, y + 20 * number, 10, text) for column, text in enumerate(row)]
        return found

    first = [*paragraph(LEFT, 70, 80), *grid(rows[:5], 700)]
    second = [*grid(rows[5:], 80), *paragraph(RIGHT, 70, 400)]
    found = texts(parse(ruled(pdf(first, second), (5, 700), (4, 80)), "rapport.pdf"), "table_row")
    assert found == [f"Land: {row[0]}; Aantal: {row[1]}; Deel: {row[2]}" for row in rows[1:]]


def ruled(data, *tables):
    """Draw lines around the cells of a table of three columns on each page: (rows, y of the first)."""
    document = pypdfium2.PdfDocument(data)
    for page, (rows, y) in zip(document, tables, strict=True):
        top = 842 - y + 14
        for number in range(rows + 1):
            _line(page, 70, top - 20 * number, 450, 0.5)
        for column in range(4):
            _line(page, 70 + 150 * column, top - 20 * rows, 0.5, 20 * rows)
        page.gen_content()
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _line(page, x, y, width, height):
    raw = pypdfium2.raw
    drawn = raw.FPDFPageObj_CreateNewRect(x, y, width, height)
    raw.FPDFPath_SetDrawMode(drawn, raw.FPDF_FILLMODE_WINDING, False)
    raw.FPDFPage_InsertObject(page.raw, drawn)
