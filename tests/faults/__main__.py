"""The long form of the faults: ``make faults``. Writes its figures into README.md beside it.

``python -m tests.faults [--share 1.0] [--folder DIR]``: a share of 0.1 makes a tenth of the kills, the damage and the rest.
"""

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.faults.damage import KINDS, Damages, files, make_sound, try_damage
from tests.faults.disk import Fills, fill_and_free, limit_and_free, small_disk
from tests.faults.kills import Kills, kill_ingests
from tests.faults.servers import Ups, trouble_two_services
from tests.faults.swaps import Swaps, swap_under_readers

SEEDS, KILLS_A_SEED = 10, 20
_DISKS = (0, 20_000, 100_000, 200_000, 300_000, 400_000, 500_000, 600_000, 700_000, 800_000, 900_000, 1_000_000)
_LIMITS = (1_000, 40_000, 100_000, 150_000, 200_000, 300_000)
_SERVERS_S = 240
_README = Path(__file__).with_name("README.md")
_BEGIN, _END = "<!-- figures -->\n", "<!-- end -->\n"


def main() -> int:
    """Run all of it; return 1 where anything was wrong or lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--folder", type=Path, default=None)
    given = parser.parse_args()
    rows: list[tuple[str, str, float]] = []
    faults: list[str] = []
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name)
        corpus, sound = make_sound(folder)

        def part(title: str, run: Callable[[], Any]) -> None:
            started = time.monotonic()
            done = run()
            figures = asdict(done)
            for what in ("wrong", "lost"):
                faults.extend(f"{title}: {each}" for each in figures.get(what, ()))
                figures[what] = len(figures.get(what, ()))
            said = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in figures.items())
            rows.append((title, said, time.monotonic() - started))
            sys.stdout.write(f"{title}: {said} ({rows[-1][2]:.0f} s)\n")
            sys.stdout.flush()

        part("kill -9 of an ingest", lambda: _kills(corpus, sound, folder, given.share))
        part("damage to each file", lambda: _damage(corpus, sound, given.share))
        part("disk full", lambda: _full(corpus, sound, folder, given.share))
        part("swaps under 8 readers", lambda: _swaps(corpus, sound, folder, given.share))
        part("two services and Chroma's server, killed by turns", lambda: _servers(folder, given.share))
    for fault in faults:
        sys.stdout.write(f"WRONG {fault}\n")
    _write(rows, given.share)
    return 1 if faults else 0


def _kills(corpus: Path, sound: Path, folder: Path, share: float) -> Kills:
    import shutil

    done = Kills()
    for seed in range(max(1, round(SEEDS * share))):
        index = folder / f"killed-{seed}"
        shutil.copytree(sound, index)
        kill_ingests(corpus, index, 1, seed, KILLS_A_SEED, done)
        shutil.rmtree(index)
    return done


def _damage(corpus: Path, sound: Path, share: float) -> Damages:
    done = Damages()
    cases = [(name, kind) for kind in KINDS for name in files(sound)]
    for name, kind in cases[:: max(1, round(1 / share))]:
        try_damage(corpus, sound, name, kind, done)
    return done


def _full(corpus: Path, sound: Path, folder: Path, share: float) -> Fills:
    done = Fills()
    step = max(1, round(1 / share))
    for largest in _LIMITS[::step]:
        limit_and_free(folder, corpus, sound, largest, done)
    with small_disk(folder / "disk") as disk:
        for free in _DISKS[::step] if disk is not None else ():
            fill_and_free(disk, corpus, sound, free, done)
    return done


def _swaps(corpus: Path, sound: Path, folder: Path, share: float) -> Swaps:
    import shutil

    done = Swaps()
    index = folder / "swapped"
    shutil.copytree(sound, index)
    swap_under_readers(corpus, index, 8, max(4, round(20 * share)), done)
    return done


def _servers(folder: Path, share: float) -> Ups:
    done = Ups()
    place = folder / "servers"
    place.mkdir()
    trouble_two_services(place, max(40, _SERVERS_S * share), done)
    return done


def _write(rows: list[tuple[str, str, float]], share: float) -> None:
    cores, load = os.cpu_count(), os.getloadavg()[1]
    lines = [
        f"Measured on {datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {cores} cores, load {load:.1f} at the end, "
        f"{share:.0%} of the long form, {sum(took for *_, took in rows):.0f} s in all.",
        "",
        "| fault | figures | s |",
        "| --- | --- | ---: |",
        *(f"| {title} | {said} | {took:.0f} |" for title, said, took in rows),
        "",
    ]
    text = _README.read_text(encoding="utf-8")
    head, tail = text.split(_BEGIN)[0], text.split(_END)[1]
    _README.write_text(head + _BEGIN + "\n".join(lines) + _END + tail, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
