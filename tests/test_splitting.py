"""Sentences and passages of a document: offsets, sections, speakers, and what belongs together."""

from hypothesis import given
from hypothesis import strategies as st

from app.passages import Document
from ingest.parsing.blocks import ParsedBuilder
from ingest.sources import QuotesEntry
from ingest.speakers import attribute_blocks
from ingest.splitting import LONGEST_PASSAGE, split_document


def split(*blocks, quotes=(), names=()):
    builder = ParsedBuilder()
    for kind, text in blocks:
        builder.add(kind, text, keep_lines="\n" in text)
    parsed = builder.build()
    attributed = attribute_blocks(parsed, "vwn", quotes, "brief.txt")
    document = Document("brief", "brief", "Een brief", parsed.text, attributed.blocks, parsed.links)
    return document, *split_document(document, attributed.sections, names)


LONG = "De gemeente vangt hier al jaren mensen op en wil daar ook de komende jaren mee doorgaan, als dat kan. " * 3


def test_a_heading_is_a_passage_of_its_own():
    _, _, passages = split(
        ("heading", "Opvang"), ("paragraph", "Kort."), ("heading", "Werk"), ("paragraph", "Ook kort.")
    )
    assert [(p.kind, p.text) for p in passages] == [
        ("heading", "Opvang"), ("paragraph", "Kort."), ("heading", "Werk"), ("paragraph", "Ook kort."),
    ]  # fmt: skip


def test_a_heading_is_one_sentence_however_many_full_stops_it_holds():
    _, sentences, _ = split(
        ("heading", "Gesloten opvang. Om te helpen draagt Nederland bij."), ("paragraph", "Zo is het.")
    )
    assert [s.text for s in sentences] == ["Gesloten opvang. Om te helpen draagt Nederland bij.", "Zo is het."]


def test_a_passage_holds_one_section_and_one_speaker():
    _, sentences, passages = split(
        ("paragraph", "Vooraf."), ("paragraph", "Over de plannen:"), ("heading", "Terugsturen"),
        ("paragraph", "Dat is slecht. Het kan anders."),
        quotes=(QuotesEntry(speaker="kabinet", headings_after="Over de plannen:"),),
    )  # fmt: skip
    for passage in passages:
        run = sentences[passage.first : passage.last + 1]
        assert {(s.speaker, s.section) for s in run} == {(passage.speaker, passage.section)}
    assert [(p.speaker, p.section) for p in passages if p.kind == "heading"] == [("kabinet", "Terugsturen")]
    assert passages[-1].speaker == "vwn"


def test_a_long_paragraph_stands_alone_and_a_short_line_goes_with_the_next():
    _, _, passages = split(("paragraph", LONG), ("paragraph", LONG))
    assert len(passages) == 2
    _, _, passages = split(("paragraph", "Wij vragen dit:"), ("paragraph", "Meer tijd voor taal."))
    assert len(passages) == 1


def test_a_list_stays_with_the_line_that_leads_it_in():
    _, _, passages = split(
        ("paragraph", LONG + "Wij vragen:"), ("list_item", "• meer taal"), ("list_item", "• meer werk"),
        ("paragraph", LONG),
    )  # fmt: skip
    assert len(passages) == 2
    assert passages[0].text.endswith("• meer werk")


def test_a_footnote_never_joins_the_running_text():
    _, _, passages = split(("paragraph", "Kort."), ("footnote", "1 Zie de bijlage."), ("paragraph", "Weer kort."))
    assert [p.kind for p in passages] == ["paragraph", "footnote", "paragraph"]


def test_the_lines_of_a_signature_are_one_sentence():
    _, sentences, _ = split(("paragraph", "Hoogachtend,"), ("paragraph", "A. de Wit\nVoorzitter. Lid."))
    assert sentences[-1].text == "A. de Wit\nVoorzitter. Lid."


def test_a_reported_speaker_stands_beside_the_speaker():
    _, sentences, _ = split(
        ("paragraph", "Volgens de Raad van State kan dit niet. Wij zien dat ook."), names=(("Raad van State", "rvs"),)
    )
    assert [(s.speaker, s.reported_speaker) for s in sentences] == [("vwn", "rvs"), ("vwn", None)]


BLOCKS = st.lists(
    st.tuples(
        st.sampled_from(["heading", "paragraph", "list_item", "table_row", "footnote"]),
        st.text(st.sampled_from("aB. !?1\n:…’"), min_size=1, max_size=200).filter(str.strip)
        | st.integers(1, 12).map(lambda times: LONG * times),
    ),
    max_size=8,
)


@given(BLOCKS)
def test_sentences_and_passages_are_the_text_at_their_offsets_and_leave_nothing_out(blocks):
    document, sentences, passages = split(*blocks)
    for part in (*sentences, *passages):
        assert part.text == document.text[part.start : part.end]
    assert [s.ordinal for s in sentences] == list(range(len(sentences)))
    assert "".join("".join(s.text.split()) for s in sentences) == "".join(document.text.split())
    covered = [n for p in passages for n in range(p.first, p.last + 1)]
    assert covered == list(range(len(sentences))), "each sentence stands in exactly one passage"
    for passage in passages:
        assert passage.first == passage.last or len(passage.text) <= LONGEST_PASSAGE
