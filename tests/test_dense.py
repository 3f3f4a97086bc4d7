"""The dense index: vectors in Chroma by cosine."""

import os
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from app.errors import DamagedIndexError
from app.index.catalogue import to_blob
from app.index.dense import DenseIndex, build_dense


@pytest.fixture(scope="module")
def vectors():
    rows = np.random.default_rng(7).normal(size=(300, 16)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def directory(vectors, tmp_path_factory):
    path = tmp_path_factory.mktemp("dense") / "chroma"
    build_dense(path, ((number, to_blob(row)) for number, row in enumerate(vectors)), 16)
    return path


@pytest.fixture
def dense(directory):
    with closing(DenseIndex.open(directory)) as opened:
        yield opened


def test_nearest_first_by_cosine_as_exact_search_has_it(dense, vectors):
    question = 2 * vectors[3] + vectors[5]
    question /= np.linalg.norm(question)
    exact = vectors @ question
    hits = dense.search(question, 5)
    assert [number for number, _ in hits] == list(np.argsort(-exact)[:5])
    for number, cosine in hits:
        assert cosine == pytest.approx(exact[number], abs=2e-3)


def test_every_vector_finds_itself(dense, vectors):
    assert [row[0] for row in dense.nearest(vectors, 3)] == list(range(300))


def test_stored_vectors_come_back_and_what_is_not_there_is_left_out(dense, vectors):
    stored = dense.stored([0, 299, 300])
    assert sorted(stored) == [0, 299]
    np.testing.assert_allclose(stored[299], vectors[299], atol=1e-3)


def test_opening_and_closing_leaves_no_file_open(directory, vectors):
    def opened():
        # Of this index alone: what other threads of the process open is their own.
        names = [os.path.realpath(link) for link in Path("/proc/self/fd").iterdir()]
        return [name for name in names if name.startswith(str(directory))]

    for _ in range(5):
        with closing(DenseIndex.open(directory)) as dense:
            dense.search(vectors[0], 1)
            assert opened()
    # Chroma's own threads close its files, some moments after close has returned.
    until = time.monotonic() + 30
    while opened() and time.monotonic() < until:
        time.sleep(0.01)
    assert opened() == []


def test_two_can_read_at_once(directory, vectors):
    with closing(DenseIndex.open(directory)) as one, closing(DenseIndex.open(directory)) as two:
        assert one.search(vectors[9], 1)[0][0] == two.search(vectors[9], 1)[0][0] == 9


def test_a_missing_store_is_damage_and_no_empty_one_is_made(tmp_path):
    with pytest.raises(DamagedIndexError, match="dense index is missing"):
        DenseIndex.open(tmp_path / "chroma")
    assert not (tmp_path / "chroma").exists()


def test_a_store_that_is_no_database_is_damage(tmp_path):
    (tmp_path / "chroma").mkdir()
    (tmp_path / "chroma" / "chroma.sqlite3").write_bytes(b"not a database" * 100)
    with pytest.raises(DamagedIndexError, match="cannot be opened"):
        DenseIndex.open(tmp_path / "chroma")


def test_rows_beyond_one_batch_are_all_written(tmp_path):
    rows = np.eye(8, dtype=np.float32)
    build_dense(tmp_path / "chroma", ((number, to_blob(rows[number % 8])) for number in range(5_600)), 8)
    with closing(DenseIndex.open(tmp_path / "chroma")) as dense:
        assert len(dense.stored(range(0, 5_600, 100))) == 56
        assert sorted(dense.stored([4_999, 5_000, 5_599])) == [4_999, 5_000, 5_599]
