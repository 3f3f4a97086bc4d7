"""Tables without drawn lines."""

import pytest

from ingest.parsing import parse
from tests.parsing.test_pdf import LEFT, RIGHT, paragraph, pdf, texts

ROWS = [("Land", "2022", "2023"), ("Syrië", "945", "2951"), ("Turkije", "2039", "802"), ("Eritrea", "1178", "8145")]


def table(rows, y, columns=(70, 250, 350)):
    return [
        (x, y + 16 * number, 10, text)
        for number, row in enumerate(rows)
        for x, text in zip(columns, row, strict=True)
        if text
    ]


def test_rows_that_stand_below_each_other_keep_their_header():
    page = [*paragraph(LEFT, 70, 80), *table(ROWS, 200), *paragraph(RIGHT, 70, 300)]
    parsed = parse(pdf(page), "rapport.pdf")
    assert texts(parsed, "table_row") == [
        "Land: Syrië; 2022: 945; 2023: 2951",
        "Land: Turkije; 2022: 2039; 2023: 802",
        "Land: Eritrea; 2022: 1178; 2023: 8145",
    ]
    assert texts(parsed, "paragraph") == [" ".join(LEFT.split()), " ".join(RIGHT.split())]


def test_a_cell_of_several_lines_is_one_cell():
    rows = [("Maatregel", "Kosten", "Wie"), ("Opvang", "10", "de gemeente"), ("", "", "en het Rijk"), ("Zorg", "20", "COA"), ("Les", "5", "COA")]  # fmt: skip
    found = texts(parse(pdf([*paragraph(LEFT, 70, 80), *table(rows, 200)]), "rapport.pdf"), "table_row")
    assert found[0] == "Maatregel: Opvang; Kosten: 10; Wie: de gemeente en het Rijk"


@pytest.mark.parametrize("columns", [2, 3])
def test_columns_of_running_text_are_no_table(columns):
    width = 480 / columns
    page = [
        piece
        for number in range(columns)
        for piece in paragraph(f"Kolom {number} zegt het zijne. {RIGHT}", 50 + number * width, 100, int(width / 5.6))
    ]
    parsed = parse(pdf(page), "programma.pdf")
    assert texts(parsed, "table_row") == []
    assert [" ".join(f"Kolom {number} zegt het zijne. {RIGHT}".split()) for number in range(columns)] == texts(
        parsed, "paragraph"
    )
