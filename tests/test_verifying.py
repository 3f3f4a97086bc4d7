"""Verification in a child process: every kind of damage is found, and named by the part that has it."""

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing

import numpy as np
import pytest

from app.index import open_current
from app.index.catalogue import to_blob
from app.index.dense import DenseIndex, build_dense
from app.index.lexical import build_lexical
from app.index.places import DENSE_SEARCH, EXACT
from app.index.scratch import copy_dense
from app.index.verifying import Check, damaged_part
from app.index.versions import CATALOGUE, DENSE, LEXICAL, MANIFEST, VECTORS, WORDS, IndexDirectory
from ingest.pipeline import ingest_corpus
from tests.conftest import StemEmbedder


@pytest.fixture
def version(small_index):
    versions = IndexDirectory(small_index)
    return versions.directory(versions.require_current())


def change(path, statement, *values):
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute(statement, values).rowcount
        connection.commit()


def test_a_published_version_is_sound(version):
    assert damaged_part(version) is None


def test_a_check_that_waits_looks_when_it_is_asked_and_not_before(version):
    waiting, at_once = Check(version, waits=True), Check(version)
    assert at_once.result() is None
    whole = (version / CATALOGUE).read_bytes()
    (version / CATALOGUE).unlink()
    assert waiting.result() == "catalogue"
    (version / CATALOGUE).write_bytes(whole)
    abandoned = Check(version, waits=True)
    abandoned.abandon()
    assert not list(version.parent.parent.glob(".checking.*"))


def test_a_check_that_waits_ends_with_whoever_asked_for_it(version):
    command = [sys.executable, "-m", "app.index.verifying", str(version), "--wait"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (5, b"")


def test_a_copy_is_not_made_where_its_folder_was_removed(version, tmp_path):
    with pytest.raises(FileNotFoundError):
        copy_dense(version / DENSE, tmp_path / "removed")
    assert not (tmp_path / "removed").exists()


def test_a_copy_holds_what_the_original_holds(version, tmp_path):
    copy = copy_dense(version / DENSE, tmp_path)
    assert {p.relative_to(copy) for p in copy.rglob("*")} == {
        p.relative_to(version / DENSE) for p in (version / DENSE).rglob("*")
    }
    with closing(DenseIndex.open(copy)) as dense:
        assert list(dense.stored([0])) == [0]


@pytest.mark.parametrize("part", [LEXICAL, DENSE, WORDS, VECTORS, CATALOGUE, MANIFEST])
def test_a_missing_part_is_named(version, part):
    shutil.rmtree(version / part) if (version / part).is_dir() else (version / part).unlink()
    assert damaged_part(version) == ("catalogue" if part in (CATALOGUE, MANIFEST) else part)


def test_a_dense_index_whose_vectors_are_stored_but_cannot_be_found_is_damaged(make_corpus, index_dir, embedder):
    """What a killed Chroma can leave: the count is right, and a query finds other vectors than it was asked for."""
    # Below a thousand records Chroma answers from its log, and has no graph on disk that could be damaged.
    words = "opvang taal werk zorg school brood water licht lucht vuur steen boom vis vogel paard".split()
    lines = (
        json.dumps({"id": str(n), "text": f"{words[n % 15]} {words[n // 15 % 15]} {words[n // 225]} {n}."})
        for n in range(1_500)
    )
    corpus = make_corpus(
        {"vragen.jsonl": "\n".join(lines)}, '[[source]]\nid = "vragen"\ntitle = "Vragen"\npath = "vragen.jsonl"\n'
    )
    outcome = ingest_corpus(corpus, index_dir, embedder)
    version = IndexDirectory(index_dir).directory(outcome.version)
    assert damaged_part(version) is None
    (graph,) = (version / DENSE).glob("*/data_level0.bin")
    rows = graph.read_bytes()
    assert len(rows) > 1_000 * embedder.dimensions * 4
    # The vectors of the graph change places with what lies half a file further.
    graph.write_bytes(rows[len(rows) // 2 :] + rows[: len(rows) // 2])
    with closing(DenseIndex.open(version / DENSE)) as dense:
        assert len(dense.stored(range(1_500))) == 1_500
    assert damaged_part(version) == DENSE


def test_texts_that_are_nearly_the_same_are_compared_one_by_one(make_corpus, index_dir, bundled):
    """Chroma's graph does not find all of them again, so a version of them could never be published."""
    texts = (f"Antwoord {n} gaat over vraag {n}. Meer valt er niet te zeggen." for n in range(1_500))
    lines = (json.dumps({"id": str(n), "title": f"Vraag {n}", "text": text}) for n, text in enumerate(texts))
    corpus = make_corpus(
        {"vragen.jsonl": "\n".join(lines)}, '[[source]]\nid = "vragen"\ntitle = "Vragen"\npath = "vragen.jsonl"\n'
    )
    outcome = ingest_corpus(corpus, index_dir, bundled)
    versions = IndexDirectory(index_dir)
    assert versions.manifest(outcome.version)[DENSE_SEARCH] == EXACT
    assert damaged_part(versions.directory(outcome.version)) is None
    with closing(open_current(index_dir)) as index:
        for number in (105, 700, 1_400):
            [vector] = index.dense.stored([number]).values()
            assert index.dense.search(vector, 1)[0][1] > 0.99
    # What is stored is still looked at.
    with closing(DenseIndex.open(versions.directory(outcome.version) / DENSE)) as dense:
        dense._collection.delete(ids=[str(n) for n in range(1_500)])
    assert damaged_part(versions.directory(outcome.version)) == DENSE


def test_a_dense_index_that_lost_vectors_is_damaged(version, embedder):
    shutil.rmtree(version / DENSE)
    build_dense(version / DENSE, [(0, to_blob(embedder.encode(["opvang"])[0]))], embedder.dimensions)
    assert damaged_part(version) == DENSE


def test_a_dense_index_of_other_vectors_is_damaged(version, embedder):
    passages = sqlite3.connect(version / CATALOGUE).execute("SELECT count(*) FROM passages").fetchone()[0]
    rows = np.random.default_rng(1).normal(size=(passages, embedder.dimensions)).astype(np.float32)
    shutil.rmtree(version / DENSE)
    build_dense(version / DENSE, ((number, to_blob(row)) for number, row in enumerate(rows)), embedder.dimensions)
    assert damaged_part(version) == DENSE


def test_a_lexical_index_of_the_right_size_and_other_words_is_damaged(version):
    passages = sqlite3.connect(version / CATALOGUE).execute("SELECT count(*) FROM passages").fetchone()[0]
    shutil.rmtree(version / LEXICAL)
    build_lexical(version / LEXICAL, ((number, "iets anders", "", "") for number in range(passages)))
    assert damaged_part(version) == LEXICAL


def test_word_vectors_of_the_right_shape_and_other_values_are_damaged(version):
    rows = np.load(version / WORDS)
    np.save(version / WORDS, rows + np.int8(1))
    assert damaged_part(version) == WORDS


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE documents SET text = replace(text, 'gemeente', 'gemeynte')",
        "UPDATE sentences SET text = 'Iets anders.' WHERE ordinal = 0",
        "DELETE FROM sentences WHERE ordinal = 0",
        "DELETE FROM passages WHERE number = 0",
    ],
)
def test_a_catalogue_that_contradicts_itself_is_damaged(version, statement):
    change(version / CATALOGUE, statement)
    assert damaged_part(version) == "catalogue"


def test_a_catalogue_whose_vector_is_no_unit_vector_is_damaged(version, embedder):
    vector = to_blob(np.full(embedder.dimensions, 9.0, dtype=np.float32))
    change(version / CATALOGUE, "UPDATE passages SET vector = ? WHERE number = 0", vector)
    assert damaged_part(version) == "catalogue"


def test_a_check_that_does_not_end_counts_against_the_dense_index(version):
    assert damaged_part(version, timeout_s=0.01) == DENSE


def test_the_embedder_of_the_tests_is_the_same_in_every_process():
    np.testing.assert_array_equal(StemEmbedder().encode(["opvang"]), StemEmbedder().encode(["Opvang"]))
