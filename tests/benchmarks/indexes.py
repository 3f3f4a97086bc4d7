"""Makes the corpora and indexes that are measured, and keeps them, so that a second run starts at once."""

import subprocess
import sys
from pathlib import Path

from tests.benchmarks.texts import write_corpus

ROOT = Path(__file__).parents[2]


def letter(folder: Path) -> tuple[Path, Path]:
    """Return the corpus of the repository and its index."""
    return _indexed(ROOT / "corpus", folder / "letter")


def synthetic(folder: Path, passages: int) -> tuple[Path, Path]:
    """Return a corpus of that many passages and its index."""
    corpus = folder / f"corpus-{passages}"
    if not (corpus / "sources.toml").is_file():
        write_corpus(corpus, passages)
    return _indexed(corpus, folder / f"index-{passages}")


def _indexed(corpus: Path, index: Path) -> tuple[Path, Path]:
    """Bring the index up to date in a process of its own, which leaves no memory behind."""
    command = [sys.executable, "-m", "app.cli", "ingest", "--corpus", str(corpus), "--index", str(index)]
    subprocess.run(command, check=True, capture_output=True)
    return corpus, index
