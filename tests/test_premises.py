import pytest

from app.answering.premises import claimed, denies


@pytest.mark.parametrize(
    ("question", "claim"),
    [
        ("Waarom is VWN voor gesloten opvang?", "for"),
        ("Waarom vindt VWN dat de grenzen dicht moeten?", "for"),
        ("Waarom wil VWN de Spreidingswet afschaffen?", "against"),
        ("Why does VWN oppose the Pact?", "against"),
        ("Waarom vindt VWN het Vluchtelingenverdrag verouderd?", "holds"),
        ("Waarom wil VWN geen gesloten opvang?", None),
        ("Wat vindt VWN van gesloten opvang?", None),
        ("Waarom duurt de procedure lang?", None),
    ],
)
def test_what_is_taken_for_granted_is_seen(answerer, question, claim):
    assert claimed(answerer._retriever.reader.read(question)) == claim


def test_the_name_of_a_speaker_claims_nothing(answerer):
    read = answerer._retriever.reader.read("Waarom schrijft VWN aan de Bond voor Burgers?")
    assert claimed(read) == "for"
    assert claimed(read, ["Bond voor Burgers"]) is None


def test_a_sentence_that_denies_speaks_against_what_is_claimed():
    assert denies("for", "Dit is schadelijk voor iedereen.")
    assert denies("for", "Als de grens dichtgaat, dan zullen landen volgen.")
    assert not denies("for", "Dit is nodig en goed.")
    assert denies("against", "Behoud deze wet.")
    assert not denies("against", "Dit is geen goede wet.")


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Waarom is VWN voor gesloten opvang van kinderen?", "kinderen onder geen enkele omstandigheid"),
        ("Waarom vindt VWN het Vluchtelingenverdrag verouderd?", "zorgen over maakt"),
        ("Waarom wil VWN de Spreidingswet afschaffen?", "Behoud en handhaaf de Spreidingswet."),
        ("Why does VWN want to detain children?", "kinderen onder geen enkele omstandigheid"),
    ],
)
def test_a_false_premise_is_met_with_what_contradicts_it(answerer, question, said):
    answer = answerer.ask(question)
    assert answer.status != "not_found"
    assert any(said in citation.quote for citation in answer.citations)
    assert answer.notice.startswith(("Of dat zo is, blijkt niet", "The sources do not show"))


@pytest.mark.parametrize(
    "question",
    [
        "Waarom is VWN tegen het moderniseren van het Vluchtelingenverdrag?",
        "Waarom is VWN blij met de aanwezigheid op opvanglocaties?",
        "Waarom vindt VWN meedoen belangrijk?",
        "Waarom moet volgens VWN de Spreidingswet blijven?",
        "Why is the Dutch Council for Refugees worried about modernising the Refugee Convention?",
    ],
)
def test_a_premise_that_holds_is_answered(answerer, question):
    answer = answerer.ask(question)
    assert (answer.status, answer.notice) == ("answered", None)


def test_where_nothing_contradicts_a_premise_outright_it_is_not_answered(answerer):
    assert answerer.ask("Waarom vindt VWN dat Nederland de grenzen moet sluiten?").status == "partial"
    assert answerer.ask("Waarom vindt VWN het Vluchtelingenverdrag verouderd?").status == "partial"
