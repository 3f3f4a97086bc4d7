"""Looking into a dense index without Chroma's Python half: the same answers, the same errors, a second sooner."""

import shutil
import subprocess
import sys
from contextlib import closing

import numpy as np
import pytest

from app.errors import DamagedIndexError
from app.index.catalogue import to_blob
from app.index.compiled import open_compiled
from app.index.dense import DenseIndex, build_dense
from app.index.versions import IndexDirectory


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    rows = np.random.default_rng(3).normal(size=(300, 16)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    path = tmp_path_factory.mktemp("dense") / "chroma"
    build_dense(path, ((number, to_blob(row)) for number, row in enumerate(rows)), 16)
    return path


def test_it_finds_and_holds_what_the_client_does(directory):
    questions = np.random.default_rng(4).normal(size=(20, 16)).astype(np.float32)
    with closing(DenseIndex.open(directory)) as client, closing(open_compiled(directory)) as compiled:
        assert compiled.nearest(questions, 7) == client.nearest(questions, 7)
        assert compiled.search(questions[0], 5) == client.search(questions[0], 5)
        wanted, held = (dense.stored([0, 250, 300]) for dense in (client, compiled))
    assert sorted(held) == sorted(wanted) == [0, 250]
    np.testing.assert_array_equal(held[250], wanted[250])


def test_a_store_that_is_missing_or_no_database_is_damaged(directory, tmp_path):
    with pytest.raises(DamagedIndexError, match="missing"):
        open_compiled(tmp_path / "nowhere")
    copy = shutil.copytree(directory, tmp_path / "copy")
    (copy / "chroma.sqlite3").write_bytes(b"no database at all, whatever its name says" * 200)
    with pytest.raises(DamagedIndexError, match="cannot be opened"):
        open_compiled(copy)


def test_a_store_without_the_collection_is_damaged(directory, tmp_path):
    import chromadb
    from chromadb.config import Settings

    client = chromadb.PersistentClient(path=str(tmp_path / "other"), settings=Settings(anonymized_telemetry=False))
    client.close()
    with pytest.raises(DamagedIndexError, match="cannot be opened"):
        open_compiled(tmp_path / "other")


def test_a_check_that_finds_a_version_sound_imports_no_python_half_of_chroma(small_index):
    versions = IndexDirectory(small_index)
    code = (
        "import sys; from pathlib import Path; from app.index.verifying import main\n"
        "assert main(Path(sys.argv[1]), None, None) == 0\n"
        "print(*sorted(set(sys.modules) & {'chromadb', 'torch', 'langchain', 'sentence_transformers'}))"
    )
    version = versions.directory(versions.require_current())
    done = subprocess.run([sys.executable, "-c", code, str(version)], check=True, capture_output=True, text=True)
    assert done.stdout.split() == []
