"""Reading plain text, and the text of a PDF that lost its layout; footers of bare addresses."""

import re

import pytest

from app.errors import DocumentError
from ingest.parsing import parse
from ingest.parsing.apart import ReadingProcess
from ingest.parsing.footers import PageLinks, anchor_links, readable
from ingest.parsing.text import closing_start, decode, read_text
from ingest.reading import CorpusReader
from ingest.snapshots import SnapshotStore
from ingest.sources import load_corpus


@pytest.fixture(scope="session")
def analysed(letter_corpus, tmp_path_factory):
    """The letter as ingest reads it: document, sentences, passages."""
    items = list(
        CorpusReader(
            load_corpus(letter_corpus), SnapshotStore(tmp_path_factory.mktemp("none")), ReadingProcess(), strict=True
        ).documents()
    )
    assert [item.document.id for item in items] == ["brief-2025-12"]
    return items[0]


def text_of(document, block):
    return document.text[block.start : block.end]


HEADINGS = [
    "Vluchtelingenverdrag koesteren",
    "Constructieve oplossingen",
    "Meedoen vanaf dag één",
    "Focus op bescherming en perspectief in plaats van afweren en tijdelijkheid",
    "Herziening van de terugkeerrichtlijn",
    "Gesloten opvang voor asielzoekers conform het EU Pact. Om te waarborgen dat deze opvanglocaties veilig en "
    "menswaardig zijn gaat Nederland hieraan bijdragen.",
    "Invoeren van nationale maatregelen uit de voorliggende asielwetgeving",
    "Streng optreden tegen overlast",
]
REFLECTION = "Korte reflectie op een aantal concrete voorstellen:"


def test_the_letter_reads_as_preamble_eight_sections_reflection_and_closing(analysed):
    document = analysed.document
    kinds = [(block.kind, text_of(document, block)) for block in document.blocks]
    assert kinds[0] == ("paragraph", "Geachte fractievoorzitters,")
    assert [text for kind, text in kinds if kind == "heading"] == HEADINGS
    assert kinds.index(("paragraph", REFLECTION)) == kinds.index(("heading", HEADINGS[4])) - 1
    assert kinds[-2] == ("paragraph", "Met vriendelijke groet,")
    assert kinds[-1] == ("paragraph", "Frank Candel\nBestuursvoorzitter VluchtelingenWerk Nederland")


def test_every_word_of_the_letter_is_read_once_and_in_order(analysed, letter_corpus):
    received = (letter_corpus / "brief-2025-12.txt").read_text(encoding="utf-8")
    without_addresses = re.sub(r"^https?://\S+$", "", received, flags=re.MULTILINE)
    assert analysed.document.text.split() == without_addresses.split()


def test_a_sentence_that_a_footer_of_addresses_interrupts_is_one(analysed):
    wanted = "Zo kunnen zij starten met hun leven in Nederland en komt er ruimte in de asielopvang."
    assert wanted in [sentence.text for sentence in analysed.sentences]
    assert "http" not in analysed.document.text


def test_the_letters_text_is_clean(analysed):
    text = analysed.document.text
    assert "  " not in text
    assert "\n\n\n" not in text
    paragraphs = text.split("\n\n")
    assert all(paragraph == paragraph.strip() for paragraph in paragraphs)
    assert [paragraph for paragraph in paragraphs if "\n" in paragraph] == [paragraphs[-1]]


def test_all_seven_links_are_kept_where_they_must_stand(analysed, letter_corpus):
    document = analysed.document
    received = (letter_corpus / "brief-2025-12.txt").read_text(encoding="utf-8")
    assert [link.url for link in document.links] == re.findall(r"^https?://\S+$", received, flags=re.MULTILINE)
    around = {link.url.split("/")[2]: document.text[link.start : link.end] for link in document.links[:5]}
    assert "moderniseren" in around["www.trouw.nl"]
    assert around["www.raadvanstate.nl"].startswith("Zie hierover ook het advies van de Raad van State")


def test_the_headings_after_the_reflection_are_the_tussenverslags_and_the_text_below_is_not(analysed):
    document = analysed.document
    speakers = {text_of(document, b): b.speaker for b in document.blocks if b.kind == "heading"}
    assert [speakers[heading] for heading in HEADINGS] == ["vwn"] * 4 + ["tussenverslag"] * 4
    assert {block.speaker for block in document.blocks if block.kind != "heading"} == {"vwn"}


def test_the_reflection_and_the_closing_stand_under_no_heading(analysed):
    section = {sentence.text: sentence.section for sentence in analysed.sentences}
    assert section[REFLECTION] is None
    assert section["Voor vragen of een toelichting zijn we uiteraard beschikbaar."] is None
    assert section["Dit is onjuist."] == HEADINGS[6]


def test_every_sentence_and_passage_of_the_letter_is_the_text_at_its_offsets(analysed):
    text = analysed.document.text
    for part in (*analysed.sentences, *analysed.passages):
        assert part.text == text[part.start : part.end]
    ends = [sentence.end for sentence in analysed.sentences]
    assert ends == sorted(ends)


def test_no_sentence_of_the_letter_stands_in_code(analysed, letter_corpus):
    root = letter_corpus.parent
    code = [path for folder in ("app", "ingest") for path in (root / folder).rglob("*.py")]
    assert len(code) > 30
    # Seven words in a row are nobody's idiom.
    words = re.findall(r"\w+", analysed.document.text.lower())
    runs = {tuple(words[place : place + 7]) for place in range(len(words) - 6)}
    for path in code:
        found = re.findall(r"\w+", path.read_text(encoding="utf-8").lower())
        shared = runs & {tuple(found[place : place + 7]) for place in range(len(found) - 6)}
        assert not shared, f"{path}: {shared}"


def blocks(text, **given):
    parsed = read_text(text.encode(), "brief.txt", **given)
    return [(block.kind, text_of(parsed, block)) for block in parsed.blocks]


def test_plain_paragraphs_are_told_apart_by_an_empty_line():
    assert blocks("Een regel die doorloopt\nop de volgende.\n\nEen tweede alinea.\n") == [
        ("paragraph", "Een regel die doorloopt op de volgende."),
        ("paragraph", "Een tweede alinea."),
    ]


def test_doubled_spacing_is_measured_on_the_file_itself():
    lines = ["Deze alinea is zo lang dat hij over een paar regels loopt en",
             "pas op de derde regel ophoudt met wat er gezegd moest worden, en",
             "dat is dan dat.", "", "Hier begint een andere alinea die ook weer over meer dan een regel",
             "doorloopt, zodat te meten is hoe ver regels uiteen staan."]  # fmt: skip
    assert len(blocks("\n\n".join(lines))) == 2


def test_a_word_hyphenated_at_a_lines_end_is_put_together_and_others_stay():
    text = "Dit gaat over de vluchte-\nlingen en hun asiel-\nen opvangbeleid, naast het EU-\nPact.\n"
    assert blocks(text) == [
        ("paragraph", "Dit gaat over de vluchtelingen en hun asiel- en opvangbeleid, naast het EU- Pact.")
    ]


def test_a_short_line_without_a_full_stop_is_a_heading_where_none_are_named():
    assert blocks("Opvang in de regio\n\nDe opvang moet beter.\n")[0] == ("heading", "Opvang in de regio")


def test_list_items_are_items():
    assert blocks("Wij vragen:\n\n• meer taal\n• meer werk\n")[1:] == [
        ("list_item", "• meer taal"),
        ("list_item", "• meer werk"),
    ]


def test_named_headings_are_found_over_several_lines():
    found = blocks("Vooraf.\n\nEen kop die over\ntwee regels loopt.\nDe tekst eronder.\n",
                   headings=("Een kop die over twee regels loopt.",))  # fmt: skip
    assert found == [
        ("paragraph", "Vooraf."), ("heading", "Een kop die over twee regels loopt."), ("paragraph", "De tekst eronder."),
    ]  # fmt: skip


def test_a_heading_that_is_not_in_the_file_is_an_error_that_names_it():
    with pytest.raises(DocumentError, match=r"brief\.txt: heading 'Iets' in sources\.toml does not stand in the file"):
        read_text(b"De opvang moet beter.\n", "brief.txt", headings=("Iets",))


@pytest.mark.parametrize(
    "data",
    [
        "Één zin.".encode(),
        "\ufeffÉén zin.".encode(),
        "Één zin.".encode("utf-16"),
        "\ufeffÉén zin.".encode("utf-16-be"),
    ],
)
def test_utf8_and_marked_utf16_are_understood(data):
    assert decode(data, "brief.txt") == "Één zin."


def test_another_encoding_is_an_error_with_the_line_and_the_remedy():
    with pytest.raises(DocumentError, match=r"brief\.txt: not UTF-8 text \(byte 0xe9 on line 2\).*iconv"):
        decode("Eerste regel\ncafé\n".encode("latin-1"), "brief.txt")


@pytest.mark.parametrize("data", ["Een zin.".encode("utf-16-le"), b"MZ\x00\x01"])
def test_nul_bytes_are_no_text(data):
    with pytest.raises(DocumentError, match=r"brief\.txt: this is not a text file"):
        decode(data, "brief.txt")


def test_half_a_character_of_utf16_is_an_error():
    with pytest.raises(DocumentError, match=r"brief\.txt: "):
        decode("Één zin.".encode("utf-16") + b"\x00", "brief.txt")


@pytest.mark.parametrize("data", [b"", b" \n\n ", b"\xef\xbb\xbf\n", b"https://www.voorbeeld.nl/\n"])
def test_a_file_without_text_is_an_error(data):
    with pytest.raises(DocumentError, match=r"brief\.txt: (?:the file is empty|there is no text)"):
        parse(data, "brief.txt")


def test_headings_are_for_text_files_alone():
    with pytest.raises(DocumentError, match=r"'headings' in sources\.toml is for \.txt files"):
        parse(b"<p>x</p>", "brief.html", headings=("x",))


def test_every_line_end_is_understood():
    expected = blocks("Een regel\nloopt door.\n\nNog een alinea.\n")
    assert blocks("Een regel\r\nloopt door.\r\n\r\nNog een alinea.\r\n") == expected
    assert blocks("Een regel\rloopt door.\r\rNog een alinea.\r") == expected


def test_a_letter_without_a_valediction_has_no_closing():
    assert closing_start(read_text(b"Eerste alinea.\n\nWij hopen dat u dit leest.\n", "brief.txt")) is None


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://www.voorbeeld.nl/nieuws/wat-helpt-tegen-leegstand/", "wat helpt tegen leegstand"),
        ("https://www.voorbeeld.nl/a/Advies%20over%20wonen.pdf", "Advies over wonen"),
        ("https://www.voorbeeld.nl/opinie/geen-haast~ab12/?van=x", "geen haast"),
        ("https://www.voorbeeld.nl/", "www.voorbeeld.nl"),
    ],
)
def test_an_address_is_shown_as_words(url, words):
    assert readable(url) == words


PAGE = "De gemeente bouwt woningen. Het rapport over leegstand is helder. Daarna volgt de school."


def test_an_address_is_anchored_where_its_own_words_single_out_a_sentence():
    (link,) = anchor_links(PAGE, [PageLinks(("https://x.nl/rapport-leegstand",), 0, len(PAGE))])
    assert PAGE[link.start : link.end] == "Het rapport over leegstand is helder."


def test_an_address_that_fits_nowhere_spans_the_stretch_where_it_must_stand():
    urls = ("https://x.nl/rapport-leegstand", "https://y.nl/p/123456")
    second = anchor_links(PAGE, [PageLinks(urls, 0, len(PAGE))])[1]
    assert PAGE[second.start : second.end] == "Het rapport over leegstand is helder. Daarna volgt de school."


def test_choices_that_contradict_the_order_of_the_addresses_are_not_made():
    urls = ("https://x.nl/school", "https://y.nl/rapport-leegstand-helder")
    first, second = anchor_links(PAGE, [PageLinks(urls, 0, len(PAGE))])
    assert PAGE[second.start : second.end] == "Het rapport over leegstand is helder."
    assert (first.start, first.end) == (0, second.end)
