"""GET /metrics: right figures, in Prometheus' formats, summed over workers and apart for each application."""

import threading
from dataclasses import dataclass

import pytest
from fastapi.testclient import TestClient
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as classic

from app.errors import DamagedIndexError
from app.metrics import FAMILIES, Metrics, exposition
from app.stages import Stages
from app.tallies import SharedTallies
from tests.test_api import QUESTION
from tests.test_observing import running


def samples(families):
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def shown(metrics):
    families, failure = metrics.families()
    assert failure is None
    return samples(classic(exposition(families, "")[0].decode()))


def scraped(client):
    return samples(classic(client.get("/metrics").text))


def test_queues_running_work_and_refusals_are_counted_for_whoever_limits():
    metrics = Metrics()
    metrics.refused("key_rate")
    metrics.waited("questions", 0.25)
    with metrics.running("llm"), metrics.running("llm"):
        assert shown(metrics)["briefwijzer_running", (("kind", "llm"),)] == 2
    with pytest.raises(KeyError), metrics.running("llm"):
        raise KeyError
    found = shown(metrics)
    assert found["briefwijzer_refusals_total", (("limit", "key_rate"),)] == 1
    assert found["briefwijzer_running", (("kind", "llm"),)] == 0
    assert found["briefwijzer_queue_seconds_count", (("queue", "questions"),)] == 1
    assert found["briefwijzer_queue_seconds_sum", (("queue", "questions"),)] == 0.25


def test_waits_at_the_gates_of_a_service_are_shown(letter_index, tmp_path):
    with running(letter_index, tmp_path) as client:
        client.app.state.questions.computing.waited(0.5)
        client.app.state.looking_up.waited(0.25)
        found = scraped(client)
    assert found["briefwijzer_queue_seconds_sum", (("queue", "questions"),)] == 0.5
    assert found["briefwijzer_queue_seconds_sum", (("queue", "looking-up"),)] == 0.25


@dataclass(frozen=True)
class GateFigures:
    running: int
    waiting: int
    refused: dict[str, int]


def test_the_figures_of_a_gate_are_shown_as_they_are_now(tmp_path):
    metrics, now = Metrics(), [GateFigures(2, 3, {"full": 5})]
    metrics.follow("questions", lambda: now[0])
    metrics.share(SharedTallies(tmp_path, metrics.numbers))
    now[0] = GateFigures(0, 1, {"full": 6, "late": 1})
    metrics.publish()
    found = shown(metrics)
    metrics.leave()
    assert found["briefwijzer_running", (("kind", "questions"),)] == 0
    assert found["briefwijzer_queue_length", (("queue", "questions"),)] == 1
    assert found["briefwijzer_refusals_total", (("limit", "questions_full"),)] == 6
    assert found["briefwijzer_refusals_total", (("limit", "questions_late"),)] == 1


def test_refusals_by_a_limit_are_counted_by_their_status():
    metrics = Metrics()
    for status in (429, 429, 413, 404):
        metrics.begun()
        metrics.ended("/v1/ask", "POST", status, 0.001, Stages())
    found = shown(metrics)
    assert found["briefwijzer_refusals_total", (("limit", "rate"),)] == 2
    assert found["briefwijzer_refusals_total", (("limit", "size"),)] == 1


def test_nothing_is_written_while_nothing_happens(tmp_path):
    metrics = Metrics()
    metrics.share(SharedTallies(tmp_path, metrics.numbers))
    metrics.publish()
    [path] = tmp_path.glob("*.json")
    before = path.stat().st_mtime_ns, path.stat().st_ino
    metrics.publish()
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == before
    metrics.refused("queue_full")
    metrics.publish()
    assert path.stat().st_ino != before[1]
    metrics.leave()


def test_buckets_are_cumulated_up_to_the_count():
    metrics = Metrics()
    for took in (0.0005, 0.004, 70.0):
        metrics.begun()
        metrics.ended("/v1/ask", "POST", 200, took, Stages())
    found = shown(metrics)

    def bucket(le):
        return found["briefwijzer_request_seconds_bucket", (("le", le), ("route", "/v1/ask"))]

    assert [bucket(le) for le in ("0.001", "0.0025", "0.005", "60.0", "+Inf")] == [1, 1, 2, 2, 3]
    assert found["briefwijzer_request_seconds_sum", (("route", "/v1/ask"),)] == pytest.approx(70.0045)
    assert found["briefwijzer_requests_in_flight", ()] == 0


def test_a_method_that_nobody_knows_makes_no_new_series():
    metrics = Metrics()
    for number in range(50):
        metrics.begun()
        metrics.ended("other", f"X{number}", 405, 0.001, Stages())
    labels = (("method", "other"), ("route", "other"), ("status", "405"))
    assert shown(metrics)["briefwijzer_requests_total", labels] == 50


def test_threads_lose_no_count():
    metrics = Metrics()

    def count():
        for _ in range(2_000):
            metrics.refused("queue_full")

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert shown(metrics)["briefwijzer_refusals_total", (("limit", "queue_full"),)] == 8_000


def test_every_family_is_shown_before_anything_happened():
    text = exposition(Metrics().families()[0], "")[0].decode()
    for name, family in FAMILIES.items():
        assert f"# HELP {name}{'_total' if family.kind == 'counter' else ''} {family.help}" in text


def test_an_answer_shows_its_stages_and_its_status(letter_index, tmp_path):
    with running(letter_index, tmp_path) as client:
        client.post("/v1/ask", json={"question": QUESTION})
        client.post("/v1/ask", json={"question": "What does VWN think of nuclear energy?"})
        client.post("/v1/ask", json={"question": ""})
        found = scraped(client)
    for stage in ("read", "embed", "lexical", "dense", "passages", "align", "rank", "judge", "render"):
        assert found["briefwijzer_stage_seconds_count", (("stage", stage),)] == 2, stage
    whole = sum(value for (name, _), value in found.items() if name == "briefwijzer_stage_seconds_sum")
    asked = found["briefwijzer_request_seconds_sum", (("route", "/v1/ask"),)]
    assert 0 < whole < asked
    labels = (("language", "nl"), ("mode", "extractive"), ("status", "answered"))
    assert found["briefwijzer_answers_total", labels] == 1
    english = [
        v for (name, labels), v in found.items() if name == "briefwijzer_answers_total" and ("language", "en") in labels
    ]
    assert english == [1]
    labels = (("method", "POST"), ("route", "/v1/ask"), ("status", "422"))
    assert found["briefwijzer_requests_total", labels] == 1


def test_what_the_chat_model_said_in_vain_is_counted_by_reason(letter_index, tmp_path):
    from tests.chat_server import chat_server
    from tests.test_generative import WRONG

    def script(_messages):
        yield WRONG["added negation"]
        yield WRONG["a sentence that was not shown"]

    with (
        chat_server(script) as server,
        running(letter_index, tmp_path, llm="openai:test", llm_url=server.url, llm_timeout_s=10) as client,
    ):
        answer = client.post("/v1/ask", json={"question": QUESTION}).json()
        found = scraped(client)
    assert answer["degraded"]
    assert found["briefwijzer_statements_dropped_total", (("reason", "negation"),)] == 1
    assert found["briefwijzer_statements_dropped_total", (("reason", "unknown_sentence"),)] == 1
    assert found["briefwijzer_answers_degraded_total", ()] == 1
    assert found["briefwijzer_stage_seconds_count", (("stage", "llm"),)] == 1
    assert found["briefwijzer_stage_seconds_count", (("stage", "verify"),)] == 1


def test_the_index_tells_its_version_its_age_and_its_sources(letter_index, tmp_path):
    with running(letter_index, tmp_path) as client:
        version = client.get("/readyz").json()["index_version"]
        found = scraped(client)
    [(_, labels)] = [key for key in found if key[0] == "briefwijzer_index_info"]
    assert dict(labels)["version"] == version
    assert 0 <= found["briefwijzer_index_age_seconds", ()] < 3_600
    assert found["briefwijzer_sources", (("state", "ok"),)] == 1
    assert found["briefwijzer_sources", (("state", "not_fetched"),)] == 7


def test_without_an_index_there_are_metrics_all_the_same(tmp_path):
    with running(tmp_path / "index", tmp_path / "state") as client:
        assert client.post("/v1/ask", json={"question": "x"}).status_code == 503
        found = scraped(client)
    assert found["briefwijzer_requests_total", (("method", "POST"), ("route", "/v1/ask"), ("status", "503"))] == 1
    assert not [name for name, _ in found if name == "briefwijzer_index_info"]


def test_open_metrics_are_given_to_who_asks_for_them(letter_index, tmp_path):
    with running(letter_index, tmp_path) as client:
        client.post("/v1/ask", json={"question": QUESTION})
        response = client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert response.headers["content-type"].startswith("application/openmetrics-text")
    assert samples(open_metrics(response.text))["briefwijzer_workers", ()] == 1


def test_two_workers_of_one_state_folder_show_one_sum(letter_index, tmp_path):
    with running(letter_index, tmp_path) as one, running(letter_index, tmp_path) as two:
        labels = (("language", "nl"), ("mode", "extractive"), ("status", "answered"))
        last = 0.0
        for turn in range(6):
            (one, two)[turn % 2].post("/v1/ask", json={"question": QUESTION})
            # Each sees its own at once, and of the other what it has published.
            for client in (one, two):
                seen = scraped(client).get(("briefwijzer_answers_total", labels), 0.0)
                assert seen >= last
                last = seen
        for client in (one, two):
            client.app.state.observer.keep_house()
        for client in (one, two):
            found = scraped(client)
            assert found["briefwijzer_answers_total", labels] == 6
            assert found["briefwijzer_workers", ()] == 2


def test_two_applications_of_one_process_know_nothing_of_each_other(letter_index, tmp_path):
    with running(letter_index, tmp_path / "a") as one, running(letter_index, tmp_path / "b") as two:
        one.post("/v1/ask", json={"question": QUESTION})
        assert not [name for name, _ in scraped(two) if name == "briefwijzer_answers_total"]


def test_metrics_stand_behind_the_same_door_as_everything_else(letter_index, tmp_path):
    with running(letter_index, tmp_path) as client:
        assert isinstance(client, TestClient)
        assert client.get("/metrics", headers={"Host": "evil.example"}).status_code == 421
        assert client.get("/metrics", headers={"Origin": "https://evil.example"}).status_code == 403
        assert client.get("/metrics").headers["cache-control"] == "no-store"


def condition(client):
    return {
        dict(labels)["state"]: value
        for (name, labels), value in scraped(client).items()
        if name == "briefwijzer_index_condition"
    }


def test_how_the_index_is_can_be_watched(letter_index, tmp_path):
    sound = {"serving": 1, "troubled": 0, "damaged": 0, "held": 0, "repairing": 0}
    with running(letter_index, tmp_path / "state") as client:
        assert condition(client) == sound
        client.app.state.observer.repairing = lambda: True
        assert condition(client)["repairing"] == 1
        client.app.state.service.failure = DamagedIndexError("catalogue.sqlite: does not verify")
        assert condition(client) == {**sound, "troubled": 1, "damaged": 1, "repairing": 1}


def test_without_an_index_it_is_not_serving(tmp_path):
    with running(tmp_path / "none", tmp_path / "state") as client:
        assert condition(client)["serving"] == 0
