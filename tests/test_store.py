"""Opening an index version for reading, and handing it back."""

import json
import os
import shutil
from pathlib import Path

import pytest

from app.errors import DamagedIndexError, ModelError, NoIndexError
from app.index import Index, open_current
from app.index.store import sample
from app.index.vectors import PassageVectors
from app.index.versions import CATALOGUE, DENSE, LEXICAL, MANIFEST, VECTORS, WORDS, IndexDirectory, reader_lock
from ingest.pipeline import ingest_corpus
from tests.conftest import ANSWER, StemEmbedder, quotes


def test_an_open_version_holds_its_lock_until_it_is_closed(small_index):
    index = open_current(small_index)
    with reader_lock(index.directory, exclusive=True) as alone:
        assert not alone
    index.close()
    index.close()
    with reader_lock(index.directory, exclusive=True) as alone:
        assert alone


def test_before_the_first_version_the_error_says_how_to_make_one(index_dir):
    with pytest.raises(NoIndexError, match="briefwijzer ingest"):
        open_current(index_dir)


def test_a_probe_asks_every_part(small_index):
    index = open_current(small_index)
    index.probe()
    counts = index.manifest["counts"]
    assert (len(index.lexical), counts["documents"]) == (counts["passages"], 1)
    index.close()


def test_a_version_without_its_last_passages_does_not_pass_the_probe(small_index):
    index = open_current(small_index)
    index.manifest["counts"]["passages"] += 1
    with pytest.raises(DamagedIndexError, match="lexical index is not whole"):
        index.probe()
    index.close()


def test_an_index_of_another_model_names_both_models_and_the_remedy(small_index):
    index = open_current(small_index)
    index.check_model(StemEmbedder())
    with pytest.raises(ModelError, match=r"'stems' \(stems-1\).*'stems' \(stems-2\)\. Run: briefwijzer ingest"):
        index.check_model(StemEmbedder("stems-2"))
    index.close()


@pytest.mark.parametrize("part", [CATALOGUE, LEXICAL, DENSE, WORDS, VECTORS, MANIFEST])
def test_a_version_that_misses_a_part_is_damaged_and_leaves_no_lock_behind(small_index, part):
    versions = IndexDirectory(small_index)
    directory = versions.directory(versions.require_current())
    shutil.rmtree(directory / part) if (directory / part).is_dir() else (directory / part).unlink()
    with pytest.raises(DamagedIndexError, match=part.split(".")[0]):
        Index.open(versions, directory.name)
    with reader_lock(directory, exclusive=True) as alone:
        assert alone


@pytest.mark.parametrize(
    "part", [CATALOGUE, f"{DENSE}/chroma.sqlite3", f"{LEXICAL}/meta.json", WORDS, VECTORS, MANIFEST]
)
def test_where_the_current_version_is_damaged_the_one_before_answers(small_corpus, small_index, part):
    embedder = StemEmbedder("stems-2")
    versions = IndexDirectory(small_index)
    before = versions.require_current()
    shutil.copytree(versions.directory(before), versions.directory("99990101T000000000000-abcdef"))
    versions.publish("99990101T000000000000-abcdef")
    (versions.directory(versions.require_current()) / part).write_bytes(b"")
    assert quotes(small_index, StemEmbedder()) == [ANSWER]
    index = open_current(small_index)
    assert index.name == before
    index.close()
    assert ingest_corpus(small_corpus, small_index, embedder).changed
    assert quotes(small_index, embedder) == [ANSWER]


def test_a_pointer_to_a_version_that_is_gone_is_no_endless_wait(small_index):
    there = IndexDirectory(small_index).require_current()
    (small_index / "current").write_text("20000101T000000000000-000000\n", encoding="utf-8")
    index = open_current(small_index)
    assert index.name == there
    assert "is not there" in str(index.troubles["version"])
    index.close()
    shutil.rmtree(small_index / "versions")
    with pytest.raises(NoIndexError, match="is not there"):
        open_current(small_index)


def test_opening_and_closing_leaves_no_file_open(small_index):
    def opened():
        return sum(1 for _ in Path("/proc/self/fd").iterdir())

    quotes(small_index, StemEmbedder())
    before = opened()
    for _ in range(5):
        assert quotes(small_index, StemEmbedder()) == [ANSWER]
    # A client that is not closed leaves twelve files open each time; other threads of the test run may hold one or two.
    assert opened() <= before + 4


def test_a_version_is_never_written_to_by_those_who_read_it(small_index):
    versions = IndexDirectory(small_index)
    directory = versions.directory(versions.require_current())

    def contents():
        return {path.name: path.read_bytes() for path in directory.iterdir() if path.is_file()}

    before = contents()
    quotes(small_index, StemEmbedder())
    assert {name: data for name, data in contents().items() if name != "reader.lock"} == before
    assert json.loads(before[MANIFEST])["version"] == directory.name


@pytest.mark.parametrize(
    ("numbers", "most", "length"), [(0, 5, 0), (3, 5, 3), (5, 5, 5), (1_000, 200, 200), (399, 200, 200)]
)
def test_a_sample_is_spread_over_all_and_no_larger_than_asked(numbers, most, length):
    found = list(sample(numbers, most))
    assert len(found) == length
    assert found == sorted(set(found))
    assert all(0 <= number < numbers for number in found)


def test_where_the_file_of_vectors_fails_the_catalogue_gives_them(letter_index, bundled):
    index = open_current(letter_index)
    [vector] = bundled.encode(["opvang van kinderen"])
    query = [("terms", "opvang", 1.0)]
    sound = index.search(query, vector, 5)
    index._vectors.close()
    index._vectors = PassageVectors(os.open(index.directory / MANIFEST, os.O_RDONLY), 0, 10**6, bundled.dimensions)
    assert index.search(query, vector, 5) == sound
    assert set(index.troubles) == {VECTORS}
    index.close()
