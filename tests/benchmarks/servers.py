"""The servers that are measured, each in a process of its own on a free port of loopback, and the client that asks them."""

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)")


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers on ``port``."""

    port: int
    pid: int


class Client:
    """One kept-alive connection; the standard library's, so that little of what is measured is the client's."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._connection.connect()
        self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Return the answer to one request; raises OSError where it is no 200."""
        self._connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        response = self._connection.getresponse()
        content = response.read()
        if response.status != 200:
            raise OSError(f"{path}: {response.status} {content[:200]!r}")
        return content

    def get(self, path: str) -> Any:
        """Return the answer to one request; raises OSError where it is no 200."""
        self._connection.request("GET", path)
        response = self._connection.getresponse()
        content = response.read()
        if response.status != 200:
            raise OSError(f"{path}: {response.status} {content[:200]!r}")
        return content

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


@contextmanager
def briefwijzer(corpus: Path, index: Path, log: Path) -> Iterator[Running]:
    """Run ``briefwijzer serve``."""
    command = [sys.executable, "-m", "app.cli", "serve", "--port", "0", "--corpus", str(corpus), "--index", str(index)]
    with _running(command, log) as running:
        yield running


@contextmanager
def bare(index: Path, log: Path) -> Iterator[Running]:
    """Run the bare FastAPI application of ``bare.py``."""
    with _running([sys.executable, "-m", "tests.benchmarks.bare", str(index)], log) as running:
        yield running


@contextmanager
def _running(command: list[str], log: Path) -> Iterator[Running]:
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=os.environ)
    try:
        yield Running(_port(process, log), process.pid)
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _port(process: "subprocess.Popen[bytes]", log: Path, patience_s: float = 300) -> int:
    until = time.monotonic() + patience_s
    while time.monotonic() < until and process.poll() is None:
        if found := _ADDRESS.search(log.read_text(encoding="utf-8")):
            port = int(found.group(1))
            if _answers(port):
                return port
        time.sleep(0.1)
    raise RuntimeError(f"the server did not start: {log.read_text(encoding='utf-8')[-2000:]}")


def _answers(port: int) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
