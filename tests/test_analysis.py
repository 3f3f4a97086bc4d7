"""Dutch analysis: what people type and what the sources say meet on the same terms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import analysis


def terms(text):
    return set(analysis.terms(text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Vluchtelingen", "vluchteling"),
        ("één", "een"),
        ("Syriërs", "syriers"),
        ("azc's", "azc"),
        ("14 procent", "14%"),
        ("14 %", "14%"),
        ("June 2026", "juni 2026"),
        ("psycho-sociale", "psycho sociale"),
        ("VWN", "vwn"),
    ],
)
def test_forms_of_one_word_meet(one, other):
    assert analysis.terms(one) == analysis.terms(other)


def test_dates_are_terms_of_their_own():
    assert "10_december" in terms("op woensdag 10 december")
    assert "juni_2026" in terms("in juni 2026")
    assert {"2023", "juni"} <= terms("juni 2023")


def test_percentages_are_numbers_and_percentages():
    assert {"14%", "14", "procent"} <= terms("slechts 14%")
    assert "procent" in terms("Hoeveel procent?")


@pytest.mark.parametrize("word", ["niet", "geen", "nooit", "zonder", "tegen"])
def test_negation_is_no_stop_word(word):
    assert terms(word)


@pytest.mark.parametrize("word", ["de", "het", "wat", "zegt", "vindt", "welke"])
def test_words_without_a_topic_are_left_out(word):
    assert not terms(word)


@pytest.mark.parametrize(
    ("compound", "parts"),
    [
        ("grensdetentie", ("grens", "detentie")),
        ("terugkeerverordening", ("terugkeer", "verordening")),
        ("spreidingswet", ("spreiding", "wet")),
        ("gezinshereniging", ("gezin", "hereniging")),
        ("vluchtelingenverdrag", ("vluchtelingen", "verdrag")),
        ("opvanglocaties", ("opvang", "locaties")),
        ("asielprocedure", ("asiel", "procedure")),
    ],
)
def test_compounds_come_apart_at_their_joints(compound, parts):
    splitter = analysis.CompoundSplitter(analysis.in_lexicon)
    assert splitter.split(compound) == parts


def test_the_lexicon_as_a_set_holds_what_it_holds_word_by_word():
    known = analysis.lexicon()
    words = ["opvang", "grens", "nederland", "tweestatusstelsel", "xyz", "", "kinderen", "azc", "vwn", "detentie"]
    assert [known(word) for word in words] == [bool(word) and analysis.in_lexicon(word) for word in words]


@pytest.mark.parametrize("word", ["opvang", "bescherming", "tussen", "kinderen", "a", "verder", "2023", ""])
def test_what_is_no_compound_stays_whole(word):
    assert analysis.CompoundSplitter(analysis.in_lexicon).split(word) == ()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Wat zegt VWN over nareis?", "nl"),
        ("What does VWN say about family reunification?", "en"),
        ("spreidingswet", "nl"),
        ("Is return cheaper than detention?", "en"),
        ("hoe zit het met kinderen", "nl"),
        ("", "nl"),
    ],
)
def test_the_language_is_told_by_its_function_words(text, language):
    assert analysis.detect_language(text) == language


def test_common_words_say_less_than_rare_ones():
    assert analysis.information("genoeg", "nl") < analysis.information("leges", "nl")
    assert analysis.information("people", "en") < analysis.information("detention", "en")
    assert analysis.information("zomaareenwoord", "nl") == 1.0


@given(st.text(max_size=300))
def test_any_text_can_be_analysed(text):
    for token in analysis.tokens(text):
        assert token.surface
        assert token.term
        assert " " not in token.term
    assert analysis.fold(analysis.fold(text)) == analysis.fold(text) or True in (sign.isupper() for sign in text)


@given(st.from_regex(r"[a-z]{7,30}", fullmatch=True))
def test_parts_lie_in_their_compound_in_order(word):
    place = 0
    for part in analysis.CompoundSplitter(analysis.in_lexicon).split(word):
        assert word.find(part, place) >= place
        place = word.find(part, place) + len(part)


@pytest.mark.parametrize(
    ("one", "other"), [("gezin", "zin"), ("gemeente", "menen"), ("gegevens", "geven"), ("gevolg", "volgen")]
)
def test_ge_in_front_of_a_noun_is_part_of_it(one, other):
    assert analysis.stem(one) != analysis.stem(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("gezin", "gezinnen"), ("gemeente", "gemeenten"), ("gevaar", "gevaren")],
)
def test_inflections_of_a_noun_with_ge_meet(one, other):
    assert analysis.stem(one) == analysis.stem(other)


@pytest.mark.parametrize("text", ["in die zin", "in eerste instantie", "in het kader van", "op basis van"])
def test_set_phrases_have_no_topic(text):
    assert analysis.terms(text) == []


def test_the_nouns_of_set_phrases_count_elsewhere():
    assert analysis.terms("de zin van het leven") == [analysis.stem("zin"), analysis.stem("leven")]


@pytest.mark.parametrize(
    ("compound", "parts"),
    [
        ("persoonsgegevens", ("persoon", "gegevens")),
        ("gezinsleden", ("gezin", "leden")),
        ("maatregelen", ()),
        ("voorstellen", ()),
    ],
)
def test_common_words_stay_whole_and_compounds_come_apart_in_common_words(compound, parts):
    assert analysis.CompoundSplitter(analysis.in_lexicon).split(compound) == parts


@pytest.mark.parametrize(
    "text",
    [
        "",
        "De, het en een.",
        "In het kader van de opvang zijn er in het kader van de wet 14 procent meer plekken nodig.",
        "Op 10 december 2025 besloot de Afdeling in elk geval dat 28 procent van de plekken blijft.",
        "De IND en de " + "van de " * 40 + "gemeenten en de provincies en het COA.",
    ],
)
@pytest.mark.parametrize("most", [1, 3, 7])
def test_the_first_terms_are_those_that_all_terms_begin_with(text, most):
    assert analysis.first_terms(text, most) == analysis.terms(text)[:most]
