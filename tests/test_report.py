"""``briefwijzer report``: what was asked and not found, as a table, a chart, JSON and a page."""

import json
import re
import time
import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import pytest

from app.errors import SettingsError
from app.periods import since
from app.records import AskedQuestion, Records
from app.report import chart, report
from tests.test_cli import assert_refused, run
from tests.test_records import rating

DAY = 86_400.0
# A Wednesday.
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC).timestamp()


def asked(number, text, status, days_ago, now=NOW):
    return AskedQuestion(f"a{number}", now - days_ago * DAY, text, "nl", status, "extractive", False, "v1")


QUESTIONS = [
    asked(1, "Wat vindt VWN van kernenergie?", "not_found", 16),
    asked(2, "kernenergie", "not_found", 1),
    asked(3, "Erkenningspercentage in Griekenland?", "partial", 1),
    asked(4, "Spreidingswet", "answered", 0),
]


def made(questions=QUESTIONS, feedback=(), **given):
    return report(
        questions, feedback, **{"since": NOW - 30 * DAY, "until": NOW, "logging": True, "names": {"vwn"}, **given}
    )


def test_weeks_run_from_the_first_question_to_now_and_none_is_left_out():
    weeks = made().weeks
    assert [week.monday for week in weeks] == ["2026-11-09", "2026-11-16", "2026-11-23"]
    assert [(week.answered, week.partial, week.not_found) for week in weeks] == [(0, 0, 1), (0, 0, 0), (1, 1, 1)]


def test_topics_are_those_without_a_whole_answer_most_missed_first():
    rows = made(feedback=[rating(2, "down"), rating(3, "up")]).topics
    assert [(row.topic, row.not_found, row.partial, row.down) for row in rows] == [
        ("kernenergie", 2, 0, 1), ("erkenningspercentage, griekenland", 0, 1, 0),
    ]  # fmt: skip
    assert rows[0].weeks == (1, 0, 1)


def test_nothing_asked_is_a_report_too():
    empty = made([])
    assert (empty.questions, empty.topics, empty.by_status["answered"]) == (0, (), 0)
    assert chart(empty.weeks, {})["bars"] == []


def test_bars_stand_on_each_other_and_inside_the_drawing():
    drawn = chart(made().weeks, {"answered": "x", "partial": "y", "not_found": "z"})
    last = [bar for bar in drawn["bars"] if bar.title.startswith("2026-11-23")]
    assert [bar.kind for bar in last] == ["answered", "partial", "not_found"]
    assert last[0].y == pytest.approx(last[1].y + last[1].height, abs=0.2)
    for bar in drawn["bars"]:
        assert bar.height > 0
        assert 0 <= bar.y <= drawn["height"]
        assert drawn["left"] <= bar.x <= drawn["width"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("30d", NOW - 30 * DAY), ("2w", NOW - 14 * DAY), ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC).timestamp())],
)
def test_a_period_is_days_weeks_or_a_day(text, expected):
    assert since(text, datetime.fromtimestamp(NOW, UTC)) == expected


@pytest.mark.parametrize("text", ["", "30", "d", "-3d", "30 d", "2026-13-01", "gisteren", "99999999d", "٣d"])
def test_what_is_no_period_is_named(text):
    with pytest.raises(SettingsError, match="30d"):
        since(text, datetime.fromtimestamp(NOW, UTC))


HOSTILE = '<script>alert("x")</script> \x1b[31mpaspoort [red]?'


@pytest.fixture
def state(tmp_path):
    now = time.time()
    records = Records(tmp_path / "state")
    records.keep_questions(
        [asked(n, text, status, days, now) for n, (text, status, days) in enumerate(
            [("kernenergie", "not_found", 1), (HOSTILE, "not_found", 2), ("Spreidingswet", "answered", 3), ("oud", "partial", 40),
             ("veel te oud", "partial", 100)]
        )]
    )  # fmt: skip
    records.close()
    return {
        "BRIEFWIJZER_STATE_DIR": str(tmp_path / "state"), "BRIEFWIJZER_INDEX_DIR": str(tmp_path / "index"),
        "BRIEFWIJZER_LOG_QUESTIONS": "true",
    }  # fmt: skip


def test_the_command_prints_a_chart_and_a_table_without_steering_the_terminal(state):
    done = run("report", **state)
    assert done.returncode == 0, done.stderr
    assert "3 questions, 1 answered, 0 in part, 2 not found." in done.stdout
    assert "kernenergie" in done.stdout
    assert "[red]" in done.stdout, "what somebody typed is no markup"
    assert "░" in done.stdout
    assert "\x1b" not in done.stdout


def test_the_command_prints_json_of_any_period(state):
    whole = json.loads(run("report", "--json", "--since", "60d", **state).stdout)
    assert whole["questions"] == 4
    assert whole["logging"] is True
    assert {"topic", "example", "not_found", "partial", "weeks"} <= set(whole["topics"][0])
    assert_refused(run("report", "--since", "morgen", **state), "morgen")


def test_what_should_have_been_erased_is_erased_before_it_is_shown(state, tmp_path):
    whole = json.loads(run("report", "--json", "--since", "300d", **state).stdout)
    assert whole["questions"] == 4
    assert b"veel te oud" not in (tmp_path / "state" / "records.sqlite").read_bytes()


def test_the_page_stands_alone_and_holds_no_live_markup(state, tmp_path):
    path = tmp_path / "report.html"
    assert run("report", "--html", str(path), **state).returncode == 0
    page = path.read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert not re.search(r"""(?:src|href)\s*=|url\(|@import""", page)
    svg = ET.fromstring(page[page.index("<svg") : page.index("</svg>") + 6])
    assert len(svg.findall("rect")) >= 2
    assert "kernenergie" in page


def test_it_is_said_when_nothing_is_kept(tmp_path, state):
    done = run("report", cwd=tmp_path, BRIEFWIJZER_INDEX_DIR=str(tmp_path / "index"))
    assert done.returncode == 0
    assert "BRIEFWIJZER_LOG_QUESTIONS is off" in done.stderr
    assert "nothing to report" in done.stderr
    still = run("report", **{**state, "BRIEFWIJZER_LOG_QUESTIONS": "false"})
    assert "What was kept before is shown" in still.stderr
    assert "kernenergie" in still.stdout


def test_a_page_that_cannot_be_written_is_named(state, tmp_path):
    assert_refused(run("report", "--html", str(tmp_path / "nergens" / "r.html"), **state), "r.html")
