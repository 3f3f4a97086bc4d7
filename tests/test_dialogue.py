"""Questions and answers in one document: who asks, who answers, and what is answered."""

import pytest

from ingest.dialogue import Turn, questions_answered, turns
from ingest.parsing.blocks import ParsedBuilder
from ingest.sources import QuotesEntry
from ingest.speakers import attribute_blocks


def parsed(*texts):
    builder = ParsedBuilder()
    for text in texts:
        builder.add("paragraph", text)
    return builder.build()


ANSWERS = parsed(
    "Hierbij de antwoorden.", "Vraag 1", "Kent u het bericht?", "Antwoord op vraag 1", "Ja.",
    "Vraag 2", "Sluit het bureau?", "Vraag 3:", "En wanneer?", "Antwoord op vraag 2 en 3", "Het bureau sluit in mei.",
)  # fmt: skip


def test_the_lines_that_open_a_turn_are_found_with_their_numbers():
    assert turns(ANSWERS) == {
        1: Turn("question", (1,)), 3: Turn("answer", (1,)), 5: Turn("question", (2,)), 7: Turn("question", (3,)),
        9: Turn("answer", (2, 3)),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("line", "numbers"),
    [("Vraag 4 t/m 6", (4, 5, 6)), ("Vragen 7, 8 en 9", (7, 8, 9)), ("Question 2", (2,)), ("Vraag 3-5", (3, 4, 5))],
)
def test_several_questions_may_stand_under_one_line(line, numbers):
    assert turns(parsed(line, "Hoe zit dat?", "Antwoord", "Zo."))[0].numbers == numbers


@pytest.mark.parametrize(
    "texts",
    [
        ("Vraag 1", "Wat denkt u?"),
        ("De vraag 1 op de 10 mensen stelt, is deze.", "Antwoord op vraag 1", "Ja."),
        ("Antwoord", "Niets."),
    ],
)
def test_a_text_with_one_side_only_is_no_dialogue(texts):
    assert turns(parsed(*texts)) == {}


def test_a_question_is_nobodys_words_unless_the_sources_say_whose():
    unknown = attribute_blocks(ANSWERS, "minister", (), "a.docx")
    said = {ANSWERS.text[b.start : b.end]: b.speaker for b in unknown.blocks}
    assert said["Sluit het bureau?"] is None
    assert said["Het bureau sluit in mei."] == said["Hierbij de antwoorden."] == "minister"
    named = attribute_blocks(ANSWERS, "minister", (QuotesEntry(speaker="leden", after="Vraag"),), "a.docx")
    assert {b.speaker for b in named.blocks} == {"minister", "leden"}


def test_the_answers_are_about_what_was_asked():
    attributed = attribute_blocks(ANSWERS, "minister", (), "a.docx")
    assert attributed.asked == {
        "Antwoord op vraag 1": "Kent u het bericht?",
        "Antwoord op vraag 2 en 3": "Sluit het bureau? En wanneer?",
    }
    assert questions_answered(ANSWERS, {}, attributed.sections) == {}
