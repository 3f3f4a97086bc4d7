"""Vectors of words: their first dimensions, in one byte each, mapped from disk."""

import numpy as np
import pytest

from app.embedding import normalised
from app.errors import DamagedIndexError
from app.index.catalogue import to_blobs
from app.index.words import WordVectors, build_words


@pytest.fixture
def path(tmp_path):
    return tmp_path / "words.npy"


def test_cosines_are_those_of_the_first_dimensions(path):
    rows = normalised(np.random.default_rng(5).normal(size=(40, 384)))
    build_words(path, to_blobs(rows), 40, 384)
    words = WordVectors.open(path)
    numbers = np.array([7, 3, 39])
    first = normalised(rows[:, :128])
    np.testing.assert_allclose(words.cosines(numbers, rows[:2]), first[numbers] @ first[:2].T, atol=0.01)
    assert path.stat().st_size < 40 * 128 + 200


def test_fewer_dimensions_are_kept_whole(path):
    rows = normalised(np.random.default_rng(5).normal(size=(4, 64)))
    build_words(path, to_blobs(rows), 4, 64)
    np.testing.assert_allclose(WordVectors.open(path).cosines(np.arange(4), rows), rows @ rows.T, atol=0.02)


def test_a_null_vector_is_like_nothing(path):
    rows = normalised(np.random.default_rng(5).normal(size=(2, 384)))
    rows[1] = 0
    build_words(path, to_blobs(rows), 2, 384)
    assert WordVectors.open(path).cosines(np.array([1]), rows).tolist() == [[0.0, 0.0]]
    assert WordVectors.open(path).cosines(np.array([0]), rows[1:]).tolist() == [[0.0]]


def test_a_catalogue_of_other_dimensions_is_said(path):
    with pytest.raises(DamagedIndexError, match="8 dimensions, not 384"):
        build_words(path, to_blobs(np.ones((3, 8), dtype=np.float32)), 3, 384)
