"""What a letter says of itself at its beginning."""

import pytest

from ingest.parsing.letterhead import stated_date, stated_reference


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("Datum\n25 juli 2024", "2024-07-25"),
        ("Den Haag, 3 maart 2023\n\nGeachte voorzitter", "2023-03-03"),
        ("’s-Gravenhage, 12 mei 1994", "1994-05-12"),
        ("Utrecht, 1 december 2025", "2025-12-01"),
        ("Date: 4 June 2024", "2024-06-04"),
        ("Datum: 04-06-2024", "2024-06-04"),
        ("Dit advies, gedateerd 19 augustus 2020, no. W13.20.0254/III, bied ik u hierbij aan.", "2020-08-19"),
        ("In antwoord op uw brief van 5 juli 2024 deel ik u mede dat dit zo is.", None),
        ("Uw brief d.d. 5 juli 2024", None),
        ("Datum: 31 februari 2024", None),
        ("In Syrië vielen op 3 maart 2023 twee doden.", None),
    ],
)
def test_a_date_is_taken_where_the_letter_names_it_as_its_own(text, date):
    assert stated_date(text) == date


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("Ons kenmerk\n5637712", "5637712"),
        ("no. W13.20.0254/III, bied ik u hierbij aan", "W13.20.0254/III"),
        ("Deze brief heeft geen kenmerk.", None),
    ],
)
def test_a_reference_is_the_letters_own(text, reference):
    assert stated_reference(text) == reference
