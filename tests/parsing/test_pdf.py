"""PDF files, written by hand here: a page is a list of pieces of text with their place and size."""

import io
import shutil

import pypdfium2
import pytest

from app.errors import DocumentError
from ingest.parsing import parse


def pdf(*pages, links=(), fonts=("Helvetica", "Helvetica-Bold")):
    """Return a PDF of pages; a page is a list of (x, y from the top, size, text[, font number]) in points on A4,
    or of bytes that draw something else."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    named = []
    for font in fonts:
        objects.append(f"<< /Type /Font /Subtype /Type1 /BaseFont /{font} /Encoding /WinAnsiEncoding >>".encode())
        named.append(f"/F{len(named)} {len(objects)} 0 R")
    kids = []
    for number, pieces in enumerate(pages):
        drawn = []
        for piece in pieces:
            if isinstance(piece, bytes):
                drawn.append(piece.decode("ascii"))
                continue
            x, y, size, text, *font = piece
            escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
            drawn.append(f"BT /F{font[0] if font else 0} {size} Tf {x} {842 - y} Td ({escaped}) Tj ET")
        stream = "\n".join(drawn).encode("cp1252")
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        contents = len(objects)
        marks = []
        for page, (x0, y0, x1, y1), url in links:
            if page == number:
                rect = f"[{x0} {842 - y1} {x1} {842 - y0}]"
                objects.append(f"<< /Type /Annot /Subtype /Link /Rect {rect} /A << /S /URI /URI ({url}) >> >>".encode())
                marks.append(f"{len(objects)} 0 R")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << {' '.join(named)} >> >> "
            f"/Contents {contents} 0 R /Annots [{' '.join(marks)}] >>".encode()
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>".encode()
    out = b"%PDF-1.4\n"
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    return out + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start)


def paragraph(text, x, y, width=80, size=10):
    lines, line = [], ""
    for word in text.split():
        if len(line) + len(word) > width:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    lines.append(line)
    return [(x, y + 13 * number, size, text) for number, text in enumerate(lines)]


def texts(parsed, kind):
    return [parsed.text[b.start : b.end] for b in parsed.blocks if b.kind == kind]


LEFT = "De opvang van asielzoekers vraagt om ruimte en om tijd, en beide zijn er te weinig in dit land. " * 4
RIGHT = "Gemeenten willen weten waar zij aan toe zijn voordat zij een gebouw kopen of een stuk grond. " * 4


def test_a_hyphen_at_the_end_of_a_line_is_undone():
    data = pdf(
        [
            (70, 100, 10, "Wij vragen om bescherming van alle vluchte-"),
            (70, 113, 10, "lingen die hier wonen en blijven."),
        ]
    )
    assert (
        parse(data, "advies.pdf").text == "Wij vragen om bescherming van alle vluchtelingen die hier wonen en blijven."
    )


def test_a_hyphen_that_was_written_stays():
    data = pdf(
        [(70, 100, 10, "Wie in land- en tuinbouw werkt, valt onder de EU-"), (70, 113, 10, "regels voor arbeid.")]
    )
    text = parse(data, "advies.pdf").text
    assert "land- en tuinbouw" in text


def test_a_hyphen_before_a_capital_stays_without_a_space():
    data = pdf([(70, 100, 10, "Dat staat al jaren in de regels van alle EU-"), (70, 113, 10, "Lidstaten over arbeid.")])
    assert "EU-Lidstaten" in parse(data, "advies.pdf").text


def test_a_word_whose_type_changes_halfway_stays_one_word():
    page = [
        (70, 100, 10, "Het gaat om de (on"),
        (70 + 82.3, 100, 10, "gelijke)", 1),
        (220, 100, 10, "kansen van mensen."),
    ]
    assert "ongelijke) kansen" in parse(pdf(page), "advies.pdf").text


def test_a_raised_mark_is_no_word_and_its_note_stands_apart():
    page = [
        (70, 100, 10, "De Afdeling wijst op de wet"), (196, 96, 5, "12"), (205, 100, 10, "en op de gevolgen daarvan."),
        *paragraph(LEFT, 70, 120),
        (70, 700, 4, "12"), (78, 702, 7, "Kamerstukken II 2019/20, Bijlage bij"), (78, 711, 7, "25 295, nr. 219."),
    ]  # fmt: skip
    parsed = parse(pdf(page), "advies.pdf")
    assert "op de wet en op de gevolgen daarvan." in parsed.text
    assert texts(parsed, "footnote") == ["12 Kamerstukken II 2019/20, Bijlage bij 25 295, nr. 219."]


def test_a_line_across_both_columns_stands_between_them():
    across = "Dit staat in beide kolommen en loopt over de volle breedte van de bladzijde door"
    page = paragraph(LEFT, 50, 100, 44) + paragraph(RIGHT, 320, 100, 44) + [(50, 300, 11, across)]
    page += paragraph(LEFT.replace("opvang", "zorg"), 50, 340, 44) + paragraph(RIGHT, 320, 340, 44)
    text = parse(pdf(page), "advies.pdf").text
    places = [text.index("De opvang"), text.index("Gemeenten"), text.index(across), text.index("De zorg")]
    assert places == sorted(places)


def test_two_columns_are_read_one_after_the_other():
    page = paragraph(LEFT, 50, 100, 44) + paragraph(RIGHT, 320, 100, 44)
    text = parse(pdf(page), "advies.pdf").text
    assert " ".join(LEFT.split()) in text
    assert " ".join(RIGHT.split()) in text
    assert text.index("asielzoekers") < text.index("Gemeenten")


def test_what_comes_back_on_every_page_is_left_out():
    pages = [
        [(70, 40, 9, "Raad van State - advies"), *paragraph(f"Pagina {word} gaat over iets anders. " * 3, 70, 120), (290, 810, 9, str(number))]
        for number, word in enumerate(["een", "twee", "drie", "vier"], 1)
    ]  # fmt: skip
    parsed = parse(pdf(*pages), "advies.pdf")
    assert "Raad van State - advies" not in parsed.text
    assert "Pagina drie gaat over iets anders." in parsed.text
    assert {block.page for block in parsed.blocks} == {1, 2, 3, 4}


def test_a_sentence_that_a_page_break_cuts_is_one():
    first = [(70, 100, 10, "De Afdeling merkt op dat de grensprocedure alleen werkt")]
    second = [(70, 100, 10, "met voldoende plekken en met rechtsbijstand op tijd.")]
    text = parse(pdf(first, second), "advies.pdf").text
    assert "alleen werkt met voldoende plekken en met rechtsbijstand op tijd." in text


def test_larger_and_bold_lines_are_headings():
    page = [
        (70, 80, 20, "Advies over het pact"),
        *paragraph(LEFT, 70, 130),
        (70, 300, 10, "Grensprocedure", 1),
        *paragraph(RIGHT, 70, 330),
    ]
    assert texts(parse(pdf(page), "advies.pdf"), "heading") == ["Advies over het pact", "Grensprocedure"]


def test_footnotes_stand_apart_from_the_running_text():
    page = [
        *paragraph(LEFT, 70, 100),
        (70, 700, 6, "1"), (76, 702, 8, "Kamerstukken II 2024/25, 36 600, nr. 12."),
    ]  # fmt: skip
    parsed = parse(pdf(page), "advies.pdf")
    assert ["Kamerstukken" in note for note in texts(parsed, "footnote")] == [True]
    assert all("Kamerstukken" not in text for text in texts(parsed, "paragraph"))


def test_a_link_keeps_the_words_that_it_stands_on():
    page = [(70, 100, 10, "Lees het advies van de Raad van State over deze wet.")]
    data = pdf(page, links=[(0, (145, 88, 215, 103), "https://www.raadvanstate.nl/advies")])
    [link] = parse(data, "advies.pdf").links
    assert link.url == "https://www.raadvanstate.nl/advies"
    assert "Raad" in link.text


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<html>geen pdf</html>", "this is no PDF file"),
        (b"%PDF-1.7\n" + b"x" * 500, "damaged"),
        (pdf([(70, 100, 10, "x" * 30)])[:400], "damaged"),
    ],
)
def test_a_file_that_is_no_sound_pdf_is_named(data, said):
    with pytest.raises(DocumentError, match=said):
        parse(data, "advies.pdf")


def test_letters_that_make_no_words_are_not_taken_in():
    with pytest.raises(DocumentError, match="character map"):
        parse(pdf(paragraph("qzxw bcdf ghjk lmnp qrst vwxz " * 30, 70, 100)), "advies.pdf")


def test_the_reference_of_an_advice_is_found():
    page = paragraph(
        "Dit advies, gedateerd 19 augustus 2020, no. W13.20.0254/III, bied ik u hierbij aan. " + LEFT, 70, 100
    )
    assert parse(pdf(page), "advies.pdf").reference == "W13.20.0254/III"


def test_a_page_with_too_many_signs_is_refused():
    with pytest.raises(DocumentError, match="signs"):
        parse(pdf([(70, 100, 1, "a b c d e " * 6_100)]), "advies.pdf")


def scan(*pages):
    """Return a PDF of pictures of the pages of another."""
    drawn = [page.render(scale=2, grayscale=True).to_pil() for page in pypdfium2.PdfDocument(pdf(*pages))]
    out = io.BytesIO()
    drawn[0].save(out, "PDF", save_all=True, append_images=drawn[1:], resolution=144)
    return out.getvalue()


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="Tesseract is not installed")
def test_a_scan_is_read():
    parsed = parse(scan(paragraph(LEFT, 70, 100, size=12)), "scan.pdf")
    assert "De opvang van asielzoekers vraagt om ruimte" in parsed.text
    assert parsed.blocks[0].page == 1


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="Tesseract is not installed")
def test_a_scan_that_lies_on_its_side_is_read():
    document = pypdfium2.PdfDocument(scan(paragraph(LEFT, 70, 100, size=12)))
    document[0].set_rotation(90)
    out = io.BytesIO()
    document.save(out)
    assert "De opvang van asielzoekers vraagt om ruimte" in parse(out.getvalue(), "scan.pdf").text


def test_without_tesseract_a_scan_is_an_error_that_names_the_packages(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(DocumentError, match="tesseract-ocr-nld"):
        parse(pdf([]), "scan.pdf")


def test_without_tesseract_a_picture_among_pages_is_named_and_left_out(monkeypatch):
    monkeypatch.setenv("PATH", "")
    both = pypdfium2.PdfDocument.new()
    for part in (pdf(paragraph(RIGHT, 70, 100)), scan(paragraph(LEFT, 70, 100))):
        both.import_pages(pypdfium2.PdfDocument(part))
    out = io.BytesIO()
    both.save(out)
    parsed = parse(out.getvalue(), "rapport.pdf")
    assert parsed.text == " ".join(RIGHT.split())
    assert ["page 2" in remark and "tesseract-ocr-nld" in remark for remark in parsed.remarks] == [True]


@pytest.mark.parametrize("broken", [1, 3])
def test_pages_whose_letters_make_no_words_are_left_out_or_refused(broken, monkeypatch):
    monkeypatch.setenv("PATH", "")
    turned = "".join(chr((ord(s) - 97 + 1) % 26 + 97) if s.isalpha() else s for s in LEFT.lower())
    good = [paragraph(f"Bladzijde {number}. {LEFT}{RIGHT}", 70, 100) for number in ("een", "twee", "drie", "vier")]
    data = pdf(*good, *[paragraph(turned * 3, 70, 100)] * broken)
    if broken == 1:
        parsed = parse(data, "rapport.pdf")
        assert "page 5" in parsed.remarks[0]
        assert turned[:20] not in parsed.text
    else:
        with pytest.raises(DocumentError, match="character map"):
            parse(data, "rapport.pdf")


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="Tesseract is not installed")
def test_a_scanned_page_among_others_is_read_at_its_place():
    both = pypdfium2.PdfDocument.new()
    for part in (
        pdf(paragraph(RIGHT, 70, 100)),
        scan(paragraph(LEFT, 70, 100, size=12)),
        pdf(paragraph(RIGHT, 70, 100)),
    ):
        both.import_pages(pypdfium2.PdfDocument(part))
    out = io.BytesIO()
    both.save(out)
    parsed = parse(out.getvalue(), "rapport.pdf")
    [place] = [b.page for b in parsed.blocks if "asielzoekers" in parsed.text[b.start : b.end]]
    assert place == 2
