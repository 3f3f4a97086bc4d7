"""The vocabulary of a version counts the words that the analyser finds, however it comes by them."""

import pytest

from app import analysis
from ingest.words import Words

TEXTS = [
    "De grensdetentie van kinderen is onjuist; kinderen horen daar niet.",
    "In mei 2024 kwam 14 procent, op 10 december 5 %, in juni 12,5%.",
    "Het percentage steeg: 3 percent en 4percent.",
    "De azc’s in Ter Apel en de IND's post-9/11 beleid, één é.",
    "March 2025 and May; a procent's kind",
    "In het kader van de opvang, en in die zin op grond van de wet; een gezin met kinderen op eigen grond in eerste instantie.",
    "De kinderen in mei, van de 14 gemeenten.",
    "",
    "♥ — …",
]


@pytest.fixture(params=[100_000, 5], ids=["all in memory", "most on disk"])
def words(request, tmp_path):
    with Words(tmp_path / "words", in_memory=request.param) as made:
        yield made
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("order", [TEXTS, TEXTS[::-1]])
def test_each_text_has_the_terms_and_words_of_the_analyser(order, words):
    splitter = analysis.CompoundSplitter(analysis.lexicon())
    said = []
    for text in [*order, *order]:
        tokens = analysis.tokens(text)
        analysed = words.analyse(text)
        assert analysed.terms == [token.term for token in tokens]
        surfaces = [surface for _, surface, *_ in words.rows()]
        assert [surfaces[number] for number in analysed.words] == [token.surface for token in tokens]
        assert analysed.parts == [analysis.stem(p) for token in tokens for p in splitter.split(token.surface)]
        assert words.new_surfaces() == list(dict.fromkeys(t.surface for t in tokens if t.surface not in said))
        said += [token.surface for token in tokens]
    assert [surface for _, surface, *_ in words.rows()] == list(dict.fromkeys(said))
    assert {surface: count for _, surface, _, count in words.rows()} == {word: said.count(word) for word in said}


def test_a_word_stands_for_its_term_and_less_for_its_parts(words):
    words.sentence("grensdetentie grensdetentie")
    whole, grens, detentie = (analysis.stem(word) for word in ("grensdetentie", "grens", "detentie"))
    assert set(words.stands_for()) == {(whole, 0, 1.0), (grens, 0, 0.8), (detentie, 0, 0.8)}
    assert words.frequencies(at_least=4) == []
    assert words.frequencies() == sorted({whole: 1, grens: 1, detentie: 1}.items())
    assert words.frequencies() == [], "each count is given once"
