"""Spans by the standard variables, sent to a small collector on loopback; nothing private in them."""

import gzip
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app.errors import SettingsError
from app.tracing import Tracing
from tests.chat_server import chat_server
from tests.test_api import QUESTION
from tests.test_generative import GOOD, line
from tests.test_observing import KEY, running

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.bodies.append(body)
        self.server.paths.append(self.path)
        self.server.received.append(ExportTraceServiceRequest.FromString(body))
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", "0")
        self.end_headers()


@contextmanager
def collector():
    """An OTLP/HTTP collector that keeps what it receives."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.received, server.bodies, server.paths = [], [], []
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def spans(server):
    return [
        span
        for request in server.received
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def attributes(span):
    return {a.key: a.value.string_value or a.value.int_value or a.value.bool_value for a in span.attributes}


@pytest.fixture
def traced(letter_index, tmp_path, monkeypatch):
    with collector() as server:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.url)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "60000")
        yield server, lambda **given: running(letter_index, tmp_path, **given)


def test_a_request_is_a_span_with_its_stages_below_it(traced):
    server, start = traced
    with start() as client:
        headers = {"traceparent": PARENT, "Authorization": f"Bearer {KEY}", "X-Request-ID": "req-1"}
        answer = client.post("/v1/ask", json={"question": QUESTION}, headers=headers).json()
    assert set(server.paths) == {"/v1/traces"}
    [request] = [span for span in spans(server) if span.name == "POST /v1/ask"]
    assert request.trace_id.hex() == PARENT.split("-")[1]
    assert request.parent_span_id.hex() == PARENT.split("-")[2]
    told = attributes(request)
    assert (told["http.route"], told["http.response.status_code"]) == ("/v1/ask", 200)
    assert (told["briefwijzer.answer_status"], told["briefwijzer.index_version"]) == (
        "answered",
        answer["index_version"],
    )
    assert told["briefwijzer.request_id"] == "req-1"
    below = [span for span in spans(server) if span.parent_span_id == request.span_id]
    assert {span.name for span in below} >= {"read", "embed", "lexical", "dense", "align", "rank", "judge", "render"}
    slack = 5_000_000
    for span in below:
        assert request.start_time_unix_nano - slack <= span.start_time_unix_nano <= span.end_time_unix_nano
        assert span.end_time_unix_nano <= request.end_time_unix_nano + slack
    for body in server.bodies:
        for private in (b"Terugkeer", KEY.encode(), b"testclient"):
            assert private not in body


def test_the_chat_model_is_a_span(traced):
    server, start = traced

    def script(_messages):
        yield line(GOOD, 1)

    with chat_server(script) as chat, start(llm="openai:test", llm_url=chat.url, llm_timeout_s=10) as client:
        client.post("/v1/ask", json={"question": QUESTION})
    assert [span.name for span in spans(server)].count("llm") == 1


def test_a_fault_is_a_span_that_says_so(traced):
    server, start = traced
    with start() as client:

        @client.app.get("/boom")
        def boom():
            raise ValueError(QUESTION)

        client.get("/boom")
    [span] = [span for span in spans(server) if span.name == "GET /boom"]
    assert span.status.code == 2
    assert not span.status.message
    assert not span.events


def test_the_service_name_is_ours_or_the_variables(traced, monkeypatch):
    server, start = traced
    with start() as client:
        client.get("/healthz")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "brievenbus")
    with start() as client:
        client.get("/healthz")
    names = [
        a.value.string_value
        for request in server.received
        for resource in request.resource_spans
        for a in resource.resource.attributes
        if a.key == "service.name"
    ]
    assert names == ["briefwijzer", "brievenbus"]


def test_a_sampler_that_takes_nothing_sends_nothing(traced, monkeypatch):
    server, start = traced
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    with start() as client:
        assert client.post("/v1/ask", json={"question": QUESTION}).status_code == 200
    assert not spans(server)


def test_a_collector_that_is_not_there_costs_no_answer(letter_index, tmp_path, monkeypatch):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    with running(letter_index, tmp_path) as client:
        assert client.post("/v1/ask", json={"question": QUESTION}).status_code == 200


@pytest.mark.parametrize("off", [{"OTEL_SDK_DISABLED": "true"}, {"OTEL_TRACES_EXPORTER": "none"}])
def test_variables_that_switch_it_off_do(off):
    assert Tracing.from_environment({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", **off}) is None


@pytest.mark.parametrize(
    "wrong",
    [{"OTEL_TRACES_EXPORTER": "zipkin"}, {"OTEL_EXPORTER_OTLP_PROTOCOL": "http/json", "OTEL_TRACES_EXPORTER": "otlp"}],
)
def test_what_is_not_known_is_named(wrong):
    with pytest.raises(SettingsError, match="OTEL_"):
        Tracing.from_environment(wrong)


def test_grpc_is_spoken_where_it_is_asked_for():
    tracing = Tracing.from_environment({"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"})
    assert tracing is not None
    tracing.close()
