"""The short form of the faults; ``make faults`` runs the long one."""

import os
import random
import shutil
import signal
from datetime import UTC, datetime, timedelta

import pytest

from app.errors import IndexBusyError
from app.index.versions import CATALOGUE, IndexDirectory
from ingest.pipeline import ingest_corpus
from tests.conftest import StemEmbedder
from tests.faults.corpora import ask, write_corpus
from tests.faults.damage import Damages, files, make_sound, try_damage
from tests.faults.disk import Fills, fill_and_free, limit_and_free, small_disk
from tests.faults.kills import Kills, kill_ingests, kill_once_published
from tests.faults.processes import SUCCESS, ended, run_ingest, start_ingest
from tests.faults.swaps import Swaps, swap_under_readers


@pytest.fixture(scope="module")
def two_versions(tmp_path_factory):
    return make_sound(tmp_path_factory.mktemp("damage"))


@pytest.fixture
def index(two_versions, tmp_path):
    """An index in state 1, a copy for the test alone."""
    return shutil.copytree(two_versions[1], tmp_path / "index")


def test_an_ingest_that_is_killed_leaves_the_published_version_and_loses_nothing(two_versions, index):
    done = Kills()
    kill_ingests(two_versions[0], index, 1, seed=1, times=1, done=done)
    assert done.kills + done.too_late == 1
    assert (done.wrong, done.lost) == ([], [])


def test_an_ingest_that_is_killed_just_after_the_pointer_moved_has_published(two_versions, index):
    done = Kills()
    kill_once_published(two_versions[0], index, 1, seed=2, times=1, done=done)
    assert done.published_before_the_kill + done.too_late == 1
    assert (done.wrong, done.lost) == ([], [])


@pytest.mark.parametrize(
    ("ending", "kind"),
    [("catalogue.sqlite", "flipped"), ("chroma.sqlite3", "truncated")],
)
def test_whatever_is_damaged_is_mended_and_something_answers_meanwhile(two_versions, ending, kind):
    corpus, sound = two_versions
    [name] = [each for each in files(sound) if each.endswith(ending)]
    done = Damages()
    try_damage(corpus, sound, name, kind, done)
    assert done.wrong == []
    assert (done.answered_meanwhile, done.harmless, done.embedded_for_derived) == (1, 0, 0)


def test_with_one_version_alone_what_is_left_of_it_answers(index):
    IndexDirectory(index).prune(keep=1)
    version = IndexDirectory(index).directory(IndexDirectory(index).require_current())
    shutil.rmtree(version / "chroma")
    shutil.rmtree(version / "tantivy")
    (version / "words.npy").write_bytes(b"")
    assert ask(index, range(2)).state == 1


def test_files_that_cannot_grow_are_said_and_nothing_is_lost(two_versions, tmp_path):
    done = Fills()
    limit_and_free(tmp_path, *two_versions, 40_000, done)
    assert done.wrong == []
    assert done.refused == 1


@pytest.mark.may_be_skipped
def test_a_full_disk_is_said_and_nothing_is_lost(two_versions, tmp_path):
    done = Fills()
    with small_disk(tmp_path / "disk") as disk:
        if disk is None:
            # What cannot grow, above, is the same fault in another guise, and is tried everywhere.
            pytest.skip("nothing may be mounted here")
        fill_and_free(disk, *two_versions, 200_000, done)
    assert done.wrong == []
    assert done.refused == 1


def test_versions_are_swapped_under_eight_readers_without_a_failed_request(two_versions, index):
    done = Swaps()
    swap_under_readers(two_versions[0], index, readers=8, swaps=2, done=done)
    assert done.wrong == []
    assert done.requests > 0


def test_the_second_of_two_ingests_waits_or_is_told_who_writes(two_versions, index):
    corpus = write_corpus(two_versions[0], 2)
    versions = IndexDirectory(index)
    with versions.writing():
        with pytest.raises(IndexBusyError, match=r"process \d+"):
            ingest_corpus(corpus, index, StemEmbedder())
        waiting = start_ingest(corpus, index)
        waiting.join(1)
        assert waiting.exitcode is None
    assert ended(waiting) == SUCCESS
    assert ask(index, range(3)).state == 2


def test_a_lock_whose_holder_was_killed_holds_nobody_up(two_versions, index):
    corpus = write_corpus(two_versions[0], 2)
    process = start_ingest(corpus, index)
    while not (index / "write.pid").exists() and process.exitcode is None:
        process.join(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert run_ingest(corpus, index) == SUCCESS
    assert ask(index, range(3)).state == 2


def test_a_version_that_is_made_after_the_clock_was_set_back_is_the_newer_one(two_versions, index):
    corpus = two_versions[0]
    versions = IndexDirectory(index)
    first = versions.require_current()
    ahead = f"{datetime.now(UTC) + timedelta(days=400):%Y%m%dT%H%M%S%f}-abcdef"
    # As if the first had been made while the clock was more than a year ahead.
    versions.directory(first).rename(versions.directory(ahead))
    versions.point(ahead)
    ingest_corpus(write_corpus(corpus, 2), index, StemEmbedder())
    ingest_corpus(write_corpus(corpus, 3), index, StemEmbedder())
    assert ahead not in versions.names(), "the two newest stay, whatever the clock said"
    assert sorted(versions.names())[-1] == versions.require_current()
    assert ask(index, range(3, 4)).wrong is None
    (versions.directory(versions.require_current()) / CATALOGUE).write_bytes(random.Random(0).randbytes(4096))
    assert ask(index, range(4)).state == 2, "the version before is the one that was made before"
