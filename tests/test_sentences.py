"""Sentence splitting: Dutch abbreviations, numbers and quotes, and what must hold for any text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sentences import split_sentences


def sentences(text):
    return [text[start:end] for start, end in split_sentences(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Dit geldt o.a. Bulgarije en Griekenland, waar de opvang tekortschiet.",
        "Uw brief van 3 maart jl. is ontvangen en gelezen.",
        "Zie art. 3 EVRM en art. 18 van het Handvest.",
        "Dit volgt uit artt. 3 en 8 van het verdrag.",
        "Wij schrijven u m.b.t. Nederlandse gemeenten die opvang bieden.",
        "De brief is van dr. Jansen en mr. De Vries.",
        "Kamerstuk 36 871, nr. 3 gaat hierover.",
        "Het bedrag is ca. 3 miljoen euro per jaar.",
        "De heer J.P. de Boer tekende namens F. Candel.",
        "Dat geldt i.h.b. Syrische kinderen, d.w.z. Kinderen onder de twaalf.",
        "In 2023 was het 0,5% en in 2024 al 14% van het totaal.",
        "Het kost 1.250.000 euro op 3.5 jaar.",
        "De 3e aanvraag en de 2de brief zijn van gisteren.",
        "Zie www.voorbeeld.nl voor meer uitleg.",
        "Wat zegt u... dat dit niet kan?",
        "Zij noemen dit ‘een veilig land.’ en gaan verder.",
        "Een zin zonder punt",
    ],
)
def test_one_sentence_stays_one(text):
    assert sentences(text) == [text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dit raakt de kern. Het moet anders.", ["Dit raakt de kern.", "Het moet anders."]),
        ("Kan dat? Ja! Dat kan.", ["Kan dat?", "Ja!", "Dat kan."]),
        ("Het was in 2024 slechts 14%. Elders is dit hoger.", ["Het was in 2024 slechts 14%.", "Elders is dit hoger."]),
        ("Dat was in 2023. Daarna daalde het.", ["Dat was in 2023.", "Daarna daalde het."]),
        (
            "Wij schreven u op 3 maart jl. Daarna bleef het stil.",
            ["Wij schreven u op 3 maart jl.", "Daarna bleef het stil."],
        ),
        ("Denk aan taal, werk, enz. Dat helpt.", ["Denk aan taal, werk, enz.", "Dat helpt."]),
        ("‘Dit is onjuist.’ Zo staat het er.", ["‘Dit is onjuist.’", "Zo staat het er."]),
        ("Hij zei: “Het moet.” “Waarom?” vroeg zij.", ["Hij zei: “Het moet.”", "“Waarom?” vroeg zij."]),
        ("Het duurt lang… Niemand weet waarom.", ["Het duurt lang…", "Niemand weet waarom."]),
        ("Het duurt lang (soms een jaar). Dat is te lang.", ["Het duurt lang (soms een jaar).", "Dat is te lang."]),
        ("Eerst dit. 14 gemeenten doen mee.", ["Eerst dit.", "14 gemeenten doen mee."]),
        ("This is wrong. See e.g. Article 3.", ["This is wrong.", "See e.g. Article 3."]),
    ],
)
def test_sentences_are_told_apart(text, expected):
    assert sentences(text) == expected


def test_a_blank_text_has_no_sentences():
    assert split_sentences("") == []
    assert split_sentences(" \n ") == []


def test_an_endless_sentence_is_cut_where_it_can_be_read():
    pieces = sentences("; ".join(["de gemeente vangt mensen op"] * 100) + ".")
    assert len(pieces) > 2
    assert all(len(piece) <= 1_000 for piece in pieces)
    assert all(piece.startswith("de gemeente") for piece in pieces)


def test_a_word_without_a_single_space_is_cut_too():
    assert "".join(sentences("a" * 2_500)) == "a" * 2_500


# Signs that splitting turns on, beside any others.
TEXT = st.text(st.one_of(st.sampled_from("aA1 .!?…%’”\"'()‘«•-;,\n"), st.characters()), max_size=400)


@given(TEXT)
def test_sentences_cover_the_text_in_order_and_never_overlap(text):
    spans = split_sentences(text)
    covered = 0
    for start, end in spans:
        assert covered <= start < end <= len(text)
        assert text[covered:start].strip() == "", "only white space lies between sentences"
        assert text[start:end] == text[start:end].strip()
        covered = end
    assert text[covered:].strip() == ""


@given(st.lists(st.sampled_from(["Wij vragen om rust.", "Zie art. 3 EVRM.", "Het was 14%.", "Kan dat?"]), min_size=1))
def test_splitting_what_was_split_changes_nothing(parts):
    assert sentences(" ".join(parts)) == parts
