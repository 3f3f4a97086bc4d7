"""Two service processes over one index whose vectors are on a Chroma server, with kills and restarts of either."""

import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from app.embedding import load_embedder
from app.index.versions import ChromaServer
from ingest.pipeline import ingest_corpus
from tests.chroma_server import LocalChroma
from tests.conftest import QUESTION
from tests.faults.corpora import right_answer, write_corpus

ROOT = Path(__file__).parent.parent.parent
_RETRY_S = 60.0


@dataclass
class Ups:
    """What was done and what came of it. ``retried`` counts requests that a broken connection made one ask again."""

    service_kills: int = 0
    chroma_kills: int = 0
    versions: int = 0
    requests: int = 0
    retried: int = 0
    wrong: list[str] = field(default_factory=list)


class LocalService:
    """One service process on a port of its own, which stays the same over restarts."""

    def __init__(self, corpus: Path, index: Path, chroma: str) -> None:
        self._arguments = ["--corpus", str(corpus), "--index", str(index)]
        self._environment = {**os.environ, "PYTHONPATH": str(ROOT), "BRIEFWIJZER_CHROMA_URL": chroma}
        self._port = 0
        self.address = ""
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "serve", "--port", str(self._port), *self._arguments],
            cwd=ROOT, env=self._environment, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stderr is not None
        said = []
        while not self._port or not said or "answers on" not in said[-1]:
            said.append(self.process.stderr.readline())
            assert said[-1], said
            if found := re.search(r"answers on (\S+)", said[-1]):
                self.address = found.group(1)
                self._port = int(self.address.rsplit(":", 1)[1])
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None


def trouble_two_services(folder: Path, seconds: float, done: Ups, seed: int = 1) -> None:
    """For some time kill and restart, by turns, one of two services or Chroma, and publish versions; ask all the while."""
    chance = random.Random(seed)
    corpus, index = folder / "corpus", folder / "index"
    chroma = LocalChroma(folder / "chroma")
    chroma.start()
    server = ChromaServer(chroma.url)
    embedder = load_embedder()
    published = [0]
    ingest_corpus(write_corpus(corpus, 0), index, embedder, chroma=server)
    services = [LocalService(corpus, index, chroma.url) for _ in range(2)]
    stop = threading.Event()
    try:
        for service in services:
            service.start()
        clients = [threading.Thread(target=_ask, args=(services, place, published, stop, done)) for place in range(2)]
        for client in clients:
            client.start()
        until = time.monotonic() + seconds
        left: list[str] = []
        while time.monotonic() < until:
            if not left:
                # Each has its turn, however few there is time for.
                left = chance.sample(["service", "chroma", "version"], 3)
            event = left.pop()
            if event == "service":
                service = chance.choice(services)
                service.kill()
                done.service_kills += 1
                service.start()
            elif event == "chroma":
                chroma.kill()
                done.chroma_kills += 1
                time.sleep(chance.uniform(0, 3))
                chroma.start()
            else:
                state = published[0] + 1
                ingest_corpus(write_corpus(corpus, state), index, embedder, chroma=server, wait_s=60)
                published[0] = state
                done.versions += 1
        stop.set()
        for client in clients:
            client.join(2 * _RETRY_S)
    finally:
        stop.set()
        for service in services:
            service.kill()
        chroma.kill()


def _ask(services: list[LocalService], place: int, published: list[int], stop: threading.Event, done: Ups) -> None:
    """Ask by turns; what breaks is asked again, of the other service too, as behind a proxy."""
    while not stop.is_set():
        oldest = published[0] - 1
        until = time.monotonic() + _RETRY_S
        turn = place
        while True:
            try:
                response = httpx.post(f"{services[turn % 2].address}/v1/ask", json={"question": QUESTION}, timeout=20)
                if response.status_code == 200:
                    break
                problem = response.text
            except httpx.HTTPError as error:
                problem = str(error)
            done.retried += 1
            turn += 1
            if time.monotonic() > until:
                done.wrong.append(f"no answer within {_RETRY_S} s: {problem}")
                return
            time.sleep(0.05)
        done.requests += 1
        quotes = [citation["quote"] for citation in response.json()["citations"]]
        first = quotes[0] if quotes else ""
        if not any(
            first and right_answer(state)[0].startswith(first) for state in range(max(0, oldest), published[0] + 2)
        ):
            done.wrong.append(f"quoted {quotes} while {published[0]} was published")
        stop.wait(0.05)
