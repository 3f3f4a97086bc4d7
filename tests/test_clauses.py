import pytest

from app.answering.claims import claimed
from app.answering.clauses import clauses

SPEAKER = ("woonbond",)


def read(text, language="nl"):
    return claimed(clauses([text], language, SPEAKER), SPEAKER)


def words(clause):
    return [word.raw for word in clause.content]


def test_a_sentence_comes_apart_where_its_clauses_join():
    made = read("Boeren krijgen geld; de provincie betaalt de sloop, terwijl het Rijk toekijkt.")
    assert [words(clause)[0] for clause in made] == ["Boeren", "provincie", "Rijk"]


def test_two_sentences_joined_by_and_come_apart_and_two_nouns_do_not():
    assert len(read("De provincie betaalt de stal en het Rijk betaalt de sloop.")) == 2
    assert len(read("De provincie en het Rijk betalen de sloop.")) == 1


def test_a_clause_without_words_of_its_own_goes_with_its_neighbour():
    assert len(read("Volgens de Woonbond, zo zegt hij, stijgt de huur.")) == 1


@pytest.mark.parametrize(
    ("text", "language", "marks"),
    [
        ("De huur stijgt niet.", "nl", {"negation"}),
        ("Leraren geven niet alleen les.", "nl", {"not_only"}),
        ("Scholen zouden dat moeten doen.", "nl", {"should"}),
        ("Scholen hoeven dat niet te doen.", "nl", {"need"}),
        ("Schools do not have to do that.", "en", {"need"}),
        ("Scholen mogen dat niet doen.", "nl", {"may", "negation"}),
        ("Schools must not do that.", "en", {"may", "negation"}),
        ("Sommige scholen kunnen dat.", "nl", {"some", "can"}),
        ("Het rapport stelt een verbod voor.", "nl", {"want"}),
    ],
)
def test_the_force_of_a_clause_is_read(text, language, marks):
    [clause] = read(text, language)
    assert {name for name, count in clause.marks.items() if count} == marks


def test_not_this_but_that_denies_this_alone():
    first = read("De polder loopt niet leeg, maar juist onder.")[0]
    assert [word.raw for word in first.words if word.denied] == ["leeg"]
    assert not first.marks["negation"]


@pytest.mark.parametrize(
    ("text", "owners"),
    [
        ("De huur stijgt.", [()]),
        ("Het kabinet wil de huur verhogen.", [("cabinet",)]),
        ("Het kabinet wil de huur verhogen, maar wij vinden dat onverstandig.", [("cabinet",), ()]),
        ("Volgens het ministerie stijgt de huur.", [("ministry",)]),
        ("De Woonbond schrijft dat de huur stijgt.", [()]),
        ("De Woonbond schrijft dat het kabinet de huur wil verhogen.", [("cabinet",)]),
        ("Het kabinet wil volgens de Woonbond de huur verhogen.", [("cabinet",)]),
    ],
)
def test_a_claim_is_whose_it_is(text, owners):
    assert [clause.owner for clause in read(text)] == owners
