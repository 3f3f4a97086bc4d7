"""What one worker bears: ``python -m tests.benchmarks.load``.

Throughput against a bare FastAPI route that only embeds and queries Chroma and tantivy, in the same run; latency at half of
that load; answers, waiting and memory at ten times of it. ``--requests 100000`` is the long form.
"""

import argparse
import asyncio
import json
import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks import indexes, servers
from tests.benchmarks.rounds import machine, percentile, resident_mb, table
from tests.benchmarks.texts import DutchTexts

TARGET_SHARE = 0.6
TARGET_TAIL = 5.0
ALLOWED = frozenset({200, 429, 503})
_CLIENTS = 16
_PATIENCE_S = 60
_IDLE_S = 3.0
_LENGTH = re.compile(r"content-length: *(\d+)", re.IGNORECASE)


@dataclass(slots=True)
class Sent:
    """What came of requests: statuses and milliseconds of each."""

    statuses: Counter[int] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Answers of status 200 a second."""
        return self.statuses[200] / self.seconds


class Connections:
    """Keeps connections to one server, at most ``most``; plain streams, since a full client costs as much as what is measured."""

    def __init__(self, port: int, most: int) -> None:
        self._port = port
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter, float]] = []
        self._places = asyncio.Semaphore(most)

    async def post(self, path: str, body: bytes) -> tuple[int, float]:
        """Return the status of one request, and its milliseconds from the moment a connection was free.

        Raises OSError, TimeoutError or IncompleteReadError where there is no answer.
        """
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        async with self._places, asyncio.timeout(_PATIENCE_S):
            started = time.perf_counter()
            reader, writer = await self._connection()
            try:
                writer.write(head.encode() + body)
                answer = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                length = _LENGTH.search(answer)
                await reader.readexactly(int(length.group(1)) if length else 0)
            except BaseException:
                writer.close()
                raise
            if "connection: close" in answer.lower():
                writer.close()
            else:
                self._idle.append((reader, writer, time.perf_counter()))
            return int(answer[9:12]), (time.perf_counter() - started) * 1000

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self._idle:
            reader, writer, since = self._idle.pop()
            # The server closes what is idle for five seconds, at that moment perhaps.
            if time.perf_counter() - since < _IDLE_S and not reader.at_eof():
                return reader, writer
            writer.close()
        return await asyncio.open_connection("127.0.0.1", self._port)

    def close(self) -> None:
        """Close all connections."""
        for _, writer, _ in self._idle:
            writer.close()


async def flood(port: int, path: str, bodies: Sequence[bytes], clients: int) -> Sent:
    """Send the bodies as fast as ``clients`` get answers, each one request at a time."""
    sent, connections, waiting = Sent(), Connections(port, clients), iter(bodies)

    async def client() -> None:
        for body in waiting:
            await _send(connections, path, body, sent)

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    sent.seconds = time.perf_counter() - started
    connections.close()
    return sent


async def paced(port: int, path: str, bodies: Sequence[bytes], rate: float) -> Sent:
    """Send ``rate`` requests a second whether or not those before were answered."""
    sent, connections = Sent(), Connections(port, 500)
    started = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for number, body in enumerate(bodies):
            wait = started + number / rate - time.perf_counter()
            if wait > 0 or number % 50 == 0:
                await asyncio.sleep(max(0.0, wait))
            tasks.create_task(_send(connections, path, body, sent))
    sent.seconds = time.perf_counter() - started
    connections.close()
    return sent


async def _send(connections: Connections, path: str, body: bytes, sent: Sent) -> None:
    try:
        status, took_ms = await connections.post(path, body)
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        sent.statuses[0] += 1  # No answer at all.
        return
    sent.statuses[status] += 1
    sent.times.append(took_ms)


def report(name: str, sent: Sent) -> tuple[object, ...]:
    """Return a row of figures."""
    shares = ", ".join(f"{status}: {count:,}" for status, count in sorted(sent.statuses.items()))
    return (name, sent.rate, percentile(sent.times, 0.5), percentile(sent.times, 0.99), max(sent.times), shares)


async def measure(
    ours: servers.Running, bare: servers.Running, questions: list[str], requests: int, rounds: int
) -> None:
    """Measure and print."""
    asked = [json.dumps({"query": question}).encode() for question in questions]
    rows, shares, rates = [], [], []
    for number in range(rounds + 1):
        theirs = await flood(bare.port, "/parts", asked, _CLIENTS)
        mine = await flood(ours.port, "/v1/search", asked, _CLIENTS)
        if number:
            shares.append(mine.rate / theirs.rate)
            rates.append(mine.rate)
            rows += [report(f"bare route, round {number}", theirs), report(f"/v1/search, round {number}", mine)]
    rate = sorted(rates)[len(rates) // 2]
    half = await paced(ours.port, "/v1/search", asked, rate / 2)
    rows.append(report("/v1/search at half its load", half))
    before = resident_mb(ours.pid)
    ten = await paced(ours.port, "/v1/search", (asked * (1 + requests // len(asked)))[:requests], rate * 10)
    rows.append(report(f"/v1/search at ten times its load, {requests:,} requests", ten))
    print(table(("", "answers/s", "p50 ms", "p99 ms", "slowest ms", "statuses"), rows))
    tail = percentile(half.times, 0.99) / percentile(half.times, 0.5)
    print(f"\nthroughput over the bare route's: {sorted(shares)[len(shares) // 2]:.2f} (at least {TARGET_SHARE})")
    print(f"p99 over p50 at half that load: {tail:.1f} (at most {TARGET_TAIL:g})")
    others = sum(count for status, count in ten.statuses.items() if status not in ALLOWED)
    print(f"answers other than {sorted(ALLOWED)} at ten times the load: {others} (none)")
    print(f"resident memory before and after: {before:.0f}, {resident_mb(ours.pid):.0f} MB")


def main() -> None:
    """Set up, measure, print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument(
        "--folder", type=Path, default=Path("build/benchmarks"), help="where corpora and indexes are kept"
    )
    options.add_argument("--passages", type=int, default=1_000)
    options.add_argument("--questions", type=int, default=600)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--requests", type=int, default=20_000, help="at ten times the load; 100000 is the long form")
    given = options.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    corpus, index_dir = indexes.synthetic(given.folder, given.passages)
    print(f"\n{given.passages:,} passages ({machine()})\n")
    with (
        servers.briefwijzer(corpus, index_dir, given.folder / "serve.log") as ours,
        servers.bare(index_dir, given.folder / "bare.log") as bare,
    ):
        asyncio.run(measure(ours, bare, DutchTexts().questions(given.questions), given.requests, given.rounds))


if __name__ == "__main__":
    main()
