import pytest

from app.answering.roles import misplaced, placed, speaks_of_another

RATE = "In Hongarije bedroeg het percentage van vluchtelingen uit Syrië 12% en in 2024 slechts 9%."


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("vluchtelingen uit Syrië in Polen", ["from", "in"]),
        ("Syrische vluchtelingen", ["from"]),
        ("de Syrische grens", [None]),
        ("Syriërs in Polen", ["from", "in"]),
        ("naar de Verenigde Staten", ["in"]),
        ("uit Polen en Roemenië", ["from", "from"]),
        ("Syrian refugees in Poland", ["from", "in"]),
        ("the Dutch coast", [None]),
        ("Polen is een lidstaat", [None]),
        ("geen land", []),
    ],
)
def test_what_a_country_is_to_people_follows_from_the_words_around_it(text, roles):
    assert [country.role for country in placed(text)] == roles


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Hoeveel Hongaren kregen asiel in Syrië?", ("hongaren", "in syrie")),
        ("Hoeveel vluchtelingen uit Hongarije werden erkend?", ("uit hongarije",)),
        ("How many refugees from Hungary were recognised in Syria?", ("from hungary", "in syria")),
        ("Wat was het percentage voor Syriërs in Duitsland?", ("duitsland",)),
    ],
)
def test_a_country_in_the_place_of_another_is_found(question, names):
    assert misplaced(question, RATE) == names


@pytest.mark.parametrize(
    "question",
    [
        "Hoeveel Syriërs werden in Hongarije erkend?",
        "What share of Syrian refugees was recognised in Hungary?",
        "Wat was het percentage in Hongarije?",
        "Wat geldt voor mensen uit Syrië?",
        "Hoe hoog was het percentage?",
    ],
)
def test_a_country_in_its_own_place_is_no_matter(question):
    assert misplaced(question, RATE) == ()


def test_who_lived_in_a_country_is_from_there_where_no_other_country_is_named():
    assert misplaced("Wat krijgen mensen uit Oekraïne?", "Mensen die in Oekraïne woonden, krijgen opvang.") == ()


def test_the_country_that_a_sentence_is_about_is_not_where_people_come_from():
    other = speaks_of_another("Hoe hoog is het in Griekenland?", RATE)
    assert other == placed("Hongarije")[0].country
    assert speaks_of_another("Hoe hoog is het in Hongarije?", RATE) is None
