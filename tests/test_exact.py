"""The vectors of a small version, read from the catalogue alone."""

import subprocess
import sys

import numpy as np
import pytest

from app.index import open_current


@pytest.fixture
def both(letter_index):
    exact, chroma = open_current(letter_index, exact_to=10_000), open_current(letter_index)
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


def test_a_version_with_more_passages_is_read_by_chroma(letter_index):
    index = open_current(letter_index, exact_to=3)
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
