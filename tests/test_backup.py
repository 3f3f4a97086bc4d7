"""A backup that is made while everything is written to is whole."""

import sqlite3
import threading
import time
from contextlib import closing, contextmanager

import pytest
from typer.testing import CliRunner

from app.access.keys import KeyStore
from app.access.rules import PERMISSIONS
from app.access.tokens import page_secret
from app.backup import back_up
from app.cli import cli
from app.errors import BackupError, NoIndexError
from app.index.versions import IndexDirectory
from app.records import AskedQuestion, Records
from ingest.pipeline import ingest_corpus
from tests.conftest import LETTER, StemEmbedder, quotes


def make(index, target):
    return back_up(index, index / "access", index / "state", target)


@contextmanager
def at_work(work):
    """Do something over and over, in a thread, as long as the block lasts."""
    done, failures = threading.Event(), []

    def run():
        number = 0
        try:
            while not done.is_set():
                work(number)
                number += 1
        except Exception as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
    assert not failures


def asked(number):
    return AskedQuestion(f"a{number}", time.time(), "Wat staat er? " * 40, "nl", "answered", "extractive", False, "v")


def test_databases_that_are_written_meanwhile_are_whole_in_the_copy(small_index, tmp_path):
    records = Records(small_index / "state")
    keys = KeyStore.open(small_index / "access")
    first = keys.add("first", PERMISSIONS)
    records.keep_questions([asked(-number) for number in range(1, 51)])

    def write(number):
        records.keep_questions([asked(number * 50 + place) for place in range(50)])
        if number % 20 == 19:
            records.purge(0.0001, 365)
        keys.add(f"key {number}", ["ask"])
        keys.revoke(f"key {number}")

    with at_work(write):
        for number in range(15):
            target = tmp_path / f"backup-{number}"
            make(small_index, target)
            for name in ("state/records.sqlite", "access/keys.sqlite"):
                with closing(sqlite3.connect(target / name)) as db:
                    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)], (number, name)
            with closing(sqlite3.connect(target / "state" / "records.sqlite")) as db:
                # Each transaction brings fifty, so that half of one would show.
                assert db.execute("SELECT count(*) FROM questions").fetchone()[0] % 50 == 0
            copied = KeyStore.open(target / "access")
            assert copied.checked(first).name == "first"
            copied.close()
    records.close()
    keys.close()


def test_a_backup_while_versions_come_and_go_answers(make_corpus, index_dir, tmp_path):
    corpus = make_corpus()
    ingest_corpus(corpus, index_dir, StemEmbedder())

    def publish(number):
        make_corpus({"brief.txt": LETTER + f"\nDit is versie {number}.\n"})
        ingest_corpus(corpus, index_dir, StemEmbedder())

    with at_work(publish):
        backups = []
        while len({made.version for made in backups}) < 3:
            backups.append(make(index_dir, tmp_path / f"backup-{len(backups)}"))
    for made in backups[::5] + backups[-1:]:
        assert IndexDirectory(made.path).require_current() == made.version
        assert any("vier jaar" in quote for quote in quotes(made.path, StemEmbedder()))


def test_a_backup_is_an_index_folder_with_keys_secret_and_snapshots_and_nothing_of_the_moment(small_index, tmp_path):
    KeyStore.open(small_index / "access").close()
    secret = page_secret(None, small_index / "access")
    snapshot = small_index / "snapshots" / "bron" / "20260101T000000Z-0123456789ab"
    snapshot.mkdir(parents=True)
    (snapshot / "content").write_bytes(b"zoals het was")
    (snapshot.parent / "state.json").write_text("{}", encoding="ascii")
    (snapshot.parent / ".part-abcdef").mkdir()
    (small_index / "state" / "metrics").mkdir(parents=True)
    (small_index / "write.pid").write_text("1", encoding="ascii")
    made = make(small_index, tmp_path / "a" / "b" / "backup")
    assert {path.name for path in made.path.iterdir()} >= {"current", "versions", "snapshots", "access", "state"}
    assert page_secret(None, made.path / "access") == secret
    assert (made.path / "access" / "keys.sqlite").stat().st_mode & 0o777 == 0o600
    assert (made.path / "snapshots" / "bron" / snapshot.name / "content").read_bytes() == b"zoals het was"
    left_out = {"metrics", "write.pid", "write.lock", ".part-abcdef"}
    assert not left_out & {path.name for path in made.path.rglob("*")}
    assert not list(made.path.parent.glob(".*.part"))


def test_after_a_roll_back_the_copy_is_held_too(make_corpus, index_dir, tmp_path):
    ingest_corpus(make_corpus(), index_dir, StemEmbedder())
    ingest_corpus(make_corpus({"brief.txt": LETTER.replace("vier jaar", "zeven jaar")}), index_dir, StemEmbedder())
    versions = IndexDirectory(index_dir)
    with versions.writing():
        versions.point(versions.names()[0], held="2026-01-01T00:00:00+00:00")
    made = make(index_dir, tmp_path / "backup")
    assert made.versions == 2
    assert IndexDirectory(made.path).held_since() == "2026-01-01T00:00:00+00:00"


def test_nothing_is_written_over_and_nothing_is_left_half(small_index, tmp_path):
    full = tmp_path / "full"
    full.mkdir()
    (full / "holiday.txt").write_text("mine", encoding="ascii")
    with pytest.raises(BackupError, match=r"full: is not empty.*Name another"):
        make(small_index, full)
    with pytest.raises(BackupError, match="is no folder"):
        make(small_index, full / "holiday.txt")
    with pytest.raises(BackupError, match="inside the index"):
        make(small_index, small_index / "backup")
    with pytest.raises(NoIndexError, match="briefwijzer ingest"):
        make(tmp_path / "nothing", tmp_path / "backup")
    (small_index / "access").mkdir()
    (small_index / "access" / "keys.sqlite").write_bytes(b"no database at all " * 100)
    with pytest.raises(BackupError, match="could not be made"):
        make(small_index, tmp_path / "backup")
    assert {path.name for path in tmp_path.iterdir()} & {"backup"} == set()
    assert not list(tmp_path.glob(".*.part"))


def test_an_empty_folder_will_do(small_index, tmp_path):
    (tmp_path / "backup").mkdir()
    assert make(small_index, tmp_path / "backup").version == IndexDirectory(small_index).current()


def test_the_command_says_what_it_made_and_how_to_restore(small_index, tmp_path):
    done = CliRunner().invoke(cli, ["backup", str(tmp_path / "backup"), "--index", str(small_index)])
    assert done.exit_code == 0, done.output
    assert str(IndexDirectory(small_index).current()) in done.stderr
    assert "To restore" in done.stderr
    assert (tmp_path / "backup" / "current").is_file()
