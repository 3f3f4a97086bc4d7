"""Answers in the sources' own sentences: what has to go with them, and what has to be said before them."""

import pytest

from app.errors import QuestionError


@pytest.mark.parametrize(
    "question",
    [
        "Mag een vergunning voor onbepaalde tijd onder het Pact?",
        "Klopt het dat een vergunning onbepaalde tijd niet mogelijk is?",
    ],
)
def test_a_claim_that_is_denied_is_not_quoted_without_the_denial(answerer, question):
    quotes = [c.quote for c in answerer.ask(question).citations if "niet mogelijk zou zijn" in c.quote]
    assert quotes
    assert all(quote.endswith("Dit is onjuist.") for quote in quotes)


def test_a_sentence_that_leans_takes_along_what_it_leans_on(answerer):
    quotes = [c.quote for c in answerer.ask("Wat heeft de Europese Commissie aangegeven over grensdetentie?").citations]
    assert any(quote.startswith("De grensprocedures") and "Europese Commissie" in quote for quote in quotes)


def test_who_does_not_speak_in_the_sources_is_said_to_be_so(answerer):
    answer = answerer.ask("Wat zegt de Europese Commissie over grensdetentie?")
    assert answer.status == "partial"
    assert "niet zelf aan het woord" in answer.notice
    assert "Europese Commissie" in answer.citations[0].quote


def test_who_was_not_fetched_is_said_to_be_so_without_a_command_that_is_not_the_readers(answerer):
    answer = answerer.ask("Wat zegt de Raad van State over het tweestatusstelsel?")
    assert answer.status == "partial"
    assert "hier nog niet opgehaald" in answer.notice
    assert "ingest" not in answer.answer


@pytest.mark.parametrize(
    "question", ["Wat zegt Trouw over het Vluchtelingenverdrag?", "Wat staat er in de infographic?"]
)
def test_a_source_that_is_named_and_was_not_fetched_is_said_to_be_so(answerer, question):
    answer = answerer.ask(question)
    assert answer.status != "answered"
    assert "hier nog niet opgehaald" in answer.notice


def test_a_letter_says_who_signed_it_and_whom_it_is_for(answerer):
    assert answerer.ask("Wie heeft de brief ondertekend?").citations[0].quote.startswith("Frank Candel")
    assert answerer.ask("Who signed the letter?").citations[0].quote.startswith("Frank Candel")
    assert answerer.ask("Aan wie is de brief gericht?").citations[0].quote == "Geachte fractievoorzitters,"


@pytest.mark.parametrize("question", ["What is 2+2?", "Wat is 10 + 10?"])
def test_a_number_is_no_topic(answerer, question):
    assert answerer.ask(question).status == "not_found"


@pytest.mark.parametrize(
    "question",
    [
        "Wat is de hoofdstad van Bulgarije?",
        "Hoeveel inwoners heeft Turkije?",
        "Wat kost gedwongen terugkeer per persoon?",
    ],
)
def test_what_shares_no_more_than_a_name_is_not_answered(answerer, question):
    assert answerer.ask(question).status != "answered"


def test_a_full_name_is_one_name_and_what_is_asked_of_it_must_stand_there(answerer):
    assert answerer.ask("What does Frank Candel think about nuclear energy?").status != "answered"
    answer = answerer.ask("Welke functie heeft Frank Candel?")
    assert answer.status == "answered"
    assert answer.citations[0].quote.startswith("Frank Candel")


def test_nobody_is_known_by_the_likeness_of_a_name(answerer):
    answer = answerer.ask("What does Wilders think of closed reception?")
    assert answer.status == "partial"
    assert "‘Wilders’" in answer.notice


def test_a_kind_of_what_the_sources_speak_of_is_said_to_be_absent(answerer):
    answer = answerer.ask("Wat staat er in de brief over klimaatvluchtelingen?")
    assert answer.status == "partial"
    assert "‘klimaatvluchtelingen’" in answer.notice


def test_none_at_all_is_no_number(answerer):
    answer = answerer.ask("Hoeveel kinderen zitten er in detentie?")
    assert (answer.status, "geen enkele" in answer.citations[0].quote) == ("partial", True)


def test_who_holds_a_post_is_not_answered_by_a_name_beside_which_the_post_does_not_stand(answerer):
    assert answerer.ask("Wie is de minister van Asiel en Migratie?").status == "partial"
    answer = answerer.ask("Wie is de bestuursvoorzitter van VluchtelingenWerk?")
    assert (answer.status, answer.citations[0].quote.split("\n")[0]) == ("answered", "Frank Candel")


def test_a_law_that_the_sources_do_not_name_is_said_to_be_absent_in_full(answerer):
    answer = answerer.ask("Wat vindt VWN van de Wet inburgering?")
    assert answer.status == "partial"
    assert "‘Wet inburgering’" in answer.notice


@pytest.mark.parametrize(
    "question", ["Which court ruled on the two-status system?", "Welke rechtbank besliste over het tweestatusstelsel?"]
)
def test_who_asks_for_one_of_a_kind_is_not_answered_by_a_sentence_without_any(answerer, question):
    assert answerer.ask(question).status != "answered"


def test_where_nothing_is_likely_to_answer_more_is_shown_than_what_comes_nearest(answerer):
    answer = answerer.ask("Helpen strengere nationale regels om minder mensen te laten komen?")
    assert answer.status == "partial"
    assert len(answer.statements) > 1


@pytest.mark.parametrize("question", ["", " ", "?!", "\u200b", "\ud800 wat", "a" * 3_000])
def test_what_is_no_question_is_refused(answerer, question):
    with pytest.raises(QuestionError):
        answerer.ask(question)


def test_an_answer_stays_short(answerer):
    for question in ("Wat vindt VWN?", "Wat vindt VWN van opvang, terugkeer, nareis, overlast en het Pact?"):
        answer = answerer.ask(question)
        assert len(answer.statements) <= 4
        assert sum(len(c.quote) for c in answer.citations) <= 1_400


def test_the_reported_speaker_is_that_of_the_sentence_itself(answerer):
    answer = answerer.ask("Is het tweestatusstelsel verplicht?")
    [cited] = [c for c in answer.citations if "dat mag, maar moet niet" in c.quote]
    assert cited.reported_speaker is None
