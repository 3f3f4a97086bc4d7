"""A full disk, and room again."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import StemEmbedder
from tests.faults.corpora import ask, write_corpus
from tests.faults.processes import REFUSED, SUCCESS, run_ingest

_DISK = 24 * 1024 * 1024


@dataclass
class Fills:
    """What was done and what came of it."""

    tries: int = 0
    refused: int = 0
    succeeded: int = 0
    wrong: list[str] = field(default_factory=list)


@contextmanager
def small_disk(folder: Path) -> Iterator[Path | None]:
    """Mount a disk of 24 MB, where one may; gives None where not."""
    folder.mkdir()
    mounted = os.geteuid() == 0 and (
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={_DISK}", "tmpfs", str(folder)], capture_output=True, check=False
        ).returncode
        == 0
    )
    try:
        yield folder if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill_and_free(disk: Path, corpus: Path, sound: Path, free: int, done: Fills) -> None:
    """Ingest with ``free`` bytes of room, which must succeed or be refused; then with room again, which must succeed.

    ``sound`` is an index in state 1, which is copied.
    """
    index = disk / "index"
    shutil.rmtree(index, ignore_errors=True)
    shutil.copytree(sound, index)
    ballast = disk / "ballast"
    room = os.statvfs(disk)
    with ballast.open("wb") as file:
        file.write(bytes(max(0, room.f_bavail * room.f_frsize - free)))
    done.tries += 1
    status = run_ingest(write_corpus(corpus, 2), index)
    _judge(index, status, f"{free} bytes free", done)
    ballast.unlink()
    _mended(corpus, index, f"{free} bytes free", done)


def limit_and_free(folder: Path, corpus: Path, sound: Path, largest: int, done: Fills) -> None:
    """The same without a disk of its own: no file may grow beyond ``largest`` bytes."""
    index = folder / f"limited-{largest}"
    shutil.copytree(sound, index)
    done.tries += 1
    status = run_ingest(write_corpus(corpus, 2), index, largest=largest)
    _judge(index, status, f"files of {largest} bytes", done)
    _mended(corpus, index, f"files of {largest} bytes", done)


def _mended(corpus: Path, index: Path, case: str, done: Fills) -> None:
    if run_ingest(corpus, index) != SUCCESS or ask(index, range(2, 3), StemEmbedder()).wrong is not None:
        done.wrong.append(f"{case}: not mended when there was room again")


def _judge(index: Path, status: int, case: str, done: Fills) -> None:
    done.refused += status == REFUSED
    done.succeeded += status == SUCCESS
    if status not in (SUCCESS, REFUSED):
        done.wrong.append(f"{case}: ended with status {status}")
    state = 1 + (status == SUCCESS)
    found = ask(index, range(state, state + 1), StemEmbedder())
    if found.wrong is not None:
        done.wrong.append(f"{case}: {found.wrong}")
