"""Running headers, footers and page numbers."""

from ingest.parsing import parse
from tests.parsing.test_pdf import LEFT, paragraph, pdf, texts

WORDS = "een twee drie vier vijf zes zeven acht negen tien elf twaalf".split()


def report(head, foot=lambda number: (290, 810, 9, str(number)), pages=12):
    return pdf(
        *(
            [
                *head(number),
                *paragraph(f"Bladzijde {WORDS[number - 1]} zegt iets anders. {LEFT}", 70, 120),
                foot(number),
            ]
            for number in range(1, pages + 1)
        )
    )


def test_a_chapters_name_above_its_own_pages_is_left_out():
    data = report(lambda number: [(70, 40, 8, "Opvang van kinderen" if number <= 4 else "Terugkeer en bewaring")])
    text = parse(data, "rapport.pdf").text
    assert "Opvang van kinderen" not in text
    assert "Terugkeer en bewaring" not in text
    assert all(f"Bladzijde {word} zegt" in text for word in WORDS)


def test_the_name_of_a_chapter_of_two_pages_is_left_out_by_its_place():
    def head(number):
        return [(70, 40, 8, {5: "Kort hoofdstuk", 6: "Nog korter"}.get(number, "Rapport over opvang"))]

    text = parse(report(head), "rapport.pdf").text
    assert "Kort hoofdstuk" not in text
    assert "Nog korter" not in text


def test_headings_at_the_same_height_on_page_after_page_stay():
    data = report(lambda number: [(70, 90, 18, f"Bijlage {number}")] if number > 8 else [])
    assert texts(parse(data, "rapport.pdf"), "heading") == [f"Bijlage {number}" for number in range(9, 13)]


def test_a_footnote_low_on_page_after_page_stays():
    def note(number):
        return (290, 825, 9, str(number))

    pages = [
        [*paragraph(f"Bladzijde {word}. {LEFT}", 70, 120), (70, 768, 4, str(number)), (76, 770, 7, "Zie het advies."), note(number)]
        for number, word in enumerate(WORDS, 1)
    ]  # fmt: skip
    assert len(texts(parse(pdf(*pages), "rapport.pdf"), "footnote")) == 12
