import pytest

from app.answering.comparison import compared_speakers


def test_two_speakers_and_a_word_of_comparing_make_a_comparison(answerer):
    reader = answerer._retriever.reader
    assert compared_speakers(reader.read("Vergelijk VWN en de Raad van State over nareis")) == ("vwn", "raad-van-state")
    assert compared_speakers(reader.read("What is the difference between VWN and the interim report on return?"))
    assert not compared_speakers(reader.read("Wat zeggen VWN en de Raad van State over nareis?"))
    assert not compared_speakers(reader.read("Wat is het verschil tussen opvang en bewaring?"))


def test_each_speaker_answers_in_their_own_words(answerer):
    answer = answerer.ask("Wat is het verschil tussen VWN en het tussenverslag over gesloten opvang?")
    by_speaker = {statement.speaker: statement.text for statement in answer.statements}
    assert by_speaker["tussenverslag"].startswith("Gesloten opvang voor asielzoekers conform het EU Pact.")
    assert "verplicht niet tot gesloten opvang" in by_speaker["vwn"]
    assert answer.status == "answered"


def test_who_is_silent_is_named(answerer):
    answer = answerer.ask("Vergelijk wat VWN en de Raad van State zeggen over het tweestatusstelsel")
    assert answer.status == "partial"
    assert {statement.speaker for statement in answer.statements} == {"vwn"}
    assert "Raad van State" in answer.notice


@pytest.mark.parametrize(
    ("question", "who"),
    [
        ("Vergelijk VWN en de PVV over de Spreidingswet", "Van PVV staat hierover niets"),
        ("Vergelijk het standpunt van VWN met dat van de VVD over noodopvang", "Van VVD staat hierover niets"),
        ("Compare VWN and the PVV on the Dispersal Act", "nothing by PVV"),
    ],
)
def test_who_is_in_no_source_is_named_beside_who_is(answerer, question, who):
    answer = answerer.ask(question)
    assert answer.status == "partial"
    assert {statement.speaker for statement in answer.statements} == {"vwn"}
    assert who in answer.notice


def test_whether_two_agree_is_a_comparison_in_which_silence_is_said(answerer):
    answer = answerer.ask("Zijn VWN en het tussenverslag het eens over de Spreidingswet?")
    assert answer.status == "partial"
    assert "Tussenverslag van de informateur" in answer.notice
    assert "spreidingswet" in answer.citations[0].quote.casefold()


def test_a_comparison_on_nothing_in_the_sources_is_not_found(answerer):
    answer = answerer.ask("Vergelijk wat VWN en het tussenverslag zeggen over kernenergie")
    assert answer.status == "not_found"
    assert not answer.citations
