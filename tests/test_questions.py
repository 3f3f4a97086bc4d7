"""Work within the gates, over a real server: full queues, slow readers, and clients that leave."""

import json
import socket
import threading
import time
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from app.access.gate import Gate
from app.api import ERROR_HANDLERS
from app.boundaries import BodyLimit, SendLimit
from app.main import create_app
from app.questions import Questions
from app.settings import Settings
from tests.chat_server import chat_server
from tests.serving import served

QUESTION = {"question": "Wat zegt VWN over de Terugkeerverordening?"}


class Standing:
    """A service whose one version counts its readers."""

    def __init__(self):
        self.readers = 0
        self._lock = threading.Lock()

    @contextmanager
    def reading(self):
        with self._lock:
            self.readers += 1
        try:
            yield None
        finally:
            with self._lock:
                self.readers -= 1


class Bench:
    """An application with one gate: /work blocks until ``release`` is set, /stream yields what ``pieces`` yields."""

    def __init__(self, *, queue=1, deadline_s=30.0, timeout_s=30.0, transfer_s=30.0):
        self.service = Standing()
        self.release = threading.Event()
        self.given_up = threading.Event()
        self.closed = threading.Event()
        self.questions = Questions(self.service, Gate("bench", 1, queue, deadline_s), None, timeout_s)
        self.app = FastAPI()
        self.app.post("/work")(self.work)
        self.app.post("/quick")(self.quick)
        self.app.post("/stream")(self.stream)
        for kind, handler in ERROR_HANDLERS.items():
            self.app.add_exception_handler(kind, handler)
        self.app.add_middleware(BodyLimit, most=10_000, within_s=transfer_s)
        self.app.add_middleware(SendLimit, within_s=transfer_s)

    async def work(self, request: Request) -> Response:
        return await self.questions.answer(request, self._work)

    def _work(self, _, permit):
        while not self.release.wait(0.01):
            if permit.given_up.is_set():
                self.given_up.set()
                break
        return JSONResponse("done")

    async def quick(self, request: Request) -> Response:
        return await self.questions.answer(request, lambda _, __: JSONResponse("quick"))

    async def stream(self, request: Request) -> Response:
        pieces = await self.questions.stream(request, self._closing, lambda error: f"failed: {type(error).__name__}")
        return StreamingResponse(pieces, media_type="text/event-stream")

    def _closing(self, _, permit):
        try:
            yield from self.pieces(permit)
        finally:
            self.closed.set()

    def pieces(self, permit):
        yield "only"


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.01)


def opened(address, path="/work", body=b"{}", receive_buffer=None):
    """Send a request by a plain socket and leave the answer unread."""
    parts = urlsplit(address)
    connection = socket.socket()
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.connect((parts.hostname, parts.port))
    head = f"POST {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    connection.sendall(head.encode() + body)
    return connection


def test_who_finds_the_queue_full_hears_so_at_once_and_when_to_come_back():
    bench = Bench(queue=1)
    with served(bench.app) as address:
        running = opened(address)
        until(lambda: bench.questions.computing.figures.running == 1)
        waiting = opened(address)
        until(lambda: bench.questions.computing.figures.waiting == 1)
        refused = httpx.post(f"{address}/work", headers={"Accept-Language": "en"})
        assert refused.status_code == 503
        assert int(refused.headers["retry-after"]) >= 1
        assert refused.json()["title"] == "Not available now"
        bench.release.set()
        for connection in (running, waiting):
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")
            connection.close()


def test_who_waits_past_the_deadline_is_refused():
    bench = Bench(deadline_s=0.05)
    with served(bench.app) as address:
        running = opened(address)
        until(lambda: bench.questions.computing.figures.running == 1)
        assert httpx.post(f"{address}/work").status_code == 503
        assert bench.questions.computing.figures.refused == {"late": 1}
        bench.release.set()
        running.close()


def test_an_answer_that_takes_too_long_is_given_up():
    bench = Bench(timeout_s=0.1)
    with served(bench.app) as address:
        refused = httpx.post(f"{address}/work")
        assert refused.status_code == 503
        assert "Retry-After" in refused.headers
        assert bench.given_up.wait(10)


def test_who_leaves_the_queue_makes_room():
    bench = Bench(queue=1)
    with served(bench.app) as address:
        running = opened(address)
        until(lambda: bench.questions.computing.figures.running == 1)
        leaving = opened(address, "/quick")
        until(lambda: bench.questions.computing.figures.waiting == 1)
        leaving.close()
        until(lambda: bench.questions.computing.figures.waiting == 0)
        waiting = opened(address, "/quick")
        until(lambda: bench.questions.computing.figures.waiting == 1)
        bench.release.set()
        assert waiting.recv(65536).startswith(b"HTTP/1.1 200")
        waiting.close()
        running.close()


def test_who_leaves_stops_the_work():
    bench = Bench()
    with served(bench.app) as address:
        leaving = opened(address)
        until(lambda: bench.questions.computing.figures.running == 1)
        leaving.close()
        assert bench.given_up.wait(10)
        until(lambda: bench.service.readers == 0)
        assert httpx.post(f"{address}/quick").json() == "quick"


def test_who_leaves_a_stream_stops_the_work():
    bench = Bench()

    def endless(permit):
        number = 0
        while True:
            number += 1
            permit.given_up.wait(0.01)
            yield f"{number}\n"

    bench.pieces = endless
    with served(bench.app) as address:
        reading = opened(address, "/stream")
        until(lambda: b"3\r\n" in reading.recv(4096) or bench.closed.is_set())
        assert not bench.closed.is_set()
        reading.close()
        assert bench.closed.wait(10)
        until(lambda: bench.service.readers == 0)
        until(lambda: bench.questions.computing.figures.running == 0)


def test_a_reader_that_takes_nothing_holds_no_thread_no_place_and_no_version():
    bench = Bench(queue=0)
    bench.pieces = lambda permit: (f"{number:04}" + "x" * 100_000 for number in range(100))
    with served(bench.app) as address:
        slow = opened(address, "/stream", receive_buffer=4096)
        assert bench.closed.wait(10)
        until(lambda: bench.service.readers == 0)
        until(lambda: bench.questions.computing.figures.running == 0)
        assert httpx.post(f"{address}/quick").json() == "quick"
        # It still gets the whole of it, in order.
        whole = bytearray()
        while not whole.endswith(b"0\r\n\r\n"):
            whole += slow.recv(1_000_000)
        assert [bytes(part[:4]) for part in whole.split(b"\r\n") if part.endswith(b"x")] == [
            f"{n:04}".encode() for n in range(100)
        ]
        slow.close()


def test_a_reader_that_never_takes_anything_is_let_go_of():
    bench = Bench(transfer_s=0.3)
    bench.pieces = lambda permit: ("x" * 100_000 for _ in range(200))
    with served(bench.app) as address:
        slow = opened(address, "/stream", receive_buffer=4096)
        slow.settimeout(20)
        assert bench.closed.wait(10)
        time.sleep(0.8)
        # Once it reads again it finds the end, and not the whole.
        got = 0
        while data := slow.recv(1_000_000):
            got += len(data)
        assert got < 20_000_000
        slow.close()


def test_a_body_that_comes_too_slowly_is_refused():
    bench = Bench(transfer_s=0.2)
    with served(bench.app) as address:
        parts = urlsplit(address)
        with socket.create_connection((parts.hostname, parts.port), timeout=20) as slow:
            slow.sendall(f"POST /quick HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: 10\r\n\r\n{{".encode())
            assert slow.recv(65536).startswith(b"HTTP/1.1 408")


def test_what_fails_at_once_is_a_problem_and_what_fails_later_is_the_last_event():
    bench = Bench()
    with served(bench.app) as address:

        def at_once(permit):
            raise ZeroDivisionError
            yield ""

        def later(permit):
            yield "first;"
            raise ZeroDivisionError

        bench.pieces = later
        assert httpx.post(f"{address}/stream").text == "first;failed: ZeroDivisionError"
        bench.pieces = at_once
        assert httpx.post(f"{address}/stream").status_code == 500


def test_a_stream_that_stalls_ends_with_an_error():
    bench = Bench(timeout_s=0.2)

    def stalling(permit):
        yield "first;"
        permit.given_up.wait(20)

    bench.pieces = stalling
    with served(bench.app) as address:
        assert httpx.post(f"{address}/stream").text == "first;failed: BusyError"
        assert bench.closed.wait(10)


@pytest.fixture
def written(letter_index):
    """The real application with a chat model that stops before its last line until ``go`` is set, and one place for it."""
    go, asked, left = threading.Event(), threading.Event(), threading.Event()

    def script(messages):
        asked.set()
        try:
            yield json.dumps({"statement": "VluchtelingenWerk noemt zelfstandige terugkeer.", "sentences": [1]}) + "\n"
            while not go.is_set():
                yield " "
                yield 0.02
        finally:
            left.set()

    with chat_server(script) as chat:
        app = create_app(Settings(index_dir=letter_index, llm="openai:test", llm_url=chat.url, concurrent_llm=1))
        with served(app) as address:
            yield address, go, asked, left
            go.set()


def test_a_question_that_finds_the_chat_model_taken_is_answered_by_the_sources(written):
    address, go, asked, _ = written
    first = {}

    def ask_first():
        first.update(httpx.post(f"{address}/v1/ask", json=QUESTION, timeout=60).json())

    thread = threading.Thread(target=ask_first)
    thread.start()
    assert asked.wait(30)
    second = httpx.post(f"{address}/v1/ask", json=QUESTION, timeout=60).json()
    assert (second["mode"], second["degraded"], second["status"]) == ("extractive", True, "answered")
    nothing = httpx.post(f"{address}/v1/ask", json={"question": "Wat vindt VWN van kernenergie?"}, timeout=60).json()
    assert (nothing["status"], nothing["degraded"]) == ("not_found", False)
    go.set()
    thread.join(timeout=60)
    assert first["mode"] == "llm" or first["degraded"]


def test_who_leaves_lets_the_chat_model_go(written):
    address, _, asked, left = written
    connection = opened(address, "/v1/ask", json.dumps(QUESTION).encode())
    assert asked.wait(30)
    connection.close()
    assert left.wait(20)
