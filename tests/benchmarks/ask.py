"""Latency of /v1/ask without a chat model, over HTTP, and of the command line from cold: ``python -m tests.benchmarks.ask``."""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from app.answering import Answerer
from app.api import answer_object
from app.embedding import bundled_model, load_embedder
from app.service import Service
from tests.benchmarks import indexes, servers
from tests.benchmarks.rounds import Latency, interleaved, machine, ratio, resident_mb, table
from tests.benchmarks.texts import DutchTexts

TARGET_MS = {None: 8.0, 100_000: 15.0}
TARGET_COLD_S = 2.0
_IMPORTS = "import chromadb, tantivy, tokenizers, numpy, pydantic_settings, typer"


def measure(
    corpus: Path, index_dir: Path, folder: Path, questions: list[str], rounds: int
) -> tuple[dict[str, Latency], float]:
    """Return the latencies on one index, and the server's resident memory in MB after all questions."""
    service = Service(index_dir, load_embedder(), 2_000, bundled_model())
    service.open()
    with (
        servers.briefwijzer(corpus, index_dir, folder / "serve.log") as ours,
        servers.bare(index_dir, folder / "bare.log") as theirs,
        service.reading() as reading,
    ):
        client, bare = servers.Client(ours.port), servers.Client(theirs.port)
        answerer: Answerer = reading.answerer
        measured: dict[str, Callable[[str], object]] = {
            "POST /v1/ask": lambda question: client.post("/v1/ask", {"question": question}),
            "ask, in process": lambda question: answer_object(answerer.ask(question)),
            "embedding, Chroma, tantivy in a bare route": lambda question: bare.post("/parts", {"query": question}),
            "empty FastAPI route": lambda question: bare.post("/empty", {"query": question}),
        }
        found = interleaved(measured, questions, rounds)
        memory = resident_mb(ours.pid)
        client.close()
        bare.close()
    service.close()
    return found, memory


def cold(index_dir: Path, runs: int) -> tuple[float, float]:
    """Return the median seconds of ``briefwijzer ask`` as a process, and of one that imports what it must, in turn."""
    ask = [sys.executable, "-m", "app.cli", "ask", "--index", str(index_dir), "Wat staat er over opvang?"]
    imports = [sys.executable, "-c", _IMPORTS]
    times: dict[int, list[float]] = {0: [], 1: []}
    for run in range(runs + 1):
        for number, command in enumerate((ask, imports)):
            started = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            if run:
                times[number].append(time.perf_counter() - started)
    return median(times[0]), median(times[1])


def report(name: str, target: float | None, found: dict[str, Latency], memory: float) -> None:
    """Print the figures of one index."""
    print(f"\n{name} ({machine()})\n")
    print(table(("", "p50 ms", "p95 ms"), [(what, one.p50, one.p95) for what, one in found.items()]))
    ask, parts = found["POST /v1/ask"], found["embedding, Chroma, tantivy in a bare route"]
    print(f"\nPOST /v1/ask over the bare route: {ratio(ask, parts):.2f}")
    if target:
        print(f"p50 {ask.p50:.2f} ms (at most {target:g})")
    print(f"server's resident memory {memory:.0f} MB")


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument(
        "--folder", type=Path, default=Path("build/benchmarks"), help="where corpora and indexes are kept"
    )
    options.add_argument("--passages", type=int, nargs="*", default=[100_000])
    options.add_argument("--questions", type=int, default=150, help="in each round")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--cold-runs", type=int, default=10)
    given = options.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    lines = (indexes.ROOT / "tests/evaluation/letter.jsonl").read_text(encoding="utf-8").splitlines()
    once = [json.loads(line)["question"] for line in lines]
    wanted = given.questions * (given.rounds + 1)
    # The letter's own questions are fewer, so they come again in later rounds.
    questions = (once * (1 + wanted // len(once)))[:wanted]
    corpus, index_dir = indexes.letter(given.folder)
    report("The letter", TARGET_MS[None], *measure(corpus, index_dir, given.folder, questions, given.rounds))
    whole, imports = cold(index_dir, given.cold_runs)
    print(
        f"\nbriefwijzer ask, cold, as a whole process: {whole:.2f} s (at most {TARGET_COLD_S:g}), of which imports {imports:.2f} s"
    )
    for passages in given.passages:
        corpus, index_dir = indexes.synthetic(given.folder, passages)
        questions = DutchTexts().questions(wanted)
        found = measure(corpus, index_dir, given.folder, questions, given.rounds)
        report(f"{passages:,} passages", TARGET_MS.get(passages), *found)


if __name__ == "__main__":
    main()
