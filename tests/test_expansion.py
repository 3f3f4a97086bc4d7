"""Other words for what a question says."""

from app import analysis
from app.lexicon import countries, groups, paraphrases, translations
from app.retrieval.english import LESS_USUAL, TRANSLATION, EnglishWords
from app.retrieval.expansion import EVERYDAY, PARAPHRASE, SYNONYM, Expander, Groups

ENTRY = {
    "term": "gezinshereniging", "synonyms": ["nareis"], "everyday": ["gezin laten overkomen"], "english": ["family reunification"],
}  # fmt: skip


def test_each_form_of_an_entry_finds_the_others():
    found = Expander([ENTRY]).expansions(["nareis"])["nareis"]
    assert found[analysis.stem("gezinshereniging")] == SYNONYM
    assert EVERYDAY not in found.values()  # A phrase of several words is found, but its words apart are something else.


def test_a_phrase_is_found_by_another_inflection():
    assert (
        analysis.stem("gezinshereniging")
        in Expander([ENTRY]).expansions(["gezinnen", "laten", "overkomen"])["gezinnen laten overkomen"]
    )


def test_a_word_inside_a_longer_phrase_counts_for_less():
    entries = [ENTRY, {"term": "gezin", "synonyms": ["familie"]}]
    found = Expander(entries).expansions(["gezin", "laten", "overkomen"])
    assert found["gezin"]["familie"] < SYNONYM


def test_everyday_words_find_those_of_administration():
    found = Expander([]).expansions(["vertraging"])["vertraging"]
    assert found["wachttijd"] == PARAPHRASE
    assert Expander([]).expansions(["zomaareenwoord"]) == {}


def test_every_group_holds_several_forms_and_none_twice():
    for group in paraphrases():
        assert len(group) > 1, group
        assert len(set(group)) == len(group), group


def test_remarks_and_empty_lines_are_no_groups():
    assert groups(["# een opmerking", "", "a, b\tc"]) == (("a", "b", "c"),)


def test_a_group_without_words_finds_nothing():
    empty = Groups()
    assert empty.of("wat", "wat") == []


def test_every_country_has_names_and_no_name_is_of_two():
    seen = [name for names, adjectives in countries() for name in names if names and adjectives]
    assert len(countries()) > 193
    assert len(seen) == len(set(seen))


def test_an_english_word_finds_the_dutch_ones_in_an_english_question_alone():
    found = Expander([]).expansions(["borders"], "en")["borders"]
    assert found[analysis.stem("grens")] == TRANSLATION
    assert found[analysis.stem("grenzen")] in (TRANSLATION, LESS_USUAL)
    assert "borders" not in found
    assert "borders" not in Expander([]).expansions(["borders"])
    assert analysis.stem("beschuldiging") in Expander([]).expansions(["accusing"], "en")["accusing"]


def test_no_english_form_is_translated_twice():
    forms = [form for english, dutch in translations() for form in english if dutch]
    assert len(forms) == len(set(forms)) > 1_500


def test_an_english_word_is_looked_up_as_it_stands_before_others_of_its_stem():
    words = EnglishWords([(("measurable",), ("meetbaar",)), (("measure", "measures"), ("maatregel",))])
    [measures] = words.of("measures", analysis.stem_english("measures"))
    assert measures == {analysis.stem("maatregel"): TRANSLATION}
    [measuring] = words.of("measuring", analysis.stem_english("measuring"))
    assert measuring == {analysis.stem("meetbaar"): TRANSLATION}
