import pytest

from app.answering.notices import as_typed
from app.answering.wording import say


def test_names_are_written_as_they_were_typed_and_countries_with_a_capital():
    assert as_typed("wilders", "Wat zegt Wilders?") == "Wilders"
    assert as_typed("griekenland", "hoe is het in griekenland?") == "Griekenland"
    assert as_typed("in turkije", "Hoeveel asiel in Turkije?") == "in Turkije"
    assert as_typed("elders", "niets daarvan") == "elders"


@pytest.mark.parametrize(
    ("question", "notice"),
    [
        (
            "Hoe hoog is het erkenningspercentage in griekenland?",
            "Over Griekenland staat er niets in de bronnen; over Bulgarije wel:",
        ),
        ("What is the recognition rate in Romania?", "The sources say nothing about Romania; about Bulgaria they do:"),
        (
            "Wat was het erkenningspercentage in Bulgarije in 2022?",
            "Over 2022 staat er niets in de bronnen; over 2023 en 2024 wel:",
        ),
    ],
)
def test_what_there_is_instead_is_said(answerer, question, notice):
    answer = answerer.ask(question)
    assert (answer.status, answer.notice) == ("partial", notice)


def test_one_says_and_several_say():
    assert say("nl", "others", 1, others="A") == "A zegt er wel iets over."
    assert say("nl", "others", 2, others="A en B") == "A en B zeggen er wel iets over."
    assert say("en", "others", 2, others="A and B") == "A and B do say something about it."


@pytest.mark.parametrize(
    ("question", "hint"),
    [
        ("Wat zegt D66 over gesloten opvang?", "D66 komt in de bronnen niet zelf aan het woord."),
        (
            "Wat wil de informateur met de terugkeerrichtlijn?",
            "Informateur komt in de bronnen niet zelf aan het woord.",
        ),
        ("Wat zegt het CDA over overlast?", "CDA komt in de bronnen niet zelf aan het woord."),
        ("What does D66 say about closed reception?", "D66 does not speak in the sources."),
    ],
)
def test_nothing_is_attributed_to_a_hint(answerer, question, hint):
    answer = answerer.ask(question)
    assert answer.status == "partial"
    assert answer.notice.startswith(hint)
    assert "Tussenverslag van de informateur" in answer.notice
    assert answer.statements[0].speaker == "tussenverslag"


def test_a_speaker_who_treats_something_else_is_silent_on_what_others_treat(answerer):
    answer = answerer.ask("Wat zegt de informateur over asielprocedures buiten de EU?")
    assert answer.status == "partial"
    assert {statement.speaker for statement in answer.statements} == {"vwn"}


@pytest.mark.parametrize(
    "question",
    [
        "Wat zegt het tussenverslag over het Vluchtelingenverdrag?",
        "Wat zegt het tussenverslag over de Spreidingswet?",
        "Wat zegt de Raad van State over het Vluchtelingenverdrag?",
    ],
)
def test_who_is_silent_is_named_with_who_does_treat_it(answerer, question):
    answer = answerer.ask(question)
    assert answer.status == "partial"
    assert {statement.speaker for statement in answer.statements} == {"vwn"}
    assert "VluchtelingenWerk Nederland zegt er wel iets over." in answer.notice


@pytest.mark.parametrize(
    "question",
    ["Waar kan ik het Pact lezen?", "Where can I read the Pact?", "Heb je een link naar het VWN jaarverslag?"],
)
def test_a_link_to_something_else_is_said_to_be_so(answerer, question):
    answer = answerer.ask(question)
    assert answer.status == "partial"
    assert "zelf" in answer.notice or "itself" in answer.notice


def test_a_fact_that_was_asked_for_stands_in_the_first_sentence_shown(answerer):
    answer = answerer.ask("Wanneer moet het Pact zijn ingevoerd?")
    assert answer.citations[0].quote.startswith("Daarnaast is het logischer")
    assert "juni 2026" in answer.citations[0].quote


def test_the_name_of_a_speaker_alone_is_no_topic(answerer):
    answer = answerer.ask("Wat is het telefoonnummer van VluchtelingenWerk?")
    assert (answer.status, answer.also) == ("not_found", ())
