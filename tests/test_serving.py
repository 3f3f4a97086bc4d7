"""The service as it runs: several workers in processes of their own, one state folder, one stream of lines."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.records import Records
from tests.test_api import QUESTION
from tests.test_cli import ROOT


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def until(seconds, condition):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come to that in time"
        time.sleep(0.1)
    return found


@pytest.fixture
def workers(letter_index, tmp_path):
    port = free_port()
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT), "BRIEFWIJZER_INDEX_DIR": str(letter_index),
        "BRIEFWIJZER_STATE_DIR": str(tmp_path / "state"), "BRIEFWIJZER_LOG_QUESTIONS": "true",
    }  # fmt: skip
    with (tmp_path / "stdout").open("wb") as out, (tmp_path / "stderr").open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "--factory", "app.main:from_environment", "--port", str(port), "--workers", "2"],
            cwd=ROOT, env=environment, stdout=out, stderr=errors,
        )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        until(90, lambda: total(address, "briefwijzer_workers") == 2)
        yield address, tmp_path
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def total(address, name):
    try:
        text = httpx.get(f"{address}/metrics", timeout=20).text
    except httpx.TransportError:
        return None
    return sum(s.value for f in text_string_to_metric_families(text) for s in f.samples if s.name == name)


def test_two_workers_give_one_sum_take_each_others_feedback_and_lose_nothing(workers):
    address, folder = workers
    answers = [httpx.post(f"{address}/v1/ask", json={"question": QUESTION}, timeout=30).json() for _ in range(12)]
    for answer in answers:
        body = {"answer_id": answer["id"], "verdict": "up", "remark": "goed"}
        assert httpx.post(f"{address}/v1/feedback", json=body, timeout=30).status_code == 204
    # The other worker's last second may be on its way.
    until(20, lambda: total(address, "briefwijzer_answers_total") == 12)
    until(20, lambda: total(address, "briefwijzer_feedback_total") == 12)
    records = Records(folder / "state")
    assert {given.answer for given in records.feedback()} == {answer["id"].split(".")[0] for answer in answers}
    until(20, lambda: len(records.questions()) == 12)
    lines = [json.loads(line) for line in (folder / "stdout").read_text(encoding="utf-8").splitlines()]
    asked = [line for line in lines if line.get("route") == "/v1/ask"]
    assert len({line["request_id"] for line in asked}) == 12
    assert "Terugkeer" not in (folder / "stdout").read_text(encoding="utf-8")
    assert "/v1/ask" not in (folder / "stderr").read_text(encoding="utf-8"), "the server's own access log is off"
