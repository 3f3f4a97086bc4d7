"""The commands that look after the versions."""

import os
import re

import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.errors import BriefwijzerError, NotFoundError
from app.index import open_current
from app.index.listing import described
from app.index.versions import WORDS, IndexDirectory
from ingest.pipeline import ingest_corpus
from tests.conftest import LETTER, StemEmbedder


@pytest.fixture(scope="module")
def _three(tmp_path_factory):
    from tests.conftest import SOURCES

    folder = tmp_path_factory.mktemp("three")
    corpus = folder / "corpus"
    corpus.mkdir()
    (corpus / "sources.toml").write_text(SOURCES, encoding="utf-8")
    for number in range(2):
        (corpus / "brief.txt").write_text(f"Regel {number}.\n\n{LETTER}", encoding="utf-8")
        ingest_corpus(corpus, folder / "index", StemEmbedder())
    return folder


@pytest.fixture
def two(_three, index_dir):
    """The corpus, and an index of two versions of it; a copy for the test alone."""
    import shutil

    (_three / "corpus" / "brief.txt").write_text(f"Regel 1.\n\n{LETTER}", encoding="utf-8")
    shutil.copytree(_three / "index", index_dir)
    return _three / "corpus", index_dir


def run(index, *arguments):
    done = CliRunner().invoke(cli, ["versions", *arguments, "--index", str(index)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.output


def first_line(index_dir):
    index = open_current(index_dir)
    try:
        return index.catalogue.document("brief").text.split("\n")[0]
    finally:
        index.close()


def test_the_list_tells_which_is_current_and_who_reads_it(two):
    _, index_dir = two
    older, current = IndexDirectory(index_dir).names()
    index = open_current(index_dir)
    said = run(index_dir)
    index.close()
    [line] = [line for line in said.splitlines() if current in line]
    assert "current" in line
    assert str(os.getpid()) in line
    assert re.search(r"│ 1 +│ 1 +│ \d+ kB │", line), "documents, passages, size"
    [line] = [line for line in said.splitlines() if older in line]
    assert "current" not in line
    assert str(os.getpid()) not in line


def test_the_list_names_damage(two):
    _, index_dir = two
    versions = IndexDirectory(index_dir)
    (versions.directory(versions.names()[0]) / "manifest.json").write_bytes(b"{}")
    versions.mark_damaged(versions.names()[1], "chroma")
    assert [version.remark for version in described(versions)] == ["damaged: manifest", "current, damaged: chroma"]


def test_a_roll_back_holds_until_the_corpus_is_taken_up_on_purpose(two):
    corpus, index_dir = two
    versions = IndexDirectory(index_dir)
    older, newer = versions.names()
    assert "briefwijzer ingest" in run(index_dir, "rollback")
    assert (versions.current(), first_line(index_dir)) == (older, "Regel 0.")
    assert versions.held_since() is not None
    kept = ingest_corpus(corpus, index_dir, StemEmbedder(), respect_hold=True)
    assert (kept.version, kept.changed) == (older, False)
    assert versions.held_since() is not None
    taken = ingest_corpus(corpus, index_dir, StemEmbedder())
    assert taken.changed
    assert first_line(index_dir) == "Regel 1."
    assert versions.held_since() is None
    assert newer in versions.names()


def test_answers_of_the_version_that_was_rolled_back_from_keep_opening_after_the_next_ingest(two):
    corpus, index_dir = two
    index = open_current(index_dir)
    cited = index.catalogue.document("brief").rev
    index.close()
    run(index_dir, "rollback")
    (corpus / "brief.txt").write_text(f"Regel 2.\n\n{LETTER}", encoding="utf-8")
    ingest_corpus(corpus, index_dir, StemEmbedder())
    index = open_current(index_dir)
    assert index.catalogue.document("brief", cited).text.startswith("Regel 1.")
    index.close()


def test_a_corpus_that_was_put_back_too_lets_go_of_the_held_version_without_a_new_one(two):
    corpus, index_dir = two
    run(index_dir, "rollback")
    (corpus / "brief.txt").write_text(f"Regel 0.\n\n{LETTER}", encoding="utf-8")
    outcome = ingest_corpus(corpus, index_dir, StemEmbedder())
    assert not outcome.changed
    assert IndexDirectory(index_dir).held_since() is None


def test_a_held_version_is_mended_and_stays_held(two):
    from ingest.repairing import repair_index

    corpus, index_dir = two
    versions = IndexDirectory(index_dir)
    run(index_dir, "rollback")
    held = versions.held_since()
    (versions.directory(versions.require_current()) / WORDS).write_bytes(b"")
    _, damaged = repair_index(corpus, index_dir, StemEmbedder)
    assert (damaged, versions.held_since(), first_line(index_dir)) == (WORDS, held, "Regel 0.")


def test_a_roll_back_to_a_version_that_is_damaged_or_not_there_is_refused(two):
    _, index_dir = two
    versions = IndexDirectory(index_dir)
    older, newer = versions.names()
    with pytest.raises(NotFoundError, match=rf"'nergens'.*{older}"):
        run(index_dir, "rollback", "nergens")
    with pytest.raises(BriefwijzerError, match="answers already"):
        run(index_dir, "rollback", newer)
    (versions.directory(older) / WORDS).write_bytes(b"")
    with pytest.raises(BriefwijzerError, match=r"damaged \(words\.npy\)"):
        run(index_dir, "rollback")
    assert versions.current() == newer


def test_pruning_keeps_as_many_as_it_is_told_and_what_is_read(two):
    _, index_dir = two
    older, newer = IndexDirectory(index_dir).names()
    assert "0 removed, 2 left" in run(index_dir, "prune")
    assert f"Removed {older}" in run(index_dir, "prune", "--keep", "1")
    assert IndexDirectory(index_dir).names() == [newer]


def test_repair_says_that_a_sound_version_is_sound(two):
    corpus, index_dir = two
    assert "is sound" in run(index_dir, "repair", "--corpus", str(corpus))
