"""Frequencies of terms, held in memory."""

from app.index import open_current
from app.index.frequencies import HeldFrequencies


def test_they_are_those_of_the_catalogue(letter_index):
    index = open_current(letter_index)
    terms = dict(index.catalogue.all_frequencies())
    assert len(terms) > 300
    assert index.frequencies(list(terms)) == index.catalogue.frequencies(list(terms)) == terms
    assert index.frequencies(["opvang", "nergens"]) == {"opvang": terms["opvang"]}
    index.close()


def test_a_question_asked_once_reads_them_from_the_catalogue(letter_index):
    index = open_current(letter_index, once=True)
    assert index.frequencies == index.catalogue.frequencies
    index.close()


def test_of_nothing_nothing_is_found():
    assert HeldFrequencies([])(["opvang"]) == {}
    assert HeldFrequencies([("opvang", 3)])([]) == {}
    assert HeldFrequencies([("opvang", 3)])(["asiel", "opvang"]) == {"opvang": 3}
