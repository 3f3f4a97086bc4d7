"""Ingests in processes of their own, forked from one that has everything imported, so that they can be killed by the hundred."""

import multiprocessing
import os
import resource
import signal
import sys
from multiprocessing.process import BaseProcess
from pathlib import Path

from app.errors import BriefwijzerError

SUCCESS, REFUSED = 0, 7
_forking = multiprocessing.get_context("forkserver")
_forking.set_forkserver_preload(["ingest.pipeline", "ingest.repairing", "chromadb", "tests.faults.corpora"])


def _ingest(corpus: Path, index: Path, largest: int | None, wait_s: float) -> None:
    from ingest.pipeline import ingest_corpus
    from tests.conftest import StemEmbedder

    if largest is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    try:
        ingest_corpus(corpus, index, StemEmbedder(), wait_s=wait_s)
    except BriefwijzerError as error:
        sys.stderr.write(f"{error}\n")
        os._exit(REFUSED)
    os._exit(SUCCESS)


def start_ingest(corpus: Path, index: Path, *, largest: int | None = None, wait_s: float = 30) -> BaseProcess:
    """Start an ingest; ``largest`` is the size of file, in bytes, beyond which its writes fail as on a full disk."""
    process = _forking.Process(target=_ingest, args=(corpus, index, largest, wait_s))
    process.start()
    return process


def run_ingest(corpus: Path, index: Path, *, largest: int | None = None) -> int:
    """Run an ingest to its end; return its exit status, negative where a signal ended it."""
    process = start_ingest(corpus, index, largest=largest)
    return ended(process)


def ended(process: BaseProcess) -> int:
    """Wait for a process; return its exit status."""
    process.join(120)
    if process.exitcode is None:
        process.kill()
        process.join()
        raise AssertionError("an ingest did not end within two minutes")
    return process.exitcode


def _ask(index: Path, first: int, last: int, answers: object) -> None:
    from tests.faults.corpora import ask

    answers.put(ask(index, range(first, last)))  # type: ignore[attr-defined]


def ask_apart(index: Path, states: range) -> object:
    """Ask an index in a process of its own; return what it found, or the signal that ended the process as a number."""
    answers = _forking.SimpleQueue()
    process = _forking.Process(target=_ask, args=(index, states.start, states.stop, answers))
    process.start()
    status = ended(process)
    return answers.get() if status == 0 else status
