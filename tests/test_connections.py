"""Bounds on open connections: silent ones are closed, and keep nobody out."""

import asyncio
import logging
import pickle
import re
import resource
import socket
import threading
from contextlib import ExitStack, contextmanager

import httpx
import pytest
from fastapi import FastAPI, Request

from app.connections import Connections, within_descriptors
from tests.serving import served

HALF = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Unfinished: "
WHOLE = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@contextmanager
def serving(**bounds):
    """Serve an application of three routes under bounds; gives its address and what opens a connection to it."""
    app = FastAPI()
    held = threading.Event()

    @app.get("/")
    async def quick() -> str:
        return "here"

    @app.get("/slow")
    async def slow() -> str:
        while not held.is_set():
            await asyncio.sleep(0.05)
        return "late"

    @app.post("/")
    async def body(request: Request) -> int:
        return len(await request.body())

    given = {"most": 8, "per_address": 8, "head_s": 600.0, **bounds}
    connections = Connections(**given)
    with ExitStack() as stack:
        stack.callback(held.set)
        address = stack.enter_context(served(app, http=connections))
        host, port = address.removeprefix("http://").split(":")

        def connect(sending=b"", source="127.0.0.1"):
            opened = socket.create_connection((host, int(port)), timeout=30, source_address=(source, 0))
            stack.callback(opened.close)
            opened.sendall(sending)
            return opened

        yield address, connect, held, connections


def answer(connection):
    """Read a response whole: its head, and its body of the length that the head says."""
    got = b""
    while not (found := re.search(rb"(?i)content-length: (\d+)", got)) or len(got.partition(b"\r\n\r\n")[2]) < int(
        found[1]
    ):
        piece = connection.recv(65536)
        assert piece, got
        got += piece
    return got


def is_closed(connection):
    """Wait until the other side closes, having read what it still sent."""
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        pass
    return True


@pytest.mark.parametrize("sending", [b"", b"\r\n\r\n", HALF, b"G"])
def test_a_connection_that_sends_no_whole_head_is_closed(sending):
    with serving(head_s=0.5) as (_, connect, _, _):
        assert is_closed(connect(sending))


def test_a_head_that_comes_byte_by_byte_is_given_no_longer():
    with serving(head_s=0.5) as (_, connect, _, _):
        connection = connect(HALF)
        connection.settimeout(0.1)
        assert any(has_gone_after(connection, b"x") for _ in range(1_000))


def has_gone_after(connection, sending):
    try:
        connection.sendall(sending)
        return not connection.recv(1)
    except TimeoutError:
        return False
    except OSError:
        return True


def test_a_kept_connection_that_says_nothing_of_use_is_closed():
    with serving(head_s=0.5) as (_, connect, _, _):
        connection = connect(WHOLE)
        assert answer(connection).startswith(b"HTTP/1.1 200")
        connection.sendall(b"\r\n")
        assert is_closed(connection)


def test_a_request_that_takes_longer_than_a_head_may_is_answered():
    with serving(head_s=0.2) as (_, connect, held, connections):
        connection = connect(WHOLE.replace(b"GET /", b"GET /slow"))
        idle = connect()
        assert is_closed(idle)
        assert len(connections) == 1
        held.set()
        assert b"late" in answer(connection)


def test_a_kept_connection_serves_many_requests():
    with serving(most=1) as (_, connect, _, _):
        connection = connect()
        for _ in range(20):
            connection.sendall(WHOLE)
            assert b"here" in answer(connection)


@pytest.mark.parametrize("sending", [b"", HALF, b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\nabc"])
def test_what_has_nothing_under_way_makes_room_oldest_first(sending):
    with serving(most=4) as (address, connect, _, connections):
        silent = [connect(sending) for _ in range(10)]
        assert all(is_closed(connection) for connection in silent[:6])
        assert httpx.get(address).json() == "here"
        assert len(connections) <= 4
        assert connections.refused == 0


def test_who_comes_when_all_are_busy_is_refused_at_once_and_told_so(caplog):
    with serving(most=3) as (address, connect, held, connections), caplog.at_level(logging.WARNING):
        busy = [connect(WHOLE.replace(b"GET /", b"GET /slow")) for _ in range(3)]
        while sum(open_.cycle is not None for open_ in list(connections._open)) < 3:
            pass
        refused = answer(connect())
        assert refused.startswith(b"HTTP/1.1 503")
        assert b"Retry-After" in refused
        held.set()
        assert all(b"late" in answer(connection) for connection in busy)
        assert httpx.get(address).json() == "here"
    assert [record.message for record in caplog.records if "too many connections" in record.message]


def test_one_address_has_its_own_bound_and_leaves_the_others_alone():
    with serving(most=100, per_address=2) as (_, connect, _, _):
        other = connect(source="127.0.0.2")
        own = [connect() for _ in range(5)]
        assert all(is_closed(connection) for connection in own[:3])
        other.sendall(WHOLE)
        assert b"here" in answer(other)
        own[4].sendall(WHOLE)
        assert b"here" in answer(own[4])


def test_a_trusted_proxy_has_no_bound_of_its_own():
    with serving(most=100, per_address=2, trusted=("127.0.0.1",)) as (_, connect, _, _):
        for connection in [connect() for _ in range(20)]:
            connection.sendall(WHOLE)
            assert b"here" in answer(connection)


def test_the_bounds_go_to_a_worker_process():
    sent = pickle.loads(pickle.dumps(Connections(5, 3, 7.0, ("10.0.0.1",))))
    assert (sent.most, sent.per_address, sent.head_s, len(sent)) == (5, 3, 7.0, 0)


@pytest.fixture
def descriptors():
    """Let a test set the limits of this process; the hard one cannot be had back, so it stays."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield lambda soft: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, before[1]))
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_the_limit_of_open_files_is_raised_where_it_may_be(descriptors):
    descriptors(512)
    assert within_descriptors(1024, 512) == (1024, 512)
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= 1024 + 128


def test_one_address_never_has_more_than_there_are():
    assert within_descriptors(100, 512) == (100, 100)
