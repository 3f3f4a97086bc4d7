"""kill -9 at random moments of an ingest."""

import random
import time
from dataclasses import dataclass, field
from pathlib import Path

from app.index.versions import IndexDirectory
from tests.conftest import StemEmbedder
from tests.faults.corpora import ask, rev, write_corpus
from tests.faults.processes import SUCCESS, ended, run_ingest, start_ingest


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

    The index is sound and in state ``state`` at the beginning. What was acknowledged must be answered, or what was under way; earlier revisions must open. At the end, an ingest that is
    left alone must succeed, and leave nothing behind of those that died.
    """
    chance = random.Random(seed)
    embedder = StemEmbedder()
    state += 1
    started = time.monotonic()
    assert run_ingest(write_corpus(corpus, state), index) == SUCCESS
    took = time.monotonic() - started
    published = state
    acknowledged = {state - 1, state}
    for _ in range(times):
        if time.monotonic() > until:
            break
        state += 1
        process = start_ingest(write_corpus(corpus, state), index)
        process.join(chance.uniform(0.01, took))
        if process.exitcode is None:
            process.kill()
            process.join()
            done.kills += 1
        else:
            assert process.exitcode == SUCCESS
            done.too_late += 1
            published = state
        found = ask(index, range(published, state + 1), embedder)
        if found.state not in (published, state):
            done.wrong.append(f"seed {seed}, state {state}: {found.wrong}")
            continue
        done.published_before_the_kill += found.state == state and process.exitcode != SUCCESS
        published = found.state
        acknowledged.add(published)
        done.lost += [f"seed {seed}: state {each}" for each in acknowledged if rev(each) not in _revisions(index, each)]
    state += 1
    process = start_ingest(write_corpus(corpus, state), index)
    status = ended(process)
    found = ask(index, range(state, state + 1), embedder)
    if status != SUCCESS or found.wrong is not None:
        done.wrong.append(f"seed {seed}, at the end: status {status}, {found.wrong}")
    left = {path.name for path in (index / "versions").iterdir()}
    if left != set(IndexDirectory(index).names()):
        done.wrong.append(f"seed {seed}: left behind {sorted(left)}")


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
