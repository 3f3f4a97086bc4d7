"""Readers that ask without end while versions are swapped under them."""

import os
import threading
from dataclasses import dataclass, field
from pathlib import Path

from app.errors import BriefwijzerError
from app.index.versions import IndexDirectory
from app.service import Service
from ingest.pipeline import ingest_corpus
from tests.conftest import QUESTION, StemEmbedder
from tests.faults.corpora import right_answer, write_corpus


@dataclass
class Swaps:
    """What was done and what came of it. ``files_grown`` is by how many more files are open at the end than at the start."""

    swaps: int = 0
    requests: int = 0
    files_grown: int = 0
    wrong: list[str] = field(default_factory=list)


def open_files() -> int:
    """Return how many files this process has open."""
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208


def swap_under_readers(corpus: Path, index: Path, readers: int, swaps: int, done: Swaps) -> None:
    """Publish ``swaps`` versions of an index, which is in state 1, under ``readers`` threads of one service."""
    embedder = StemEmbedder()
    service = Service(index, StemEmbedder(), 2_000)
    service.open()
    published = [1]
    stop = threading.Event()
    lock = threading.Lock()

    def read() -> None:
        while not stop.is_set():
            oldest = max(0, published[0] - 1)
            try:
                with service.reading() as reading:
                    quotes = [citation.quote for citation in reading.answerer.ask(QUESTION).citations]
            except BriefwijzerError as error:
                with lock:
                    done.wrong.append(f"{type(error).__name__}: {error}")
                continue
            right = any(quotes == right_answer(state) for state in range(oldest, swaps + 2))
            with lock:
                done.requests += 1
                if not right:
                    done.wrong.append(f"quoted {quotes} while {published[0]} was published")
            stop.wait(0.01)

    threads = [threading.Thread(target=read, daemon=True) for _ in range(readers)]
    for thread in threads:
        thread.start()
    before = None
    for state in range(2, swaps + 2):
        ingest_corpus(write_corpus(corpus, state), index, embedder)
        assert service.refresh()
        published[0] = state
        done.swaps += 1
        before = open_files() if state == min(4, swaps + 1) else before
    stop.set()
    for thread in threads:
        thread.join(30)
    assert before is not None
    done.files_grown = open_files() - before
    service.close()
    # The last two, and the versions whose readers let go after the last prune.
    IndexDirectory(index).prune()
    left = IndexDirectory(index).names()
    if len(left) != 2:
        done.wrong.append(f"versions left: {left}")
