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
    blocks, _ = attribute_blocks(LETTER, "vwn", (), "brief.txt")
    assert {block.speaker for block in blocks} == {"vwn"}


def test_only_headings_after_the_line_are_the_quoted_speakers():
    blocks, _ = attribute_blocks(LETTER, "vwn", QUOTES, "brief.txt")
    theirs = [LETTER.text[block.start : block.end] for block in blocks if block.speaker == "kabinet"]
    assert theirs == ["Sneller terugsturen"]


def test_the_line_itself_and_the_closing_stand_under_no_heading():
    _, sections = attribute_blocks(LETTER, "vwn", QUOTES, "brief.txt")
    assert sections == (
        None, "Opvang", "Opvang", None, "Sneller terugsturen", "Sneller terugsturen", None, None, None,
    )  # fmt: skip


def test_a_paragraph_that_is_the_only_one_of_its_section_does_not_close_the_letter():
    letter = parsed(
        ("heading", "Opvang"), ("paragraph", "Daar hebt u gelijk in."), ("paragraph", "Hoogachtend,"),
        ("paragraph", "B. Bos"),
    )  # fmt: skip
    _, sections = attribute_blocks(letter, "vwn", (), "brief.txt")
    assert sections == ("Opvang", "Opvang", None, None)


def test_an_unknown_author_stays_unknown():
    blocks, _ = attribute_blocks(LETTER, None, QUOTES, "brief.txt")
    assert [block.speaker for block in blocks].count(None) == 8


def test_a_line_that_is_not_there_is_an_error_that_names_it():
    quotes = (QuotesEntry(speaker="kabinet", headings_after="Over iets anders:"),)
    with pytest.raises(DocumentError, match=r"brief\.txt: headings_after 'Over iets anders:'.*word for word"):
        attribute_blocks(LETTER, "vwn", quotes, "brief.txt")
