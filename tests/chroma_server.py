"""A real Chroma server on a free port of loopback, that can be killed and started again on the same files."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import chromadb
import httpx


class LocalChroma:
    """Chroma's own server. ``url`` stays the same over restarts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [
            str(Path(sys.executable).with_name("chroma")), "run", "--path", str(self._folder),
            "--host", "127.0.0.1", "--port", str(self.port),
        ]  # fmt: skip
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while True:
            try:
                httpx.get(f"{self.url}/api/v2/heartbeat", timeout=2).raise_for_status()
                return
            except httpx.HTTPError:
                assert time.monotonic() < until, "the Chroma server did not start"
                assert self.process.poll() is None, "the Chroma server ended"
                time.sleep(0.1)

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()
            self.process = None


@contextmanager
def client_of(url: str) -> Iterator[chromadb.ClientAPI]:
    """Chroma's own client, with its sockets closed behind it."""
    client = chromadb.HttpClient(host=url)
    try:
        yield client
    finally:
        client._server._session.close()
        client._admin_client._server._session.close()
        client.close()
