"""Size, origin, host and headers: what every request and response passes."""

import asyncio
import contextlib

import httpx
import pytest
from fastapi.testclient import TestClient

from app.boundaries import in_time
from app.main import create_app
from app.settings import Settings
from tests.serving import served


@pytest.fixture(scope="module")
def client(letter_index):
    app = create_app(Settings(index_dir=letter_index, max_body_bytes=2_000, access="open", hosts=("chat.example",)))
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        yield client


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/documents/brief-2025-12",
        "/v1/sources",
        "/nergens",
        "/healthz",
        "/page.css",
        "/widget.js",
        "/embed",
        "/icon.svg",
    ],
)
def test_every_response_has_the_security_headers(client, path):
    headers = client.get(path).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:9999", "http://localhost:8000"])
def test_another_origin_is_refused(client, origin):
    response = client.post("/v1/ask", json={"question": "x"}, headers={"Origin": origin})
    assert response.status_code == 403
    assert "access-control-allow-origin" not in response.headers


def test_the_own_origin_passes(client):
    headers = {"Origin": "http://127.0.0.1:8000"}
    assert client.post("/v1/ask", json={"question": "Spreidingswet"}, headers=headers).status_code == 200


def test_a_preflight_of_another_origin_gets_no_permission(client):
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    assert client.options("/v1/ask", headers=headers).status_code == 403


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "[::1", "localhost.:8000", "evil@127.0.0.1x"]
)
def test_a_host_that_is_not_ours_is_refused(client, host):
    assert client.get("/healthz", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:8000", "chat.example", "CHAT.example:443"])
def test_our_hosts_pass(client, host):
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


def test_a_body_over_the_limit_is_refused_by_its_announced_length(client):
    response = client.post("/v1/ask", content=b"x" * 2_001, headers={"Content-Type": "application/json"})
    assert response.status_code == 413


def test_a_body_over_the_limit_is_refused_by_what_really_comes(client):
    def pieces():
        for _ in range(50):
            yield b"x" * 100

    response = client.post("/v1/ask", content=pieces(), headers={"Content-Type": "application/json"})
    assert response.status_code == 413


@pytest.mark.parametrize("length", ["-1", "x", "1e3"])
def test_a_length_that_is_no_number_is_refused(client, length):
    response = client.post(
        "/v1/ask", content=b"{}", headers={"Content-Type": "application/json", "Content-Length": length}
    )
    assert response.status_code == 413


async def slowly(log, waits):
    try:
        for _ in range(waits):
            await asyncio.sleep(0.001)
            log.append("went on")
        return "done"
    finally:
        log.append("ended")


@pytest.mark.parametrize("waits", [0, 1, 3])
def test_what_ends_in_time_gives_its_result(waits):
    log = []
    assert asyncio.run(in_time(slowly(log, waits), 5)) == "done"
    assert log == ["went on"] * waits + ["ended"]


def test_what_takes_too_long_is_ended():
    log = []
    with pytest.raises(TimeoutError):
        asyncio.run(in_time(slowly(log, 1_000_000), 0.02))
    assert log[-1] == "ended"


@pytest.mark.parametrize("waits", [0, 2])
def test_what_fails_in_time_fails_as_it_is(waits):
    async def failing():
        for _ in range(waits):
            await asyncio.sleep(0)
        raise KeyError("reason")

    with pytest.raises(KeyError, match="reason"):
        asyncio.run(in_time(failing(), 5))


def test_who_is_cancelled_cancels_what_is_waited_for():
    log = []

    async def cancelled():
        task = asyncio.create_task(in_time(slowly(log, 1_000_000), 60))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert log[-1] == "ended"


def test_work_may_catch_what_is_thrown_at_it_and_go_on():
    async def stubborn():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        return "after all"

    async def asked():
        task = asyncio.create_task(in_time(stubborn(), 60))
        await asyncio.sleep(0.01)
        task.cancel()
        return await task

    assert asyncio.run(asked()) == "after all"


@pytest.mark.parametrize("path", ["/", "/healthz", "/widget.js", "/documents/brief-2025-12", "/v1/sources", "/privacy"])
def test_head_is_answered_as_get_without_the_body(letter_index, tmp_path, path):
    with served(create_app(Settings(index_dir=letter_index, state_dir=tmp_path))) as address:
        got, head = httpx.get(f"{address}{path}"), httpx.head(f"{address}{path}")
        assert (head.status_code, head.content) == (200, b"")
        told = ("content-type", "content-length", "content-security-policy")
        assert [head.headers.get(name) for name in told] == [got.headers.get(name) for name in told]
        with httpx.Client() as client:
            # One after the other on one connection: nothing of a body is left on it.
            statuses = [
                client.request(method, f"{address}{path}").status_code for method in ("HEAD", "GET", "HEAD", "GET")
            ]
            assert statuses == [200] * 4


def test_head_of_what_is_posted_to_is_not_allowed(letter_index):
    with TestClient(create_app(Settings(index_dir=letter_index)), base_url="http://127.0.0.1") as client:
        assert client.head("/v1/ask").status_code == 405
