"""The lexical index: BM25 over the fields it was given."""

import pytest

from app.errors import DamagedIndexError
from app.index.lexical import LexicalIndex, build_lexical

ROWS = [
    (0, "opvang kind school", "", "brief"),
    (1, "opvang gemeente", "vang op", "brief"),
    (2, "terugkeer bewaring", "keer terug", "brief terugkeer"),
]


@pytest.fixture
def lexical(tmp_path):
    build_lexical(tmp_path / "tantivy", ROWS)
    return LexicalIndex.open(tmp_path / "tantivy")


def numbers(hits):
    return [number for number, _ in hits]


def test_a_term_finds_its_passages_best_first(lexical):
    hits = lexical.search([("terms", "opvang", 1.0), ("terms", "gemeente", 1.0)], 10)
    assert numbers(hits) == [1, 0]
    assert hits[0][1] > hits[1][1] > 0


def test_fields_are_apart(lexical):
    assert numbers(lexical.search([("parts", "opvang", 1.0)], 10)) == []
    assert numbers(lexical.search([("parts", "keer", 1.0)], 10)) == [2]
    assert sorted(numbers(lexical.search([("context", "brief", 1.0)], 10))) == [0, 1, 2]


def test_a_weight_scales_its_terms_share(lexical):
    plain = dict(lexical.search([("terms", "kind", 1.0)], 10))
    heavy = dict(lexical.search([("terms", "kind", 3.0)], 10))
    assert heavy[0] == pytest.approx(3 * plain[0], rel=1e-4)


def test_the_limit_is_kept_and_an_empty_query_finds_nothing(lexical):
    assert len(lexical.search([("context", "brief", 1.0)], 2)) == 2
    assert lexical.search([], 10) == []
    assert lexical.search([("terms", "nergens", 1.0)], 10) == []


def test_counts(lexical):
    assert len(lexical) == 3
    assert lexical.document_frequency("terms", "opvang") == 2
    assert lexical.document_frequency("terms", "nergens") == 0


@pytest.mark.parametrize("kept", [(), ("meta.json",)])
def test_an_index_with_files_missing_cannot_be_opened(tmp_path, kept):
    build_lexical(tmp_path / "tantivy", ROWS)
    for path in (tmp_path / "tantivy").iterdir():
        if path.name not in kept:
            path.unlink()
    with pytest.raises(DamagedIndexError, match="lexical index cannot be opened"):
        LexicalIndex.open(tmp_path / "tantivy")


def test_a_folder_that_is_not_there_cannot_be_opened(tmp_path):
    with pytest.raises(DamagedIndexError, match="lexical index cannot be opened"):
        LexicalIndex.open(tmp_path / "tantivy")
