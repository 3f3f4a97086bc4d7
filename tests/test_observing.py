"""Each request is seen through: its id, its line, its counts, and nothing of who asked what."""

import asyncio
import io
import json
import logging
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import contextmanager, suppress

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from starlette.requests import ClientDisconnect

from app.failures import StateFailures
from app.logs import JsonFormatter
from app.main import create_app
from app.metrics import Metrics
from app.observer import Observer
from app.observing import Observed, request_id
from app.records import Records
from app.settings import Settings
from tests.test_api import QUESTION
from tests.test_cli import ROOT

SECRET = "Wat vindt VWN ervan dat buurvrouw Pietersen-Qualm asiel zoekt?"
REMARK = "Mijn dossiernummer is 774411"
KEY = "bw_geheime-sleutel"


@contextmanager
def logged():
    """Take what the loggers say, as the formatter writes it; a list of parsed lines and the raw text."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    app_logger = logging.getLogger("app")
    level = app_logger.level
    root.addHandler(handler)
    app_logger.setLevel(logging.DEBUG)
    try:
        yield stream
    finally:
        root.removeHandler(handler)
        app_logger.setLevel(level)


def lines(stream, logger="app.requests"):
    parsed = [json.loads(said) for said in stream.getvalue().splitlines()]
    return [said for said in parsed if said["logger"] == logger]


@contextmanager
def running(letter_index, state_dir, add=None, **given):
    app = create_app(Settings(index_dir=letter_index, state_dir=state_dir, **given))
    if add is not None:
        add(app)
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        yield client


@pytest.fixture(scope="module")
def client(letter_index, tmp_path_factory):
    def add(app):
        @app.get("/boom/{name}")
        def boom(name: str):
            raise ValueError(f"what {name} asked: {SECRET}")

    with running(letter_index, tmp_path_factory.mktemp("state"), add) as client:
        yield client


def metric(client, name, **labels):
    for family in text_string_to_metric_families(client.get("/metrics").text):
        for sample in family.samples:
            if sample.name == name and labels.items() <= sample.labels.items():
                return sample.value
    return 0.0


@pytest.mark.parametrize("given", ["a", "4bf92f3577b34da6a3ce929d0e0e4736", "req-1.2_3", "x" * 64])
def test_a_well_formed_request_id_is_taken_over(client, given):
    with logged() as stream:
        response = client.get("/v1/sources", headers={"X-Request-ID": given})
    assert response.headers["x-request-id"] == given
    assert lines(stream)[0]["request_id"] == given


@pytest.mark.parametrize("given", ["", " ", "x" * 65, "a b", "a\tb", 'a"b', "a\x1b[31m", "a,b", "..", "-", "é", "a\n"])
def test_another_is_replaced(given):
    assert request_id(given) != given
    assert len(request_id(given)) == 16


def test_every_response_has_a_request_id(client):
    for path in ("/", "/nergens", "/v1/documents/geen", "/boom/x", "/v1/ask"):
        assert len(client.get(path).headers["x-request-id"]) == 16
    refused = client.get("/", headers={"Origin": "https://evil.example"})
    assert (refused.status_code, len(refused.headers["x-request-id"])) == (403, 16)


def test_one_line_says_what_became_of_a_request(client):
    with logged() as stream:
        answer = client.post("/v1/ask", json={"question": QUESTION}).json()
    [line] = lines(stream)
    assert line["route"] == "/v1/ask"
    assert (line["method"], line["status"], line["level"]) == ("POST", 200, "info")
    assert answer["id"].startswith(line["answer"] + ".")
    assert (line["answer_status"], line["mode"], line["degraded"]) == ("answered", "extractive", False)
    assert line["index_version"] == answer["index_version"]
    assert line["took_ms"] >= answer["took_ms"]


def test_a_route_is_logged_as_declared_and_a_path_never(client):
    with logged() as stream:
        client.get("/v1/documents/brief-2025-12?rev=geheim")
        client.get("/geheim/pad")
        client.get("/documents/%0a%1b[31mgeheim")
    assert [line["route"] for line in lines(stream)] == [
        "/v1/documents/{document_id}",
        "other",
        "/documents/{document_id}",
    ]
    assert "geheim" not in stream.getvalue()


def test_a_stream_is_one_request_with_its_answer(client):
    with logged() as stream:
        response = client.post("/v1/ask", json={"question": QUESTION}, headers={"Accept": "text/event-stream"})
    done = json.loads(response.text.strip().split("\n\n")[-1].split("data: ")[1])
    [line] = lines(stream)
    assert done["id"].startswith(line["answer"] + ".")


def test_openais_answers_are_seen_too(client):
    before = metric(client, "briefwijzer_answers_total", status="answered")
    with logged() as stream:
        body = {"messages": [{"role": "user", "content": QUESTION}]}
        completion = client.post("/v1/chat/completions", json=body).json()
    [line] = [line for line in lines(stream) if line["route"] == "/v1/chat/completions"]
    assert completion["id"].startswith(f"chatcmpl-{line['answer']}.")
    assert metric(client, "briefwijzer_answers_total", status="answered") == before + 1


def test_probes_are_logged_at_debug_alone(client):
    with logged() as stream:
        client.get("/healthz")
        client.get("/readyz")
    assert {line["level"] for line in lines(stream)} == {"debug"}


def test_a_fault_of_ours_is_a_problem_with_headers_and_a_line_with_places(client):
    with logged() as stream:
        response = client.get("/boom/buurvrouw")
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    [line] = lines(stream)
    assert (line["level"], line["status"], line["route"]) == ("error", 500, "/boom/{name}")
    assert line["error"][0]["kind"] == "ValueError"
    assert any("boom" in place for place in line["error"][0]["at"])
    assert "buurvrouw" not in stream.getvalue() + response.text


def test_no_line_of_a_full_run_holds_question_remark_address_or_key(letter_index, tmp_path):
    """Privacy by default, with everything on that can be, LLM and question log included: such a log goes to SQLite alone."""
    from tests.chat_server import chat_server

    def script(_messages):
        yield 500

    for log_questions in (False, True):
        with (
            chat_server(script) as server,
            logged() as stream,
            running(
                letter_index, tmp_path / str(log_questions), log_questions=log_questions, llm="openai:test", llm_url=server.url,
                llm_timeout_s=5,
            ) as client,
        ):  # fmt: skip
            headers = {"Authorization": f"Bearer {KEY}", "X-Forwarded-For": "203.0.113.77", "Cookie": f"k={KEY}"}
            whole = client.post(
                "/v1/ask", json={"question": QUESTION, "history": [{"question": SECRET}]}, headers=headers
            )
            client.post("/v1/ask", json={"question": SECRET}, headers={**headers, "Accept": "text/event-stream"})
            client.post("/v1/ask", json={"question": SECRET, "speakers": ["Pietersen-Qualm"]}, headers=headers)
            client.post("/v1/ask", content=json.dumps({"question": SECRET})[:-3], headers=headers)
            client.post("/v1/search", json={"query": SECRET}, headers=headers)
            client.post(
                "/v1/chat/completions", json={"messages": [{"role": "user", "content": SECRET}]}, headers=headers
            )
            client.get(f"/documents/Pietersen-Qualm?key={KEY}", headers=headers)
            client.get("/", params={"question": SECRET}, headers=headers)
            body = {"answer_id": whole.json()["id"], "verdict": "down", "remark": REMARK}
            assert client.post("/v1/feedback", json=body, headers=headers).status_code == 204
            shown = client.get("/metrics").text
        said = stream.getvalue()
        assert len(lines(stream)) == 10
        assert whole.json()["degraded"], "the chat model was asked, and failed"
        for text in (said, shown):
            for private in (
                "Qualm",
                "buurvrouw",
                "774411",
                "dossier",
                "geheime",
                "203.0.113",
                "testclient",
                "erugkeer",
            ):
                assert private not in text, private


def test_questions_are_kept_only_where_the_setting_says_so_and_the_asker_does_not_object(letter_index, tmp_path):
    with running(letter_index, tmp_path / "off") as client:
        client.post("/v1/ask", json={"question": QUESTION})
    assert Records(tmp_path / "off").questions() == []
    with running(letter_index, tmp_path / "on", log_questions=True) as client:
        client.post("/v1/ask", json={"question": QUESTION})
        client.post("/v1/ask", json={"question": SECRET}, headers={"Sec-GPC": "1"})
        client.post("/v1/ask", json={"question": SECRET}, headers={"DNT": "1"})
    [kept] = Records(tmp_path / "on").questions()
    assert (kept.question, kept.status, kept.language) == (QUESTION, "answered", "nl")


def test_what_was_kept_long_enough_is_erased_at_the_start(letter_index, tmp_path):
    from tests.test_records import question

    Records(tmp_path).keep_questions([question(1, at=time.time() - 3 * 86_400)])
    with running(letter_index, tmp_path, question_retention_days=2) as client:
        until = time.monotonic() + 20
        while client.app.state.observer.records.has_questions() and time.monotonic() < until:
            time.sleep(0.05)
    assert not Records(tmp_path).has_questions()


def test_a_locked_file_fails_feedback_and_no_answer(letter_index, tmp_path):
    with running(letter_index, tmp_path, log_questions=True) as client:
        client.post("/v1/ask", json={"question": QUESTION})
        observer = client.app.state.observer
        until = time.monotonic() + 20
        while not observer.records.has_questions() and time.monotonic() < until:
            time.sleep(0.05)
        held = sqlite3.connect(observer.records.path, isolation_level=None)
        held.execute("BEGIN EXCLUSIVE")
        try:
            answer = client.post("/v1/ask", json={"question": QUESTION})
            assert answer.status_code == 200
            response = client.post("/v1/feedback", json={"answer_id": answer.json()["id"], "verdict": "up"})
        finally:
            held.execute("ROLLBACK")
            held.close()
        assert response.status_code == 503
        assert response.headers["content-type"] == "application/problem+json"
        assert response.headers["retry-after"] == "60"
        assert metric(client, "briefwijzer_state_failures_total", store="feedback") == 1
        again = client.post("/v1/feedback", json={"answer_id": answer.json()["id"], "verdict": "up"})
        assert again.status_code == 204


_FULL = """
import json, resource, signal, sys
from fastapi.testclient import TestClient
from app.main import create_app
from app.settings import Settings

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with TestClient(create_app(Settings.load()), base_url="http://127.0.0.1") as client:
    ask = lambda: client.post("/v1/ask", json={"question": "Wat vindt VWN van de Spreidingswet?"})
    first = ask()
    # From now on no file can grow, and no new one can hold anything: what a full disk does.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    answers = [ask() for _ in range(5)]
    feedback = client.post("/v1/feedback", json={"answer_id": answers[0].json()["id"], "verdict": "up"})
    metrics = client.get("/metrics")
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    later = client.post("/v1/feedback", json={"answer_id": answers[0].json()["id"], "verdict": "up"})
    print(json.dumps([[a.status_code for a in answers], feedback.status_code, metrics.status_code, metrics.text, later.status_code]))
"""


def test_a_full_disk_fails_feedback_and_no_answer(letter_index, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", _FULL], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
        env={
            **os.environ, "PYTHONPATH": str(ROOT), "BRIEFWIJZER_INDEX_DIR": str(letter_index),
            "BRIEFWIJZER_STATE_DIR": str(tmp_path), "BRIEFWIJZER_LOG_QUESTIONS": "true",
        },
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answers, feedback, status, text, later = json.loads(done.stdout)
    assert answers == [200] * 5
    assert (feedback, status, later) == (503, 200, 204)
    assert 'briefwijzer_state_failures_total{store="feedback"} 1.0' in text
    assert 'briefwijzer_answers_total{language="nl",mode="extractive",status="answered"} 6.0' in text


def test_a_state_folder_that_cannot_be_made_leaves_the_answers(letter_index, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with logged() as stream, running(letter_index, tmp_path / "file" / "state", log_questions=True) as client:
        answer = client.post("/v1/ask", json={"question": QUESTION})
        assert answer.status_code == 200
        assert client.post("/v1/feedback", json={"answer_id": answer.json()["id"], "verdict": "up"}).status_code == 503
        assert metric(client, "briefwijzer_state_failures_total", store="key") == 1
        assert metric(client, "briefwijzer_answers_total") == 1
    assert {line["message"].split()[0] for line in lines(stream, "app.failures")} >= {"key", "metrics", "feedback"}


def test_a_failure_is_counted_each_time_and_said_once_a_minute():
    metrics, now = Metrics(), [0.0]
    failures = StateFailures(metrics.state_failed, lambda: now[0])
    with logged() as stream:
        for at in (0.0, 1.0, 59.0, 61.0, 62.0):
            now[0] = at
            failures.failed("questions", OSError("disk full"))
        failures.failed("feedback", OSError("disk full"))
    assert metrics.numbers()["counters"] == [
        ["briefwijzer_state_failures", ["questions"], 5.0], ["briefwijzer_state_failures", ["feedback"], 1.0],
    ]  # fmt: skip
    assert len(lines(stream, "app.failures")) == 3


def test_a_client_that_leaves_is_seen(tmp_path):
    async def endless(scope, receive, send):
        await asyncio.sleep(60)

    async def leave():
        task = asyncio.create_task(
            Observed(endless, observer, None)({"type": "http", "method": "GET", "headers": [], "path": "/"}, None, None)
        )
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    observer = Observer(tmp_path)
    with logged() as stream:
        asyncio.run(leave())
    [line] = lines(stream)
    assert line["status"] == 499


@pytest.mark.parametrize(
    ("error", "status", "level"),
    [(ClientDisconnect(), 499, "info"), (BrokenPipeError(), 200, "info"), (ValueError(SECRET), 200, "error")],
)
def test_who_leaves_is_no_fault_of_ours_and_a_broken_stream_is(error, status, level, tmp_path):
    async def breaking(scope, receive, send):
        if status == 200:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise error

    async def ask():
        async def take(message):
            pass

        app = Observed(breaking, Observer(tmp_path), None)
        with suppress(OSError, ValueError):
            await app({"type": "http", "method": "GET", "headers": [], "path": "/"}, None, take)

    with logged() as stream:
        asyncio.run(ask())
    [line] = lines(stream)
    assert (line["status"], line["level"]) == (status, level)
    assert ("error" in line) == (level == "error")
    assert SECRET not in stream.getvalue()


def test_what_is_off_is_neither_there_nor_imported(letter_index, tmp_path):
    code = (
        "import sys\nfrom fastapi.testclient import TestClient\nfrom app.main import create_app\nfrom app.settings import Settings\n"
        "with TestClient(create_app(Settings.load()), base_url='http://127.0.0.1') as client:\n"
        "    answer = client.post('/v1/ask', json={'question': 'Spreidingswet'}).json()\n"
        "    print(client.get('/metrics').status_code, client.post('/v1/feedback', json={}).status_code, '.' in answer['id'])\n"
        "print(*sorted(set(sys.modules) & {'prometheus_client', 'app.tracing', 'opentelemetry.exporter.otlp.proto.http'}))\n"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "BRIEFWIJZER_"))}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
        env={
            **environment, "PYTHONPATH": str(ROOT), "BRIEFWIJZER_INDEX_DIR": str(letter_index), "BRIEFWIJZER_METRICS": "false",
            "BRIEFWIJZER_STATE_DIR": str(tmp_path / "state"), "BRIEFWIJZER_FEEDBACK": "false",
        },
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:2] == ["404 404 False", ""]
    assert not (tmp_path / "state").exists()
