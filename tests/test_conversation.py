import pytest

from app.answering.conversation import turn


@pytest.fixture(scope="module")
def reader(answerer):
    return answerer._retriever.reader


BULGARIA = "Wat was het erkenningspercentage in Bulgarije in 2024?"
RETURN = "Wat zegt VWN over de Terugkeerverordening?"


def test_a_year_takes_the_place_of_the_year_before(reader):
    question = turn("en in 2023?", [BULGARIA], reader).text
    assert "2023" in question
    assert "2024" not in question
    assert "erkenningspercentage" in question
    assert "Bulgarije" in question


def test_another_speaker_takes_the_topic_over(reader):
    question = reader.read(turn("en wat zegt de Raad van State daarover?", [RETURN], reader).text)
    assert question.asked == ("raad-van-state",)
    assert any(concept.surface == "terugkeerverordening" for concept in question.concepts)


def test_why_asks_about_what_was_asked(reader):
    assert "gesloten opvang" in turn("waarom?", ["Wat vindt VWN van gesloten opvang?"], reader).text
    assert "gesloten opvang" in turn("Hoezo?", ["Wat vindt VWN van gesloten opvang?"], reader).text


def test_the_speaker_carries_over_to_a_new_topic(reader):
    question = turn("en over overlast?", [RETURN], reader).text
    assert reader.read(question).asked == ("vwn",)
    assert "terugkeerverordening" not in question.casefold()


def test_a_topic_goes_on_through_several_turns(reader):
    question = turn("en in 2023?", [RETURN, BULGARIA, "waarom?"], reader).text
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
    assert turn(question, [BULGARIA], reader).text == question


def test_without_history_every_question_stands_alone(reader):
    assert turn("en in 2023?", [], reader).text == "en in 2023?"


SPREAD = "Wat vindt VWN van de Spreidingswet?"
CLOSED = "Wat vindt VWN van gesloten opvang?"


@pytest.mark.parametrize(
    ("before", "question"),
    [
        (SPREAD, "Wat vindt VWN van kernenergie?"),
        (SPREAD, "Wat zegt VWN over euthanasie?"),
        (SPREAD, "Wat is het weer morgen?"),
        (SPREAD, "Hoe heet de koning?"),
        (BULGARIA, "Wat is de hoofdstad van Frankrijk?"),
        ("Wat vindt VWN van kernenergie?", "Hoeveel statushouders waren er in 2019?"),
        ("What does VWN think of the Dispersal Act?", "What does VWN think of nuclear energy?"),
        ("What does VWN think of the Dispersal Act?", "Who is the king?"),
    ],
)
def test_a_topic_that_no_source_knows_is_a_topic_all_the_same(answerer, reader, before, question):
    assert turn(question, [before], reader).text == question
    answer = answerer.ask(question, history=[before])
    assert (answer.status, answer.understood) == ("not_found", None)


@pytest.mark.parametrize("question", ["en van pensioenen?", "What about pensions?"])
def test_what_changes_the_topic_to_one_that_no_source_knows_is_not_answered_by_the_topic_before(answerer, question):
    assert answerer.ask(question, history=[SPREAD]).status == "not_found"


@pytest.mark.parametrize(
    "question", ["waarom?", "Is dat verplicht?", "Hoe hoog is dat?", "Wat zijn de gevolgen?", "en in 2019?", "Mag dat?"]
)
def test_what_names_no_topic_takes_along_one_that_no_source_knows_too(answerer, question):
    answer = answerer.ask(question, history=["Wat vindt VWN van kernenergie?"])
    assert answer.status == "not_found"
    assert "kernenergie" in answer.understood


@pytest.mark.parametrize("question", ["bedankt", "dank je wel!"])
def test_thanks_after_an_answer_are_no_question(answerer, question):
    assert not answerer.ask(question, history=[SPREAD]).citations


@pytest.mark.parametrize(
    ("before", "question"),
    [
        (BULGARIA, "waarom?"),
        (BULGARIA, "En waarom?"),
        (BULGARIA, "Waarom is dat zo?"),
        (BULGARIA, "hoe komt dat?"),
        ("What was the recognition rate in Bulgaria in 2024?", "Why is it so low?"),
    ],
)
def test_why_is_answered_by_the_sentence_that_gives_the_reason(answerer, before, question):
    answer = answerer.ask(question, history=[before])
    assert answer.status == "answered"
    assert "informele overeenkomsten tussen Bulgarije en Turkije" in answer.citations[0].quote


@pytest.mark.parametrize("question", ["waarom?", "Waarom is dat zo?", "Waarom vindt VWN dat?"])
def test_where_no_reason_stands_that_is_said(answerer, question):
    answer = answerer.ask(question, history=[SPREAD])
    assert answer.status == "partial"
    assert answer.notice.startswith("Waarom dat zo is, staat er niet bij.")


def test_why_not_goes_on_about_the_answer_before(answerer):
    answer = answerer.ask("waarom niet?", history=["Moeten kinderen worden vastgezet?"])
    assert answer.status == "partial"
    assert [citation.quote for citation in answer.citations] == [
        "Het belang van het kind moet te allen tijd voorop staan."
    ]


def test_why_after_why_is_asked_of_what_was_answered_first(reader):
    assert turn("hoezo?", [BULGARIA, "waarom?"], reader).earlier == BULGARIA


def test_why_after_nothing_was_found_finds_nothing(answerer):
    assert answerer.ask("waarom?", history=["Hoe heet de koning?"]).status == "not_found"


@pytest.mark.parametrize("question", ["kun je dat uitleggen?", "Kunt u dat toelichten?", "Leg dat eens uit"])
def test_an_explanation_is_of_the_answer_before(answerer, question):
    answer = answerer.ask(question, history=[BULGARIA])
    assert "Bulgarije en Turkije" in answer.citations[0].quote
    answer = answerer.ask(question, history=[SPREAD])
    assert answer.status == "partial"
    assert answer.notice.startswith("Een uitleg staat er niet bij.")


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("en het tussenverslag?", "tussenverslag"),
        ("en de Europese Commissie?", "europese-commissie"),
        ("and the interim report?", "tussenverslag"),
        ("En VWN dan?", "vwn"),
        ("en volgens de Raad van State?", "raad-van-state"),
    ],
)
def test_a_speaker_alone_is_asked_on_the_topic_before(reader, question, asked):
    read = reader.read(turn(question, [CLOSED], reader).text)
    assert read.asked == (asked,)
    assert {"gesloten", "opvang"} <= {concept.surface for concept in read.concepts}


def test_a_speaker_alone_who_is_silent_is_not_answered_by_another(answerer):
    answer = answerer.ask("en het tussenverslag?", history=[SPREAD])
    assert answer.status == "partial"
    assert "Tussenverslag van de informateur" in answer.notice
    answer = answerer.ask("en de Europese Commissie?", history=[CLOSED])
    assert answer.status == "partial"
    assert "Europese Commissie komt in de bronnen niet zelf aan het woord" in answer.notice
    assert "Europese Commissie" in answer.citations[0].quote


def test_a_speaker_alone_who_speaks_answers(answerer):
    answer = answerer.ask("en het tussenverslag?", history=[CLOSED])
    assert (answer.status, answer.statements[0].speaker) == ("answered", "tussenverslag")


@pytest.mark.parametrize("question", ["en voor kinderen?", "Geldt dat ook voor kinderen?"])
def test_what_a_follow_up_adds_stands_in_the_first_quote(answerer, question):
    answer = answerer.ask(question, history=[CLOSED])
    assert "kinderen onder geen enkele omstandigheid" in answer.citations[0].quote


def test_another_country_takes_the_place_of_the_one_before_and_is_not_there(answerer):
    answer = answerer.ask("en in Griekenland?", history=[BULGARIA])
    assert answer.status == "partial"
    assert answer.notice.startswith("Over ‘Griekenland’ staat er niets") or answer.notice.startswith("Over Griekenland")
    assert answerer.ask("en in Turkije?", history=[BULGARIA]).status == "partial"
