"""How a question is understood: its speaker, its kind, its corrections, its forms."""

import pytest

from app import analysis
from app.index import open_current
from app.retrieval import QuestionReader
from app.retrieval.expansion import COUNTRY, OF_COUNTRY


@pytest.fixture(scope="module")
def reader(letter_index):
    index = open_current(letter_index)
    yield QuestionReader(index.catalogue)
    index.close()


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("Wat zegt VWN over nareis?", ("vwn",)),
        ("Wat vinden jullie van nareis?", ("vwn",)),
        ("What does the Dutch Council for Refugees think of nareis?", ("vwn",)),
        ("Wat wil het tussenverslag met opvang?", ("tussenverslag",)),
        ("Wat zegt de Raad van State over het Pact?", ("raad-van-state",)),
        ("Volgens de RvS, mag het tweestatusstelsel?", ("raad-van-state",)),
        ("Wanneer is het tussenverslag gepresenteerd?", ()),
        ("Waar kan ik het tussenverslag lezen?", ()),
        ("Is de Spreidingswet nodig?", ()),
    ],
)
def test_whose_words_are_asked_for(reader, question, asked):
    assert reader.read(question).asked == asked


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("Waar vind ik de infographic?", "link"),
        ("Where can I read the interim report?", "link"),
        ("Wanneer is het debat?", "time"),
        ("Hoeveel procent werd erkend?", "quantity"),
        ("Wie heeft de brief geschreven?", "person"),
        ("Welke rechtbank besliste over het tweestatusstelsel?", "person"),
        ("Which parties negotiate?", "person"),
        ("Welke oplossingen zijn er?", "text"),
        ("Wat is het gevaar?", "text"),
    ],
)
def test_what_kind_of_answer_is_wanted(reader, question, wanted):
    assert reader.read(question).wanted == wanted


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("spreidinswet", "spreidingswet"),
        ("vluchtelingeverdrag", "vluchtelingenverdrag"),
        ("modernizeren", "moderniseren"),
        ("erkeningspercentage", "erkenningspercentage"),
    ],
)
def test_a_typing_error_is_mended_and_said(reader, typed, meant):
    question = reader.read(f"wat is {typed}")
    assert (typed, meant) in question.corrections
    assert meant in question.repaired


@pytest.mark.parametrize("word", ["Griekenland", "kernenergie", "woordenboek", "tulpen"])
def test_a_word_that_exists_is_no_typing_error(reader, word):
    assert not reader.read(f"Wat zegt VWN over {word}?").corrections


def test_words_written_apart_are_also_one(reader):
    question = reader.read("terugkeer verordening")
    assert any(analysis.stem("terugkeerverordening") in concept.forms for concept in question.concepts)


def test_a_compound_is_also_its_parts(reader):
    [concept] = reader.read("grensdetentie").concepts
    assert {analysis.stem("grens"), analysis.stem("detentie")} <= set(concept.forms)


def test_a_name_translated_in_brackets_is_one_thing(reader):
    question = reader.read("What about the Dispersal Act (Spreidingswet)?")
    assert [concept.surface for concept in question.concepts] == ["spreidingswet"]


def test_names_and_numbers_are_told_from_words(reader):
    kinds = {concept.surface: concept.kind for concept in reader.read("Hoe was het in Bulgarije in 2023?").concepts}
    assert kinds["bulgarije"] == "name"
    assert kinds["2023"] == "number"


def test_a_rare_word_weighs_more_than_a_common_one(reader):
    weights = {concept.surface: concept.weight for concept in reader.read("goede leges").concepts}
    assert weights["leges"] > 2 * weights["goede"]


@pytest.mark.parametrize(
    ("question", "label"),
    [
        ("Wat vindt VWN van de Wet inburgering?", "Wet inburgering"),
        ("Wat regelt de Wet open overheid precies?", "Wet open overheid"),
        ("Wat zegt de wet over opvang?", ""),
        ("Wet zegt niets?", ""),
    ],
)
def test_the_name_of_a_law_is_a_name_and_is_called_in_full(reader, question, label):
    laws = [concept for concept in reader.read(question).concepts if concept.surface == "wet"]
    assert [concept.label for concept in laws if concept.kind == "name"] == ([label] if label else [])
    assert all(concept.called == (label or "wet") for concept in laws)


def test_the_month_that_is_asked_for_need_not_stand_in_the_answer(reader):
    assert [concept.surface for concept in reader.read("In welke maand gaat het Pact in?").concepts] == ["pact"]
    assert [concept.surface for concept in reader.read("Welke dag?").concepts] == ["dag"]


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Wat staat er over griekenland?", {"griekenland"}),
        ("Who won in the United States?", {"United States"}),
        ("Hoe is de opvang in Nederland?", set()),
        ("Kan iemand terug naar het Verenigd Koninkrijk?", {"Verenigd Koninkrijk"}),
    ],
)
def test_a_country_is_a_name_however_it_is_written_but_not_the_one_that_all_is_about(reader, question, names):
    assert {concept.called for concept in reader.read(question).concepts if concept.kind == "name"} == names


def test_a_country_has_its_other_names_and_what_comes_from_it(reader):
    [concept] = [c for c in reader.read("What about Bulgaria?").concepts if c.surface == "bulgaria"]
    assert concept.forms[analysis.stem("bulgarije")] >= COUNTRY
    assert concept.forms[analysis.stem("bulgaarse")] >= OF_COUNTRY


def test_a_phrase_inside_a_longer_one_keeps_its_own_forms(reader):
    concepts = {c.surface: c for c in reader.read("Why modernising the Refugee Convention?").concepts}
    alone = {c.surface: c for c in reader.read("Why the Refugee Convention?").concepts}
    term = analysis.stem("vluchtelingenverdrag")
    assert concepts["convention"].forms[term] == alone["convention"].forms[term] > 0.4


@pytest.mark.parametrize(
    ("question", "narrower"),
    [
        ("Wat zegt de brief over klimaatvluchtelingen?", {"klimaatvluchtelingen"}),
        ("Wat zegt de brief over studiefinanciering?", {"studiefinanciering"}),
        # Known, of known parts, no compound, a prefix before an adjective, and no Dutch question.
        ("Wat zegt de brief over de Spreidingswet?", set()),
        ("Wat zegt de brief over kinderopvang?", set()),
        ("Wat zegt de brief over stikstof?", set()),
        ("Wat zegt het internationale verdrag?", set()),
        ("What does the letter say about klimaatvluchtelingen?", set()),
    ],
)
def test_a_kind_that_stands_nowhere_of_a_thing_that_does_is_seen(reader, question, narrower):
    assert {c.surface for c in reader.read(question).concepts if c.is_narrower} == narrower
