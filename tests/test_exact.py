"""The vectors of a small version, compared one by one: those that Chroma holds, or those of the catalogue alone."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from app.errors import DamagedIndexError
from app.index import open_current
from app.index.catalogue import from_blobs
from app.index.exact import ExactDense
from app.stages import Stages, recording


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


def test_both_give_the_cosines_of_the_nearest_and_of_those_that_share_terms(both, bundled):
    exact, chroma = both
    [vector] = bundled.encode(["opvang van kinderen"])
    query = [("terms", "spreidingswet", 1.0), ("terms", "opvang", 0.5)]
    seen = []
    lexical, cosines = exact.search(query, vector, 6, lambda: seen.append(1))
    assert not seen, "there is nothing to wait for"
    assert chroma.search(query, vector, 6, lambda: seen.append(1))[0] == lexical
    assert seen == [1]
    theirs = chroma.search(query, vector, 6)[1]
    assert set(cosines) == set(theirs) > set(lexical)
    np.testing.assert_allclose([cosines[n] for n in cosines], [theirs[n] for n in cosines], atol=2e-3)


def test_questions_to_chroma_at_the_same_time_get_their_own_answers_and_their_own_times(letter_index, bundled):
    index = open_current(letter_index)
    vectors = bundled.encode([f"{word} en recht" for word in ("opvang", "terugkeer", "gezin", "bewaring")] * 8)
    alone = [index.search([], vector, 5) for vector in vectors]

    def search(vector):
        stages = Stages()
        with recording(stages):
            found = index.search([], vector, 5)
        return found, [run.name for run in stages.runs]

    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(search, vectors))
    assert [found for found, _ in together] == alone
    assert {tuple(sorted(names)) for _, names in together} == {("dense", "lexical")}
    index.close()


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
