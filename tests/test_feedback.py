"""POST /v1/feedback, and the command that shows it."""

import csv
import json

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.records import Records
from app.settings import Settings
from tests.test_api import QUESTION
from tests.test_cli import assert_refused, run
from tests.test_observing import running
from tests.test_records import question, rating


@pytest.fixture
def client(letter_index, tmp_path):
    with running(letter_index, tmp_path) as client:
        yield client


def ask(client, text=QUESTION):
    return client.post("/v1/ask", json={"question": text}).json()


def test_feedback_is_kept_with_the_answers_citations(client, tmp_path):
    answer = ask(client)
    response = client.post("/v1/feedback", json={"answer_id": answer["id"], "verdict": "down", "remark": " Te kort \n"})
    assert (response.status_code, response.content) == (204, b"")
    [given] = Records(tmp_path).feedback()
    assert (given.verdict, given.remark, given.status, given.language) == ("down", "Te kort", "answered", "nl")
    assert given.index_version == answer["index_version"]
    assert [(c.document_id, c.rev, c.start, c.end) for c in given.citations] == [
        (c["document_id"], c["rev"], c["start"], c["end"]) for c in answer["citations"]
    ]
    assert given.question is None


def test_a_thumb_after_a_remark_keeps_the_remark_and_an_empty_remark_erases_it(client, tmp_path):
    rated = {"answer_id": ask(client)["id"], "verdict": "down"}
    for more, kept in (({"remark": "Te kort"}, "Te kort"), ({"verdict": "up"}, "Te kort"), ({"remark": " "}, None)):
        assert client.post("/v1/feedback", json={**rated, **more}).status_code == 204
        assert Records(tmp_path).feedback()[0].remark == kept


def test_an_answer_without_citations_can_be_rated(client, tmp_path):
    answer = ask(client, "Wat vindt VWN van kernenergie?")
    assert client.post("/v1/feedback", json={"answer_id": answer["id"], "verdict": "up"}).status_code == 204
    [given] = Records(tmp_path).feedback()
    assert (given.status, given.citations, given.remark) == ("not_found", (), None)


def test_the_question_stands_beside_it_only_where_questions_are_kept(letter_index, tmp_path):
    with running(letter_index, tmp_path, log_questions=True) as client:
        client.post("/v1/feedback", json={"answer_id": ask(client)["id"], "verdict": "up"})
    [given] = Records(tmp_path).feedback()
    assert given.question == QUESTION


def test_an_answer_that_was_not_given_is_a_problem(client):
    for answer_id in ("nergens", ask(client)["id"][:-3] + "AAA", "a" * 8_192):
        response = client.post("/v1/feedback", json={"answer_id": answer_id, "verdict": "up"})
        assert response.status_code == 404
        assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"answer_id": "x"},
        {"answer_id": "x", "verdict": "meh"},
        {"answer_id": "x", "verdict": None},
        {"answer_id": "", "verdict": "up"},
        {"answer_id": "x" * 8_193, "verdict": "up"},
        {"answer_id": "x", "verdict": "up", "remark": "x" * 2_001},
        {"answer_id": "x", "verdict": "up", "remark": 1},
        {"answer_id": "x", "verdict": "up", "extra": 1},
        {"answer_id": "x", "verdict": "up", "remark": "\ud800 half a character"},
        [],
    ],
)
def test_a_body_that_does_not_fit_is_refused(client, body):
    response = client.post("/v1/feedback", content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert response.status_code == 422


@pytest.mark.parametrize("remark", ["\0nul", "🙂" * 1_000, "'; DROP TABLE feedback; --", "\x1b[2J"])
def test_whatever_is_remarked_is_kept(client, tmp_path, remark):
    answer = ask(client)
    content = json.dumps({"answer_id": answer["id"], "verdict": "up", "remark": remark})
    response = client.post("/v1/feedback", content=content, headers={"Content-Type": "application/json"})
    assert response.status_code == 204
    [given] = Records(tmp_path).feedback()
    assert given.remark


def test_another_worker_takes_the_feedback(letter_index, tmp_path):
    with running(letter_index, tmp_path) as one, running(letter_index, tmp_path) as two:
        assert two.post("/v1/feedback", json={"answer_id": ask(one)["id"], "verdict": "up"}).status_code == 204


def test_a_replica_with_the_same_key_takes_the_feedback_and_another_does_not(letter_index, tmp_path):
    key = "vGsV0d8a5qX1rZ3kT7yB9nM2cL4pW6eH"
    with running(letter_index, tmp_path / "a", answer_key=key) as one:
        body = {"answer_id": ask(one)["id"], "verdict": "up"}
    with running(letter_index, tmp_path / "b", answer_key=key) as two:
        assert two.post("/v1/feedback", json=body).status_code == 204
    with running(letter_index, tmp_path / "c") as other:
        assert other.post("/v1/feedback", json=body).status_code == 404


def test_a_restart_does_not_forget_what_was_answered(letter_index, tmp_path):
    with running(letter_index, tmp_path) as client:
        body = {"answer_id": ask(client)["id"], "verdict": "up"}
    with running(letter_index, tmp_path) as client:
        assert client.post("/v1/feedback", json=body).status_code == 204


def test_the_document_names_the_problem_of_an_unknown_answer(letter_index):
    app = create_app(Settings(index_dir=letter_index))
    with TestClient(app):
        assert set(app.openapi()["paths"]["/v1/feedback"]["post"]["responses"]) >= {"204", "404", "503"}


@pytest.fixture
def state(tmp_path):
    import time

    now = time.time()
    records = Records(tmp_path / "state")
    records.keep_feedback(rating(1, "down", "=HYPERLINK(\"x\")\x1b[31m, te 'kort'\nregel twee", at=now - 9 * 86_400))
    records.keep_feedback(rating(2, "up", None, at=now))
    records.keep_questions([question(1, "Wat kost het?", at=now - 9 * 86_400)])
    records.close()
    return {"BRIEFWIJZER_STATE_DIR": str(tmp_path / "state"), "BRIEFWIJZER_INDEX_DIR": str(tmp_path / "index")}


def test_the_command_lists_what_was_given_without_steering_the_terminal(state):
    done = run("feedback", **state)
    assert done.returncode == 0, done.stderr
    assert "2 answers rated: 1 up, 1 down." in done.stdout
    assert "Wat kost het?" in done.stdout
    assert "\x1b" not in done.stdout


def test_the_command_exports_json_and_csv(state, tmp_path):
    given = json.loads(run("feedback", "--json", **state).stdout)
    assert [entry["verdict"] for entry in given] == ["up", "down"]
    assert given[1]["citations"][0] == {"document_id": "brief", "rev": "0123456789ab", "start": 3, "end": 9}
    path = tmp_path / "feedback.csv"
    assert run("feedback", "--csv", str(path), **state).returncode == 0
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[1]["remark"].startswith("'=HYPERLINK"), "a spreadsheet takes it for text"
    assert rows[1]["citations"] == "brief@0123456789ab:3-9 brief@0123456789ab:12-20"


def test_the_command_shows_a_period(state):
    assert [entry["answer"] for entry in json.loads(run("feedback", "--json", "--since", "3d", **state).stdout)] == [
        "a2"
    ]
    assert_refused(run("feedback", "--since", "gisteren", **state), "gisteren", "30d")


def test_the_command_says_that_there_is_nothing(tmp_path):
    done = run("feedback", cwd=tmp_path, BRIEFWIJZER_INDEX_DIR=str(tmp_path / "index"))
    assert (done.returncode, done.stdout) == (0, "")
    assert "no feedback" in done.stderr
    assert not (tmp_path / "index").exists()
