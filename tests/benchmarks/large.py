"""What a large JSONL file costs: ``python -m tests.benchmarks.large --megabytes 200``.

``briefwijzer ingest`` runs as a process on one file of that size, into a fresh folder; printed are its time, the largest amount of
memory that it and the child that checks the version had in use (each by itself), and the size of what it made.
"""

import argparse
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tests.benchmarks.rounds import machine, table
from tests.benchmarks.texts import write_corpus

# Of the records that ``texts`` makes.
_BYTES_A_RECORD = 714


def size_mb(path: Path) -> float:
    """Return the size of the files below a path in MB (10^6 bytes)."""
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file()) / 1e6


def measure(corpus: Path, index: Path) -> list[tuple[str, object]]:
    """Ingest once; return what it cost."""
    shutil.rmtree(index, ignore_errors=True)
    command = [sys.executable, "-m", "app.cli", "ingest", "--corpus", str(corpus), "--index", str(index)]
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    took = time.perf_counter() - started
    # In KiB; of children the largest one.
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e6
    return [
        ("JSONL, MB", size_mb(corpus)),
        ("ingest, s", took),
        ("peak memory, MB", peak),
        ("the version, MB", size_mb(index)),
    ]


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--folder", type=Path, default=Path("build/benchmarks"))
    options.add_argument("--megabytes", type=int, default=200)
    given = options.parse_args()
    corpus = given.folder / f"corpus-{given.megabytes}-mb"
    if not (corpus / "sources.toml").is_file():
        write_corpus(corpus, given.megabytes * 1_000_000 // _BYTES_A_RECORD)
    rows = measure(corpus, given.folder / "large")
    shutil.rmtree(given.folder / "large", ignore_errors=True)
    print(f"\n{machine()}\n")
    print(table(("", ""), rows))


if __name__ == "__main__":
    main()
