"""The glossary in the box: enough entries, each complete, and no word that would expand questions wrongly."""

from collections import Counter
from pathlib import Path

import pytest

from app import analysis
from app.index.catalogue import Catalogue
from app.index.writing import CatalogueWriter
from app.retrieval.question import QuestionReader
from ingest.glossary import load_glossary

CORPUS = Path(__file__).parent.parent / "corpus"
GLOSSARY = load_glossary(CORPUS)

# Words of every subject: as a form of an entry they would pull that entry into any question.
TOO_GENERAL = frozenset(
    """
    mensen mens plan plannen land landen overheid regering probleem problemen oplossing oplossingen maatregel
    maatregelen voorstel voorstellen tijd jaar regels wet wetten brief rapport zaak zaken nederland europa politiek
    people person plan country countries government problem problems solution solutions measure measures proposal
    proposals time year rules law laws letter report case cases netherlands europe politics dutch work working
    """.split()
)


def forms(entry):
    return [entry["term"], *entry["synonyms"], *entry["everyday"], *entry["english"]]


def phrase(form):
    return " ".join(analysis.words(form))


def entry_of(form):
    found = [entry for entry in GLOSSARY if phrase(form) in map(phrase, forms(entry))]
    assert len(found) == 1, f"{form!r} stands under {[entry['term'] for entry in found]}"
    return found[0]


def test_the_glossary_covers_the_field():
    assert len(GLOSSARY) >= 280


def test_every_entry_has_a_term_a_meaning_and_english():
    for entry in GLOSSARY:
        assert entry["term"], entry
        assert entry["meaning"], entry
        assert entry["english"], entry


def test_a_meaning_is_one_plain_line_that_ends_in_a_full_stop():
    for entry in GLOSSARY:
        meaning = entry["meaning"]
        assert "\n" not in meaning, entry["term"]
        assert meaning.endswith("."), entry["term"]
        assert len(meaning) <= 140, entry["term"]


def test_no_form_stands_under_two_entries_or_twice_under_one():
    counts = Counter(phrase(form) for entry in GLOSSARY for form in forms(entry))
    assert [form for form, times in counts.items() if times > 1] == []


def test_every_form_has_two_letters_and_a_word_that_carries_meaning():
    stop_words = analysis.STOP_WORDS_NL | analysis.STOP_WORDS_EN
    for entry in GLOSSARY:
        for form in forms(entry):
            assert len(phrase(form)) >= 2, (entry["term"], form)
            assert set(analysis.words(form)) - stop_words, (entry["term"], form)
            assert analysis.terms(form), (entry["term"], form)


def test_no_form_is_a_word_of_every_subject():
    assert [form for entry in GLOSSARY for form in forms(entry) if phrase(form) in TOO_GENERAL] == []


@pytest.mark.parametrize(
    "same",
    [
        ("nareis", "gezinshereniging", "family reunification"),
        ("bewaring", "detentie", "opsluiten", "vastzetten", "detention"),
        ("legesvrij", "free of charge"),
        ("spreidingswet", "dispersal act"),
        ("tweestatusstelsel", "two-status system"),
        ("azc", "asielzoekerscentrum", "asylum centre"),
        ("amv", "alleenstaande minderjarige vreemdeling", "unaccompanied minors"),
        ("wegsturen", "uitzetting", "deportation"),
        ("illegalen", "ongedocumenteerden", "undocumented"),
    ],
)
def test_words_for_one_thing_stand_under_one_entry(same):
    assert len({entry_of(form)["term"] for form in same}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Terugkeerverordening", "Terugkeerrichtlijn"),
        ("beroep", "hoger beroep"),
        ("asielzoeker", "statushouder"),
        ("vluchtelingenstatus", "subsidiaire bescherming"),
        ("noodopvang", "crisisnoodopvang"),
        ("Vluchtelingenverdrag", "EVRM"),
        ("IND", "COA"),
        ("leges", "legesvrij"),
    ],
)
def test_things_that_differ_in_law_stand_apart(one, other):
    assert entry_of(one)["term"] != entry_of(other)["term"]


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    """Reads questions against a catalogue that holds nothing but the glossary."""
    path = tmp_path_factory.mktemp("catalogue") / "catalogue.sqlite"
    writer = CatalogueWriter(path)
    writer.glossary(GLOSSARY)
    writer.close()
    catalogue = Catalogue(path)
    yield QuestionReader(catalogue)
    catalogue.close()


@pytest.mark.parametrize(
    ("question", "word", "reaches"),
    [
        ("Mag je kinderen zomaar opsluiten?", "opsluiten", "detentie"),
        ("Wanneer komt het gezin na, en is de nareis legesvrij?", "nareis", "gezinshereniging"),
        ("What about family reunification?", "reunification", "nareis"),
        ("Does the Dispersal Act stay?", "dispersal", "spreidingswet"),
        ("Worden illegalen strafbaar?", "illegalen", "ongedocumenteerden"),
        ("Komt er hier een asielzoekerscentrum?", "asielzoekerscentrum", "azc"),
    ],
)
def test_a_word_of_a_question_reaches_the_word_of_the_source(reader, question, word, reaches):
    concept = next(concept for concept in reader.read(question).concepts if concept.surface == word)
    assert 0 < concept.forms[analysis.stem(reaches)] < concept.forms[analysis.stem(word)]
