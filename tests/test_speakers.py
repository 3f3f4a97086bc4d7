"""Whose words each block is, and under which heading it stands."""

import pytest

from app.errors import DocumentError
from ingest.parsing.blocks import ParsedBuilder
from ingest.sources import QuotesEntry
from ingest.speakers import attribute_blocks


def parsed(*blocks):
    builder = ParsedBuilder()
    for kind, text in blocks:
        builder.add(kind, text)
    return builder.build()


LETTER = parsed(
    ("paragraph", "Geachte leden,"),
    ("heading", "Opvang"),
    ("paragraph", "De opvang moet beter."),
    ("paragraph", "Over de plannen:"),
    ("heading", "Sneller terugsturen"),
    ("paragraph", "Dat is een slecht plan."),
    ("paragraph", "Wij hopen dat u dit leest."),
    ("paragraph", "Met vriendelijke groet,"),
    ("paragraph", "A. de Wit"),
)
QUOTES = (QuotesEntry(speaker="kabinet", headings_after="Over de plannen:"),)


def test_without_quotes_all_is_the_authors():
    blocks = attribute_blocks(LETTER, "vwn", (), "brief.txt").blocks
    assert {block.speaker for block in blocks} == {"vwn"}


def test_only_headings_after_the_line_are_the_quoted_speakers():
    blocks = attribute_blocks(LETTER, "vwn", QUOTES, "brief.txt").blocks
    theirs = [LETTER.text[block.start : block.end] for block in blocks if block.speaker == "kabinet"]
    assert theirs == ["Sneller terugsturen"]


def test_the_line_itself_and_the_closing_stand_under_no_heading():
    sections = attribute_blocks(LETTER, "vwn", QUOTES, "brief.txt").sections
    assert sections == (
        None, "Opvang", "Opvang", None, "Sneller terugsturen", "Sneller terugsturen", None, None, None,
    )  # fmt: skip


def test_a_paragraph_that_is_the_only_one_of_its_section_does_not_close_the_letter():
    letter = parsed(
        ("heading", "Opvang"), ("paragraph", "Daar hebt u gelijk in."), ("paragraph", "Hoogachtend,"),
        ("paragraph", "B. Bos"),
    )  # fmt: skip
    sections = attribute_blocks(letter, "vwn", (), "brief.txt").sections
    assert sections == ("Opvang", "Opvang", None, None)


def test_an_unknown_author_stays_unknown():
    blocks = attribute_blocks(LETTER, None, QUOTES, "brief.txt").blocks
    assert [block.speaker for block in blocks].count(None) == 8


def test_a_line_that_is_not_there_is_an_error_that_names_it():
    quotes = (QuotesEntry(speaker="kabinet", headings_after="Over iets anders:"),)
    with pytest.raises(DocumentError, match=r"brief\.txt: headings_after 'Over iets anders:'.*word for word"):
        attribute_blocks(LETTER, "vwn", quotes, "brief.txt")


ADVICE = parsed(
    ("heading", "1. Inleiding"),
    ("paragraph", "De Afdeling adviseert het voorstel aan te vullen."),
    ("paragraph", "Reactie:"),
    ("paragraph", "Het advies is overgenomen."),
    ("heading", "2. Kosten"),
    ("paragraph", "De kosten zijn niet onderbouwd."),
    ("paragraph", "Reactie"),
    ("paragraph", "De toelichting is aangevuld."),
)


def said_by(attributed, text=ADVICE.text):
    return {text[b.start : b.end]: b.speaker for b in attributed.blocks}


def test_the_text_below_a_line_that_quotes_name_is_that_speakers_up_to_the_next_heading():
    quotes = (QuotesEntry(speaker="kabinet", after="Reactie:"),)
    said = said_by(attribute_blocks(ADVICE, "raad", quotes, "advies.pdf"))
    assert said["Het advies is overgenomen."] == said["De toelichting is aangevuld."] == "kabinet"
    assert said["De kosten zijn niet onderbouwd."] == said["2. Kosten"] == "raad"


def test_reactions_are_never_the_advisers_own_words():
    said = said_by(attribute_blocks(ADVICE, "raad", (), "advies.pdf"))
    assert said["Het advies is overgenomen."] is None
    assert said["De Afdeling adviseert het voorstel aan te vullen."] == "raad"


def test_one_line_that_reads_reaction_changes_nothing():
    once = parsed(("paragraph", "Reactie:"), ("paragraph", "Wij zijn het ermee eens."))
    assert set(said_by(attribute_blocks(once, "raad", (), "brief.txt"), once.text).values()) == {"raad"}


def test_a_line_below_which_somebody_speaks_and_that_is_not_there_is_named():
    quotes = (QuotesEntry(speaker="kabinet", after="Antwoord van het kabinet"),)
    with pytest.raises(DocumentError, match="after = 'antwoord van het kabinet'"):
        attribute_blocks(ADVICE, "raad", quotes, "advies.pdf")
