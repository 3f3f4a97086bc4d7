"""kill -9 at random moments of an ingest."""

import random
import signal
import time
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

from app.index.versions import IndexDirectory
from ingest.publishing import KEPT
from tests.conftest import StemEmbedder
from tests.faults.corpora import MANY_RECORDS, RECORDS, ask, rev, write_corpus
from tests.faults.processes import SUCCESS, ended, run_ingest, start_ingest

LATEST_S = 0.05


@dataclass
class Kills:
    """What was done and what came of it."""

    kills: int = 0
    too_late: int = 0
    published_before_the_kill: int = 0
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def kill_ingests(
    corpus: Path, index: Path, state: int, seed: int, times: int, done: Kills, until: float = float("inf")
) -> None:
    """Kill ``times`` ingests of an index, each of a corpus that changed, and look after each what the index answers.

    The index is sound and in state ``state`` at the beginning. What was acknowledged must be answered, or what was under way;
    earlier revisions must open. At the end, an ingest that is left alone must succeed, and leave nothing behind of those that died.
    """
    chance = random.Random(seed)
    state += 1
    started = time.monotonic()
    records = _records(seed)
    assert run_ingest(write_corpus(corpus, state, records), index) == SUCCESS
    took = time.monotonic() - started
    run = _Run(index, seed, state, {state - 1, state}, done)
    for _ in range(times):
        if time.monotonic() > until:
            break
        state += 1
        process = start_ingest(write_corpus(corpus, state, records), index)
        process.join(chance.uniform(0.01, took))
        run.kill_and_look(process, state)
    run.end(write_corpus(corpus, state + 1, records), state + 1)


def kill_once_published(corpus: Path, index: Path, state: int, seed: int, times: int, done: Kills) -> None:
    """The same with kills just after the pointer moved: while the versions before are removed, the lock let go of.

    What the pointer named was acknowledged, so it must be answered.
    """
    chance = random.Random(seed)
    records = _records(seed)
    versions = IndexDirectory(index)
    run = _Run(index, seed, state, {state}, done)
    for _ in range(times):
        state += 1
        before = versions.current()
        process = start_ingest(write_corpus(corpus, state, records), index)
        while versions.current() == before and process.exitcode is None:
            time.sleep(0.0002)
        time.sleep(chance.uniform(0, LATEST_S) * chance.randrange(2))
        run.kill_and_look(process, state, moved=True)
    run.end(write_corpus(corpus, state + 1, records), state + 1)


def _records(seed: int) -> int:
    """Return the size of the corpus: every other seed kills ingests that have a process for the analysis beside them."""
    return MANY_RECORDS if seed % 2 else RECORDS


@dataclass
class _Run:
    """Kills one ingest after the other and judges what each leaves."""

    index: Path
    seed: int
    published: int
    acknowledged: set[int]
    done: Kills
    embedder: StemEmbedder = field(default_factory=StemEmbedder)

    def kill_and_look(self, process: BaseProcess, state: int, *, moved: bool = False) -> None:
        done = self.done
        if process.exitcode is None:
            process.kill()
            process.join()
        if process.exitcode == SUCCESS:
            done.too_late += 1
        else:
            assert process.exitcode == -signal.SIGKILL
            done.kills += 1
        if moved or process.exitcode == SUCCESS:
            self.published = state
        found = ask(self.index, range(self.published, state + 1), self.embedder)
        if found.state not in (self.published, state):
            done.wrong.append(f"seed {self.seed}, state {state}: {found.wrong}")
            return
        done.published_before_the_kill += found.state == state and process.exitcode != SUCCESS
        self.published = found.state
        self.acknowledged.add(self.published)
        done.lost += [
            f"seed {self.seed}: state {each}"
            for each in self.acknowledged
            if rev(each) not in _revisions(self.index, each)
        ]

    def end(self, corpus: Path, state: int) -> None:
        status = ended(start_ingest(corpus, self.index))
        found = ask(self.index, range(state, state + 1), self.embedder)
        if status != SUCCESS or found.wrong is not None:
            self.done.wrong.append(f"seed {self.seed}, at the end: status {status}, {found.wrong}")
        versions = IndexDirectory(self.index)
        left = {path.name for path in (self.index / "versions").iterdir()}
        if left != set(versions.names()) or len(left) > KEPT:
            self.done.wrong.append(f"seed {self.seed}: left behind {sorted(left)}")
        if scratch := [path.name for path in self.index.iterdir() if path.name.startswith(".")]:
            self.done.wrong.append(f"seed {self.seed}: left behind {scratch}")


def _revisions(index: Path, state: int) -> frozenset[str]:
    from app.errors import NotFoundError
    from app.index import open_current

    opened = open_current(index)
    try:
        return frozenset({opened.catalogue.document("brief", rev(state)).rev})
    except NotFoundError:
        return frozenset()
    finally:
        opened.close()
