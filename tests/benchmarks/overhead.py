"""What our layers cost a request above an empty FastAPI route: ``python -m tests.benchmarks.overhead``.

``POST /v1/search`` over HTTP less what the search itself says it took, against an empty route that takes the same body, and
``GET /healthz`` of both, which passes the layers alone. Also the processor time of each server for a request, which other
work on the machine changes little.
"""

import argparse
import json
import os
import time
from pathlib import Path
from statistics import median

from tests.benchmarks import indexes, servers
from tests.benchmarks.rounds import machine, percentile, table
from tests.benchmarks.texts import DutchTexts

TARGET_MS = 0.5


def processor_ms(pid: int) -> float:
    """Return the processor time that a process has taken, in milliseconds (to the tick, mostly 10 ms)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def measure(ours: servers.Running, bare: servers.Running, questions: list[str], rounds: int) -> None:
    """Measure and print."""
    mine, theirs = servers.Client(ours.port), servers.Client(bare.port)
    names = ("search, all", "search, itself", "search, around it", "empty route", "healthz, ours", "healthz, bare")
    found: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds + 1):
        times: dict[str, list[float]] = {name: [] for name in names}
        for question in questions:
            started = time.perf_counter()
            answer = mine.post("/v1/search", {"query": question})
            whole = (time.perf_counter() - started) * 1000
            itself = json.loads(answer)["took_ms"]
            times["search, all"].append(whole)
            times["search, itself"].append(itself)
            times["search, around it"].append(whole - itself)
            for name, client, path in (
                ("empty route", theirs, "/empty"), ("healthz, ours", mine, None), ("healthz, bare", theirs, None),
            ):  # fmt: skip
                started = time.perf_counter()
                client.post(path, {"query": question}) if path else client.get("/healthz")
                times[name].append((time.perf_counter() - started) * 1000)
        if number:
            for name, values in times.items():
                found[name].append(percentile(values, 0.5))
    print(table(("", "p50 ms"), [(name, median(values)) for name, values in found.items()]))
    over = median(a - b for a, b in zip(found["search, around it"], found["empty route"], strict=True))
    layers = median(a - b for a, b in zip(found["healthz, ours"], found["healthz, bare"], strict=True))
    print(f"\naround a search above the empty route: {over:.2f} ms (at most {TARGET_MS})")
    print(f"layers around /healthz above the bare one: {layers:.2f} ms")
    for name, client, pid, path in (
        ("ours", mine, ours.pid, "/healthz"), ("bare", theirs, bare.pid, "/healthz"),
    ):  # fmt: skip
        before = processor_ms(pid)
        for _ in range(2_000):
            client.get(path)
        print(f"processor time of {path}, {name}: {(processor_ms(pid) - before) / 2_000:.3f} ms")
    mine.close()
    theirs.close()


def main() -> None:
    """Set up, measure, print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--folder", type=Path, default=Path("build/benchmarks"))
    options.add_argument("--questions", type=int, default=300)
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    corpus, index_dir = indexes.synthetic(given.folder, 1_000)
    print(f"\n1,000 passages ({machine()})\n")
    with (
        servers.briefwijzer(corpus, index_dir, given.folder / "serve.log") as ours,
        servers.bare(index_dir, given.folder / "bare.log") as bare,
    ):
        measure(ours, bare, DutchTexts().questions(given.questions), given.rounds)


if __name__ == "__main__":
    main()
