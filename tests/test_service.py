"""The service's hold on the index: what it moves on to, what it does without, and what it says of itself."""

import shutil
import signal
import subprocess
import sys

import pytest

from app.errors import DamagedIndexError, NoIndexError
from app.index.opening import Opening, died_while_opening
from app.index.versions import CATALOGUE, DENSE, LEXICAL, IndexDirectory
from app.service import Service
from ingest.pipeline import ingest_corpus
from ingest.repairing import repair_index
from tests.conftest import ANSWER, LETTER, QUESTION, StemEmbedder


@pytest.fixture
def service(small_index):
    service = Service(small_index, StemEmbedder(), 2_000)
    service.open()
    yield service
    service.close()


def asked(service):
    with service.reading() as reading:
        return [citation.quote for citation in reading.answerer.ask(QUESTION).citations]


def version(index_dir):
    versions = IndexDirectory(index_dir)
    return versions.directory(versions.require_current())


def test_all_is_well_with_a_sound_version(service, small_index):
    condition = service.condition()
    assert condition.version == version(small_index).name
    assert (condition.held_since, condition.troubles, condition.damaged) == (None, {}, False)
    assert not service.refresh()


def test_before_the_first_version_the_service_has_nothing_and_takes_the_first_that_comes(small_corpus, index_dir):
    service = Service(index_dir, StemEmbedder(), 2_000)
    assert not service.refresh()
    with pytest.raises(NoIndexError, match="briefwijzer ingest"), service.reading():
        pass
    assert service.condition().version is None
    ingest_corpus(small_corpus, index_dir, StemEmbedder())
    assert service.refresh()
    assert asked(service) == [ANSWER]
    service.close()


class Failing:
    """A part of a version that fails whenever it is asked."""

    def search(self, *_):
        raise DamagedIndexError("cannot be read")

    stored = search

    def __len__(self):
        return 3

    def close(self):
        pass


@pytest.mark.parametrize("part", [LEXICAL, DENSE])
def test_where_one_index_fails_the_other_answers_and_it_is_said(service, part):
    with service.reading() as reading:
        index = reading.index
        sound = index.lexical if part == LEXICAL else index.dense
        if part == LEXICAL:
            index.lexical = Failing()
        else:
            index.dense = Failing()
    assert asked(service) == [ANSWER]
    condition = service.condition()
    assert condition.damaged
    assert condition.troubles == {part: "cannot be read"}
    if part == DENSE:
        sound.close()


def test_where_both_indexes_fail_the_question_fails_too(service):
    with service.reading() as reading:
        sound, reading.index.lexical, reading.index.dense = reading.index.dense, Failing(), Failing()
    with pytest.raises(DamagedIndexError, match="cannot be read"):
        asked(service)
    sound.close()
    service.checked()
    assert asked(service) == [ANSWER], "after the check it is opened anew"


def test_what_a_request_runs_into_is_suspected_until_it_was_checked(service):
    with pytest.raises(DamagedIndexError), service.reading():
        raise DamagedIndexError("the catalogue cannot be read")
    assert service.condition().damaged
    service.checked()
    assert not service.condition().damaged
    assert asked(service) == [ANSWER]


def test_a_version_that_another_process_found_damaged_is_left_for_the_one_before(make_corpus, index_dir):
    corpus = make_corpus()
    ingest_corpus(corpus, index_dir, StemEmbedder())
    before = version(index_dir).name
    make_corpus({"brief.txt": f"Iets nieuws.\n\n{LETTER}"})
    ingest_corpus(corpus, index_dir, StemEmbedder())
    service = Service(index_dir, StemEmbedder(), 2_000)
    service.open()
    path = version(index_dir) / CATALOGUE
    path.with_suffix(".new").write_bytes(b"")
    path.with_suffix(".new").replace(path)
    IndexDirectory(index_dir).mark_damaged(version(index_dir).name, "catalogue")
    assert service.refresh()
    condition = service.condition()
    assert (condition.version, condition.damaged) == (before, True)
    assert "was found damaged" in condition.troubles["version"]
    assert asked(service) == [ANSWER]
    assert not service.refresh(), "not opened again and again"
    name, damaged = repair_index(corpus, index_dir, StemEmbedder)
    assert damaged == "catalogue"
    assert service.refresh()
    assert (service.condition().version, service.condition().troubles) == (name, {})
    service.close()


def test_a_pointer_that_is_damaged_does_not_keep_a_service_from_starting(small_index):
    (small_index / "current").write_bytes(b"\xff")
    service = Service(small_index, StemEmbedder(), 2_000)
    assert service.refresh()
    assert asked(service) == [ANSWER]
    assert service.condition().damaged
    service.close()


def test_a_copy_that_is_made_while_it_answers_answers_too(service, small_index, tmp_path):
    with service.reading() as reading:
        before = [citation.quote for citation in reading.answerer.ask(QUESTION).citations]
        shutil.copytree(small_index, tmp_path / "backup")
        # A build that was under way when the copy was made.
        (tmp_path / "backup" / "versions" / "99990101T000000000000-unfinished").mkdir()
    copy = Service(tmp_path / "backup", StemEmbedder(), 2_000)
    copy.open()
    assert asked(copy) == before == [ANSWER]
    copy.close()


def test_a_copy_is_brought_up_to_date_by_the_corpus_that_it_was_made_from(small_corpus, small_index, tmp_path):
    shutil.copytree(small_index, tmp_path / "backup")
    (tmp_path / "backup" / "versions" / "99990101T000000000000-unfinished").mkdir()
    assert not ingest_corpus(small_corpus, tmp_path / "backup", StemEmbedder()).changed
    assert IndexDirectory(tmp_path / "backup").names() == [
        path.name for path in (tmp_path / "backup" / "versions").iterdir()
    ]


def test_a_process_that_died_while_it_opened_a_version_has_it_checked_by_the_next(tmp_path):
    code = (
        "import os, signal, sys; from pathlib import Path; from app.index.opening import Opening\n"
        "opening = Opening.of(Path(sys.argv[1])); os.kill(os.getpid(), signal.SIGKILL)"
    )
    died = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert died.returncode == -signal.SIGKILL
    own = Opening.of(tmp_path)
    assert died_while_opening(tmp_path)
    assert not died_while_opening(tmp_path), "one that still opens it has not died"
    own.done()
    assert not list(tmp_path.iterdir())


def test_a_version_whose_opener_died_is_opened_all_the_same_when_it_is_sound(small_index):
    (version(small_index) / "opening.1.abcdef").touch()
    service = Service(small_index, StemEmbedder(), 2_000)
    service.open()
    assert asked(service) == [ANSWER]
    assert service.condition().troubles == {}
    service.close()
