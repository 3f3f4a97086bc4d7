"""Typing errors are mended by the words of the corpus, and by nothing else."""

import pytest

from app.index.catalogue import Catalogue
from app.index.writing import CatalogueWriter
from app.retrieval.spelling import Speller

WORDS = (
    "spreidingswet",
    "opvang",
    "omvang",
    "bewaring",
    "bewering",
    "xantippolus",
    "yantippolusen",
    "vergunningen",
    "vergunning",
    "gezet",
    "omgezet",
)


@pytest.fixture
def speller(tmp_path):
    path = tmp_path / "catalogue.sqlite"
    writer = CatalogueWriter(path)
    writer.vocabulary([(number, word, word, 1, b"") for number, word in enumerate(WORDS)], [])
    writer.close()
    catalogue = Catalogue(path)
    yield Speller(catalogue)
    catalogue.close()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("spreidinswet", "spreidingswet"),
        ("spriedingswett", "spreidingswet"),  # two errors, in a long word
        ("opvagn", "opvang"),
        ("opvgna", None),  # two errors, in a short word
        ("bwaring", "bewaring"),
        ("ogezet", "omgezet"),  # not "gezet", which starts with another letter
        ("vergunninge", "vergunning"),  # as near as "vergunningen", and shorter
        ("voetbal", None),
        ("zorg", None),
        ("14%", None),
    ],
)
def test_the_nearest_word_with_the_same_first_letter_was_meant(speller, typed, meant):
    assert speller.nearest(typed, "nl") == meant


def test_a_word_of_the_lexicon_was_meant_as_it_stands(speller):
    assert speller.nearest("omvangen", "nl") is None


def test_nothing_is_sure_where_a_nearer_word_starts_with_another_letter(speller):
    assert speller.nearest("yantippolus", "nl") is None  # one error from "xantippolus", two from "yantippolusen"
    assert speller.nearest("yantippoluse", "nl") == "yantippolusen"
    assert speller.nearest("ergunningen", "nl") is None


def test_an_english_word_has_one_error_at_most(speller):
    assert speller.nearest("spriedingswett", "en") is None
    assert speller.nearest("spreidinswet", "en") == "spreidingswet"
