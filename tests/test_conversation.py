import pytest

from app.answering.conversation import standalone
from app.retrieval import QuestionReader


@pytest.fixture(scope="module")
def reader(letter_index):
    from app.index import open_current

    index = open_current(letter_index)
    yield QuestionReader(index.catalogue)
    index.close()


BULGARIA = "Wat was het erkenningspercentage in Bulgarije in 2024?"
RETURN = "Wat zegt VWN over de Terugkeerverordening?"


def test_a_year_takes_the_place_of_the_year_before(reader):
    question = standalone("en in 2023?", [BULGARIA], reader)
    assert "2023" in question
    assert "2024" not in question
    assert "erkenningspercentage" in question
    assert "Bulgarije" in question


def test_another_speaker_takes_the_topic_over(reader):
    question = reader.read(standalone("en wat zegt de Raad van State daarover?", [RETURN], reader))
    assert question.asked == ("raad-van-state",)
    assert any(concept.surface == "terugkeerverordening" for concept in question.concepts)


def test_why_asks_about_what_was_asked(reader):
    assert "gesloten opvang" in standalone("waarom?", ["Wat vindt VWN van gesloten opvang?"], reader)
    assert "gesloten opvang" in standalone("Hoezo?", ["Wat vindt VWN van gesloten opvang?"], reader)


def test_the_speaker_carries_over_to_a_new_topic(reader):
    question = standalone("en over overlast?", [RETURN], reader)
    assert reader.read(question).asked == ("vwn",)
    assert "terugkeerverordening" not in question.casefold()


def test_a_topic_goes_on_through_several_turns(reader):
    question = standalone("en in 2023?", [RETURN, BULGARIA, "waarom?"], reader)
    assert "erkenningspercentage" in question


@pytest.mark.parametrize(
    "question",
    [
        "Wat vindt VWN van de Spreidingswet?",
        "En wat vindt VWN van nareis?",
        "What does VWN think about detaining children?",
        "Wanneer is het debat over het eindverslag van de informateur?",
    ],
)
def test_a_question_that_stands_alone_is_left_alone(reader, question):
    assert standalone(question, [BULGARIA], reader) == question


def test_without_history_every_question_stands_alone(reader):
    assert standalone("en in 2023?", [], reader) == "en in 2023?"
