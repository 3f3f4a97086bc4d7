"""What is kept is kept once, by several processes at once, for as long as it may be, and no longer."""

import multiprocessing
import sqlite3
import stat

import pytest

from app.errors import StateError
from app.records import DAY_S, AskedQuestion, Cited, Feedback, Records

SECRET = "Mag mijn buurvrouw Jansen blijven?"


def question(number, text=SECRET, at=0.0):
    return AskedQuestion(f"a{number}", at, text, "nl", "not_found", "extractive", False, "v1")


def rating(number, verdict="down", remark=None, at=0.0):
    cited = (Cited("brief", "0123456789ab", 3, 9), Cited("brief", "0123456789ab", 12, 20))
    return Feedback(f"a{number}", at, verdict, remark, at, "answered", "extractive", "nl", "v1", cited)


def test_what_is_kept_is_read_back(tmp_path):
    records = Records(tmp_path)
    records.keep_questions([question(1, at=5.0), question(2, at=3.0)])
    records.keep_feedback(rating(1, "up", "Dank 🙂", at=6.0))
    assert [asked.answer for asked in records.questions()] == ["a2", "a1"]
    assert [asked.answer for asked in records.questions(since=4.0)] == ["a1"]
    [given] = records.feedback()
    assert (given.verdict, given.remark, given.question) == ("up", "Dank 🙂", SECRET)
    assert given.citations == rating(1).citations


def test_the_last_word_on_an_answer_counts(tmp_path):
    records = Records(tmp_path)
    records.keep_feedback(rating(1, "down", "fout"))
    records.keep_feedback(rating(1, "up", "toch goed", at=6.0))
    [given] = records.feedback()
    assert (given.verdict, given.remark, given.given_at) == ("up", "toch goed", 6.0)


def test_a_later_verdict_without_a_remark_keeps_the_remark_and_an_empty_one_erases_it(tmp_path):
    records = Records(tmp_path)
    records.keep_feedback(rating(1, "down", "fout"))
    records.keep_feedback(rating(1, "up"))
    [given] = records.feedback()
    assert (given.verdict, given.remark) == ("up", "fout")
    records.keep_feedback(rating(1, "up", ""))
    assert records.feedback()[0].remark is None
    records.keep_feedback(rating(2, "up", ""))
    assert records.feedback()[1].remark is None


def test_looking_makes_nothing(tmp_path):
    records = Records(tmp_path / "state")
    assert records.questions() == []
    assert records.feedback() == []
    assert not records.has_questions()
    assert records.purge(1, 1) == 0
    assert not (tmp_path / "state").exists()


def test_nobody_else_may_read_the_file(tmp_path):
    records = Records(tmp_path)
    records.keep_feedback(rating(1))
    with sqlite3.connect(records.path) as held:
        held.execute("SELECT * FROM feedback").fetchall()
        for path in tmp_path.iterdir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    held.close()


def _rate(arguments):
    folder, first, count = arguments
    records = Records(folder)
    for number in range(first, first + count):
        records.keep_feedback(rating(number))
        records.keep_questions([question(number)])


def test_processes_that_write_at_once_lose_nothing(tmp_path):
    with multiprocessing.get_context("spawn").Pool(6) as pool:
        pool.map(_rate, [(tmp_path / "new", first * 40, 40) for first in range(6)])
    records = Records(tmp_path / "new")
    assert {given.answer for given in records.feedback()} == {f"a{number}" for number in range(240)}
    assert len(records.questions()) == 240


def test_a_backup_that_is_put_back_is_written_to_from_then_on(tmp_path):
    records, backup = Records(tmp_path / "state"), Records(tmp_path / "backup")
    records.keep_feedback(rating(1))
    backup.keep_feedback(rating(2))
    backup.close()
    for path in (tmp_path / "state").iterdir():
        path.unlink()
    backup.path.rename(records.path)
    records.keep_feedback(rating(3))
    assert {given.answer for given in records.feedback()} == {"a2", "a3"}


def test_what_was_kept_long_enough_is_gone_from_the_disk_too(tmp_path):
    now = [100 * DAY_S]
    records = Records(tmp_path, clock=lambda: now[0])
    records.keep_questions([question(1, at=9 * DAY_S), question(2, "Nieuwe vraag", at=11 * DAY_S)])
    records.keep_feedback(rating(1, remark="Bel Jansen", at=9 * DAY_S))
    records.keep_feedback(rating(2, remark="Mooi", at=95 * DAY_S))
    assert records.purge(question_days=90, feedback_days=30) == 2
    assert [asked.answer for asked in records.questions()] == ["a2"]
    assert [given.answer for given in records.feedback()] == ["a2"]
    for path in tmp_path.iterdir():
        assert b"Jansen" not in path.read_bytes(), path
    now[0] += 365 * DAY_S
    assert records.purge(question_days=90, feedback_days=30) == 2
    assert not records.has_questions()


def test_nothing_is_purged_before_its_time(tmp_path):
    records = Records(tmp_path, clock=lambda: 90 * DAY_S)
    records.keep_questions([question(1, at=0.0)])
    assert records.purge(question_days=90, feedback_days=90) == 0
    assert records.has_questions()


def test_a_question_that_was_erased_is_no_longer_beside_its_feedback(tmp_path):
    records = Records(tmp_path, clock=lambda: 100 * DAY_S)
    records.keep_questions([question(1, at=0.0)])
    records.keep_feedback(rating(1, at=99 * DAY_S))
    records.purge(question_days=90, feedback_days=365)
    [given] = records.feedback()
    assert given.question is None


def test_a_locked_file_is_an_error_that_names_it(tmp_path):
    records = Records(tmp_path)
    records.keep_feedback(rating(1))
    held = sqlite3.connect(records.path, isolation_level=None)
    held.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StateError, match=r"records\.sqlite.*locked"):
        records.keep_feedback(rating(2))
    held.execute("ROLLBACK")
    held.close()
    records.keep_feedback(rating(2))
    assert len(records.feedback()) == 2


def test_a_damaged_file_is_an_error_that_names_it(tmp_path):
    records = Records(tmp_path)
    records.path.write_bytes(b"no database at all " * 500)
    with pytest.raises(StateError, match=r"records\.sqlite.*BRIEFWIJZER_STATE_DIR"):
        records.keep_feedback(rating(1))
    with pytest.raises(StateError):
        records.questions()


def test_a_folder_without_rights_is_an_error_that_names_it(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StateError, match="file"):
        Records(tmp_path / "file" / "state").keep_feedback(rating(1))


def test_what_a_clock_that_was_ahead_has_dated_is_kept_no_longer_than_was_said(tmp_path):
    now = [1_000 * DAY_S]
    records = Records(tmp_path, clock=lambda: now[0])
    records.keep_questions([question(1, at=5_000 * DAY_S), question(2, at=now[0])])
    records.keep_feedback(rating(1, at=5_000 * DAY_S))
    assert records.purge(question_days=90, feedback_days=90) == 0
    now[0] += 91 * DAY_S
    assert records.purge(question_days=90, feedback_days=90) == 3
    assert not records.has_questions()
