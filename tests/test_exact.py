"""The vectors of a small version, compared one by one: those that Chroma holds, or those of the catalogue alone."""

import subprocess
import sys

import numpy as np
import pytest

from app.errors import DamagedIndexError
from app.index import open_current
from app.index.catalogue import from_blobs
from app.index.exact import ExactDense


@pytest.fixture(params=[False, True], ids=["of Chroma", "of the catalogue"])
def both(request, letter_index):
    exact, chroma = open_current(letter_index, exact_to=10_000, once=request.param), open_current(letter_index)
    yield exact, chroma
    exact.close()
    chroma.close()


def test_the_nearest_are_those_of_chroma(both, bundled):
    exact, chroma = both
    for question in ("Wat vindt VWN van de Spreidingswet?", "opvang van kinderen", "return from detention"):
        [vector] = bundled.encode([question])
        mine, theirs = exact.dense.search(vector, 5), chroma.dense.search(vector, 5)
        assert [number for number, _ in mine] == [number for number, _ in theirs]
        np.testing.assert_allclose([c for _, c in mine], [c for _, c in theirs], atol=2e-3)
        assert exact.dense.nearest(np.array([vector]), 5) == [[number for number, _ in mine]]


def test_what_is_stored_is_given_and_what_is_not_is_left_out(both):
    exact, _ = both
    assert sorted(exact.dense.stored([0, 1, 10**6])) == [0, 1]


def test_the_cosines_of_any_passages_are_those_of_the_catalogue(both, bundled):
    exact, chroma = both
    [vector] = bundled.encode(["opvang van kinderen"])
    np.testing.assert_allclose(exact.cosines(vector, [3, 1, 2]), chroma.cosines(vector, [3, 1, 2]), atol=2e-3)


def test_of_equals_those_that_came_first_are_found_first():
    rows = np.repeat(np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], dtype=np.float32), 4, axis=0)
    exact = ExactDense(lambda: rows)
    found = exact.search(np.array([2.0, 0.0], dtype=np.float32), 6)
    assert [number for number, _ in found] == [4, 5, 6, 7, 8, 9]
    assert [cosine for _, cosine in found] == pytest.approx([1.0] * 4 + [0.5**0.5] * 2)
    assert len(exact.search(np.array([1.0, 0.0], dtype=np.float32), 100)) == 12


def test_a_store_that_lost_a_vector_is_damaged(letter_index):
    index = open_current(letter_index)
    passages = index.manifest["counts"]["passages"]
    with pytest.raises(DamagedIndexError, match=f"holds {passages} of {passages + 1} passages"):
        ExactDense.of_store(index.dense, passages + 1)
    index.close()


def test_what_is_stored_is_asked_of_chroma_anew_so_that_a_probe_sees_what_is_on_disk(letter_index):
    class Emptied:
        def __init__(self, dense):
            self.stored = dense.stored

    index = open_current(letter_index)
    store = Emptied(index.dense)
    exact = ExactDense.of_store(store, index.manifest["counts"]["passages"])
    store.stored = lambda numbers: {}
    assert exact.stored([0]) == {}
    index.close()


def test_what_chroma_holds_is_what_the_catalogue_holds(letter_index):
    index = open_current(letter_index)
    stored = index.dense.stored(range(index.manifest["counts"]["passages"]))
    for number, blob in index.catalogue.rows("SELECT number, vector FROM passages"):
        np.testing.assert_allclose(stored[number], from_blobs([blob])[0], atol=1e-3)
    index.close()


def test_a_version_with_more_passages_is_read_by_chroma(letter_index):
    for once in (False, True):
        index = open_current(letter_index, exact_to=3, once=once)
        assert type(index.dense).__name__ == "DenseIndex"
        index.close()


def test_asking_once_does_not_load_chroma(letter_index):
    code = (
        "import sys\nfrom app.cli import cli\n"
        f"cli(['ask', 'Wat vindt VWN van de Spreidingswet?', '--index', {str(letter_index)!r}], standalone_mode=False)\n"
        "assert 'chromadb' not in sys.modules and 'torch' not in sys.modules and 'langchain' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Behoud en handhaaf de Spreidingswet" in done.stdout
