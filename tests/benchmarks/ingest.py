"""How long an ingest takes against what it cannot do without: ``python -m tests.benchmarks.ingest``.

The parts are reading the same JSONL records, embedding their passages, and Chroma's own insert of those vectors with the
configuration that the index has. Whole and parts take turns, each round in fresh folders; the figures are medians. Then
``briefwijzer ingest`` runs as a process where nothing changed, on these records and on the letter.
"""

import argparse
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

from app.embedding import load_embedder
from app.index.catalogue import to_blob
from app.index.dense import build_dense
from ingest.parsing.jsonl import read_records
from ingest.pipeline import ingest_corpus
from tests.benchmarks.rounds import machine, table
from tests.benchmarks.texts import write_corpus

TARGET, AGAIN_S = 1.3, 2.0
_BATCH = 256


def timed(work: Callable[[], object]) -> tuple[float, object]:
    """Return seconds and result."""
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def measure(corpus: Path, folder: Path) -> dict[str, float]:
    """Return the seconds of the whole and of each part, once."""
    embedder = load_embedder()
    embedder.encode(["warm"])
    for name in ("whole", "chroma"):
        shutil.rmtree(folder / name, ignore_errors=True)
    took: dict[str, float] = {}
    took["ingest"], _ = timed(lambda: ingest_corpus(corpus, folder / "whole", embedder, strict=False))
    took["parsing"], texts = timed(
        lambda: [record.parsed.text for path in sorted(corpus.glob("*.jsonl")) for record in read_records(path)]
    )
    assert isinstance(texts, list)
    took["embedding"], rows = timed(
        lambda: np.concatenate([embedder.encode(texts[p : p + _BATCH]) for p in range(0, len(texts), _BATCH)])
    )
    assert isinstance(rows, np.ndarray)
    blobs = [(number, to_blob(row)) for number, row in enumerate(rows)]
    took["Chroma's insert"], _ = timed(lambda: build_dense(folder / "chroma", blobs, embedder.dimensions))
    for name in ("whole", "chroma"):
        shutil.rmtree(folder / name, ignore_errors=True)
    return took


def again(corpus: Path, index: Path, times: int) -> float:
    """Return the median seconds of a process that ingests what is ingested already."""
    command = [sys.executable, "-m", "app.cli", "ingest", "--corpus", str(corpus), "--index", str(index)]
    shutil.rmtree(index, ignore_errors=True)
    subprocess.run(command, check=True, capture_output=True)
    took = [timed(lambda: subprocess.run(command, check=True, capture_output=True))[0] for _ in range(times)]
    shutil.rmtree(index)
    return median(took)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--folder", type=Path, default=Path("build/benchmarks"), help="where the corpus is kept")
    options.add_argument("--documents", type=int, default=10_000)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    corpus = given.folder / f"corpus-{given.documents}"
    if not (corpus / "sources.toml").is_file():
        write_corpus(corpus, given.documents)
    scratch = given.folder / "ingest"
    scratch.mkdir(parents=True, exist_ok=True)
    rounds = [measure(corpus, scratch) for _ in range(given.rounds)]
    print(f"\n{given.documents:,} documents, {given.rounds} rounds ({machine()})\n")
    print(table(("", "median s"), [(name, median(one[name] for one in rounds)) for name in rounds[0]]))
    parts = ("parsing", "embedding", "Chroma's insert")
    over = median(one["ingest"] / sum(one[part] for part in parts) for one in rounds)
    print(f"\ningest over the sum of its parts: {over:.2f} (at most {TARGET})")
    for name, unchanged in (("the letter", Path("corpus")), (f"{given.documents:,} documents", corpus)):
        took = again(unchanged, scratch / "again", 2 * given.rounds - 1)
        print(f"a process that ingests {name} again, unchanged: {took:.2f} s (at most {AGAIN_S})")


if __name__ == "__main__":
    main()
