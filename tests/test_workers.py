"""Several worker processes over one index, as `briefwijzer serve --workers` starts them."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from app.index.versions import IndexDirectory
from ingest.pipeline import ingest_corpus
from tests.conftest import LETTER, QUESTION

ROOT = Path(__file__).parent.parent


@contextmanager
def served(corpus, index, *arguments, descriptors=None, **environment):
    """Run the command; gives the process and its address, once it is ready. ``descriptors``: files that it may open."""
    limited = ["sh", "-c", f'ulimit -n {descriptors}; exec "$@"', "sh"] if descriptors else []
    command = [sys.executable, "-m", "app.cli", "serve", "--port", "0", "--corpus", str(corpus), "--index", str(index)]
    process = subprocess.Popen(
        [*limited, *command, *arguments], cwd=ROOT, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )  # fmt: skip
    said = []
    try:
        address = None
        while address is None:
            line = process.stderr.readline()
            assert line, said
            said.append(line)
            if found := re.search(r"answers on (\S+)", line):
                address = found.group(1)
        reader = threading.Thread(target=lambda: said.extend(process.stderr), daemon=True)
        reader.start()
        until = time.monotonic() + 120
        while not ready(address):
            assert process.poll() is None, said
            assert time.monotonic() < until, said
            time.sleep(0.1)
        yield process, address, said
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(60)
        reader.join(10)
        process.stderr.close()


def ready(address):
    try:
        return httpx.get(f"{address}/readyz", timeout=10).status_code == 200
    except httpx.HTTPError:
        return False


def ask(address, tries=20):
    """Ask; a connection that broke is tried again, an answer with an error is none."""
    for _ in range(tries):
        try:
            response = httpx.post(f"{address}/v1/ask", json={"question": QUESTION}, timeout=30)
        except httpx.HTTPError:
            time.sleep(0.2)
            continue
        assert response.status_code == 200, response.text
        return response.json()
    pytest.fail("no answer")


def workers(process):
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii").split()
    return {int(pid) for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()}


@pytest.fixture
def corpus(make_corpus):
    return make_corpus()


@pytest.fixture
def prepared(corpus, bundled, index_dir):
    ingest_corpus(corpus, index_dir, bundled)
    return index_dir


def test_workers_survive_a_kill_follow_new_versions_and_stop_when_asked(corpus, prepared, make_corpus, bundled):
    with served(corpus, prepared, "--workers", "2") as (process, address, said):
        until = time.monotonic() + 60
        while len(workers(process)) < 2:
            assert time.monotonic() < until, said
        assert "vier jaar" in ask(address)["answer"]
        before = workers(process)
        os.kill(min(before), signal.SIGKILL)
        for _ in range(5):
            assert "vier jaar" in ask(address)["answer"]
        while (now := workers(process)) == before or len(now) < 2:
            assert time.monotonic() < until + 60, said
            time.sleep(0.1)
        make_corpus({"brief.txt": LETTER.replace("vier jaar", "zeven jaar")})
        newest = ingest_corpus(corpus, prepared, bundled).version
        seen = []
        while seen[-20:] != [newest] * 20:
            assert time.monotonic() < until + 180, seen
            seen.append(ask(address, tries=1 if len(now) == 2 and len(seen) > 40 else 20)["index_version"])
        assert "zeven jaar" in ask(address)["answer"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert not [pid for pid in before | now if Path(f"/proc/{pid}").exists() and pid != min(before)]


def answer_after_stop(process, address, said, *, wait_s):
    """Send half a question, tell the service to stop, and the other half after a while, in which it must refuse others."""
    host, port = address.removeprefix("http://").split(":")
    body = b'{"question": "Hoe lang krijgt de gemeente geld voor taallessen?"}'
    with socket.create_connection((host, int(port)), timeout=30) as slow:
        slow.sendall(
            b"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n" % len(body)
        )
        slow.sendall(body[:20])
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        time.sleep(wait_s)
        assert process.poll() is None, said
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{address}/healthz", timeout=5)
        slow.sendall(body[20:])
        answer = b""
        while chunk := slow.recv(65536):
            answer += chunk
    assert answer.startswith(b"HTTP/1.1 200")
    return answer


def test_a_request_under_way_is_answered_before_a_stop(corpus, prepared):
    with served(corpus, prepared) as (process, address, said):
        assert b"vier jaar" in answer_after_stop(process, address, said, wait_s=1)
        assert process.wait(60) in (0, -signal.SIGTERM)


def test_a_request_that_does_not_end_holds_a_stop_up_no_longer_than_the_drain_time(corpus, prepared):
    with served(corpus, prepared, BRIEFWIJZER_DRAIN_S="1") as (process, address, _):
        host, port = address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=30) as slow:
            slow.sendall(b"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{")
            time.sleep(0.5)
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) in (0, -signal.SIGTERM)


def test_several_workers_refuse_new_connections_as_soon_as_they_stop(corpus, prepared):
    with served(corpus, prepared, "--workers", "2") as (process, address, said):
        answer_after_stop(process, address, said, wait_s=3)
        assert process.wait(60) == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_connections_that_stay_silent_keep_nobody_out(corpus, prepared, workers):
    with ExitStack() as stack:
        _, address, _ = stack.enter_context(
            served(corpus, prepared, "--workers", str(workers), descriptors=256, BRIEFWIJZER_HEAD_TIMEOUT_S="600")
        )
        host, port = address.removeprefix("http://").split(":")
        for number in range(260 * workers):
            idle = stack.enter_context(socket.create_connection((host, int(port)), timeout=30))
            if number % 2:
                idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Unfinished: ")
        for _ in range(10):
            assert httpx.get(f"{address}/healthz", timeout=30).status_code == 200
        assert "vier jaar" in ask(address, tries=1)["answer"]


def test_serve_leaves_a_rolled_back_version_in_place_and_says_so(corpus, prepared, make_corpus, bundled):
    make_corpus({"brief.txt": LETTER.replace("vier jaar", "zeven jaar")})
    ingest_corpus(corpus, prepared, bundled)
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "versions", "rollback", "--index", str(prepared)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with served(corpus, prepared) as (_, address, said):
        assert "vier jaar" in ask(address)["answer"]
        assert "after a roll back" in "".join(said)
        assert httpx.get(f"{address}/readyz").json()["held_since"] == IndexDirectory(prepared).held_since()


def test_a_running_server_has_its_damaged_version_mended(corpus, prepared, make_corpus, bundled):
    make_corpus({"brief.txt": LETTER.replace("vier jaar", "zeven jaar")})
    ingest_corpus(corpus, prepared, bundled)
    versions = IndexDirectory(prepared)
    with served(corpus, prepared, BRIEFWIJZER_CHECK_EVERY_S="1") as (_, address, _):
        damaged = versions.require_current()
        path = versions.directory(damaged) / "words.npy"
        data = bytearray(path.read_bytes())
        data[-1] ^= 1
        # Beside it and into its place: a file that a reader has mapped is never changed in place.
        path.with_suffix(".new").write_bytes(data)
        path.with_suffix(".new").replace(path)
        until = time.monotonic() + 120
        while versions.require_current() == damaged or ask(address)["index_version"] != versions.require_current():
            assert time.monotonic() < until
            assert re.search("vier jaar|zeven jaar", ask(address)["answer"])
            time.sleep(0.5)
        assert "zeven jaar" in ask(address)["answer"]
        assert "troubles" not in httpx.get(f"{address}/readyz").json()
