"""The file of the passages' vectors gives what was written, and notices what it cannot give."""

import os
from pathlib import Path

import numpy as np
import pytest

from app.errors import DamagedIndexError
from app.index.catalogue import to_blobs
from app.index.vectors import PassageVectors, build_vectors

ROWS = np.random.default_rng(1).normal(size=(500, 48)).astype(np.float16)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "vectors.npy"
    build_vectors(path, to_blobs(ROWS), 500, 48)
    return path


def test_rows_come_in_the_order_asked_for_however_often_each(path):
    vectors = PassageVectors.open(path)
    assert len(vectors) == 500
    np.testing.assert_array_equal(vectors.rows([499, 0, 7, 0]), ROWS[[499, 0, 7, 0]])
    assert vectors.rows([3]).dtype == np.float32
    assert np.load(path, mmap_mode="r").shape == (500, 48), "any reader of NumPy's files can look into it"


def test_closing_it_leaves_no_file_open_and_can_be_done_twice(path):
    before = len(list(Path("/proc/self/fd").iterdir()))
    vectors = PassageVectors.open(path)
    vectors.close()
    vectors.close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


@pytest.mark.parametrize("numbers", [[500], [0, -1]])
def test_a_passage_that_is_not_there_is_damage(path, numbers):
    with pytest.raises(DamagedIndexError, match="500 passages"):
        PassageVectors.open(path).rows(numbers)


@pytest.mark.parametrize("keep", [0, 5, 100, -1])
def test_a_file_that_is_cut_off_is_damage(path, keep):
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DamagedIndexError, match=r"vectors\.npy"):
        PassageVectors.open(path)


def test_a_file_of_another_kind_of_number_is_damage(path):
    np.save(path, ROWS.astype(np.float32))
    with pytest.raises(DamagedIndexError, match=r"vectors\.npy"):
        PassageVectors.open(path)


def test_a_file_that_is_cut_off_while_it_is_read_is_damage(path):
    vectors = PassageVectors.open(path)
    os.truncate(path, path.stat().st_size - 1)
    with pytest.raises(DamagedIndexError, match="shorter"):
        vectors.rows([499])


@pytest.mark.parametrize(("count", "dimensions"), [(499, 48), (501, 48), (500, 47)])
def test_other_vectors_than_the_catalogue_names_are_no_file(tmp_path, count, dimensions):
    with pytest.raises(DamagedIndexError, match="the catalogue gave"):
        build_vectors(tmp_path / "vectors.npy", to_blobs(ROWS), count, dimensions)
