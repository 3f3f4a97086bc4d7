"""Files that are read in a process of their own, and what a hostile one costs."""

import io
import zipfile

import pytest

from app.errors import DocumentError
from ingest.parsing import parse
from ingest.parsing.apart import ReadingProcess
from ingest.parsing.html import NoContentError
from tests.parsing.test_damage import FILES
from tests.parsing.test_pdf import LEFT, paragraph, pdf


@pytest.fixture(scope="module")
def reader():
    with ReadingProcess() as reader:
        yield reader


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_read_there_as_it_is_here(reader, name):
    assert reader.parse(FILES[name], name) == parse(FILES[name], name)


def test_an_error_is_the_same_error(reader):
    with pytest.raises(DocumentError, match=r"^brief\.docx: this is no \.docx file"):
        reader.parse(b"tekst", "brief.docx")


def test_a_wall_is_told_from_a_page_that_cannot_be_read(reader):
    page = b"<html><head><title>Pagina niet gevonden</title></head><body><p>Oeps.</p></body></html>"
    with pytest.raises(NoContentError, match="foutpagina"):
        reader.page(page, "bron.html", "https://example.org/a", None)


def busy_page():
    """A page whose signs take long to read, though few enough to be allowed."""
    return pdf(*([[(70, 100 + line, 1, "a b c d e " * 300) for line in range(0, 700, 40)]] * 40))


def test_a_file_that_takes_too_long_is_given_up_and_the_next_one_is_read():
    with ReadingProcess(total_s=3.0) as reader:
        assert reader.parse(pdf(paragraph(LEFT, 70, 100)), "goed.pdf").words > 50
        with pytest.raises(DocumentError, match=r"^traag\.pdf: reading it took more than 3 s"):
            reader.parse(busy_page(), "traag.pdf")
    with ReadingProcess() as reader:
        assert reader.parse(pdf(paragraph(LEFT, 70, 100)), "goed.pdf").words > 50


def test_a_file_that_takes_too_much_memory_is_one_error_and_the_next_one_is_read():
    with ReadingProcess(memory=400 * 1024**2) as reader:
        with pytest.raises(DocumentError, match=r"^groot\.html: "):
            reader.parse(b"<p>x</p>" * 2_000_000, "groot.html")
        assert reader.parse(FILES["notitie.md"], "notitie.md").words > 3


def test_a_page_of_a_million_strokes_still_says_its_text(reader):
    strokes = b"\n".join(b"%d %d 1 1 re f" % (n % 600, n // 600) for n in range(400_000))
    data = pdf([strokes, (70, 100, 10, "De kaart toont de plekken voor opvang.")])
    assert reader.parse(data, "kaart.pdf").text == "De kaart toont de plekken voor opvang."


def test_a_zip_bomb_is_one_error(reader):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("word/document.xml", b"<a>" + b"0" * 40_000_000)
    with pytest.raises(DocumentError, match="unpacks to 40 MB"):
        reader.parse(buffer.getvalue(), "brief.docx")


def test_plain_text_needs_no_process():
    with ReadingProcess(memory=1) as reader:  # No process starts with so little.
        assert reader.parse(b"Een notitie over opvang.", "notitie.txt").text == "Een notitie over opvang."
