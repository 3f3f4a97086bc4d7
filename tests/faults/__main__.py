"""The long form of the faults: ``make faults``. Writes its figures into README.md beside it.

``python -m tests.faults [--share 1.0] [--folder DIR]``: a share of 0.1 makes a tenth of the kills, the damage and the rest.
``--part NAME --piece 2/4`` runs the second quarter of one part; what the pieces found is added up in ``--results``; the README says
of each part how much of the long form that is.
"""

import argparse
import fcntl
import json
import os
import platform
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from tests.faults.damage import KINDS, Damages, files, make_sound, try_damage
from tests.faults.disk import Fills, fill_and_free, limit_and_free, small_disk
from tests.faults.kills import Kills, kill_ingests, kill_once_published
from tests.faults.servers import Ups, trouble_two_services
from tests.faults.swaps import Swaps, swap_under_readers

SEEDS, KILLS_A_SEED, LATE_KILLS_A_SEED = 10, 20, 5
_DISKS = (0, 20_000, 100_000, 200_000, 300_000, 400_000, 500_000, 600_000, 700_000, 800_000, 900_000, 1_000_000)
_LIMITS = (1_000, 40_000, 100_000, 150_000, 200_000, 300_000)
_SERVERS_S = 240
_README = Path(__file__).with_name("README.md")
Case = TypeVar("Case")
_BEGIN, _END = "<!-- figures -->\n", "<!-- end -->\n"


@dataclass(frozen=True, slots=True)
class Scale:
    """How much of the long form is run: a ``share`` of all the cases, and of those piece ``piece`` of ``pieces``."""

    share: float
    piece: int = 1
    pieces: int = 1

    def some(self, cases: Sequence[Case]) -> Sequence[Case]:
        """Return the cases of this piece."""
        return cases[:: max(1, round(1 / self.share))][self.piece - 1 :: self.pieces]


def main() -> int:
    """Run all of it, or what was asked for; return 1 where anything was wrong or lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--part", choices=PARTS, action="append", help="leave out for all")
    parser.add_argument("--piece", default="1/1")
    parser.add_argument("--results", type=Path, default=Path("build/faults.json"))
    given = parser.parse_args()
    piece, pieces = map(int, given.piece.split("/"))
    faults: list[str] = []
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name)
        corpus, sound = make_sound(folder)
        for part in given.part or PARTS:
            title, run = PARTS[part]
            started = time.monotonic()
            figures = asdict(run(corpus, sound, folder, Scale(given.share, piece, pieces)))
            for what in ("wrong", "lost"):
                faults.extend(f"{title}: {each}" for each in figures.get(what, ()))
                figures[what] = len(figures.get(what, ()))
            found = {"share": given.share, "figures": figures, "s": time.monotonic() - started}
            _keep(given.results, part, given.piece, found)
            sys.stdout.write(f"{title}, {given.piece}: {_said(figures)} ({found['s']:.0f} s)\n")
            sys.stdout.flush()
    for fault in faults:
        sys.stdout.write(f"WRONG {fault}\n")
    _write(json.loads(given.results.read_text(encoding="utf-8")))
    return 1 if faults else 0


def _kills(corpus: Path, sound: Path, folder: Path, scale: Scale) -> Kills:
    return _killed(corpus, sound, folder, scale, kill_ingests, KILLS_A_SEED)


def _late_kills(corpus: Path, sound: Path, folder: Path, scale: Scale) -> Kills:
    return _killed(corpus, sound, folder, scale, kill_once_published, LATE_KILLS_A_SEED)


def _killed(
    corpus: Path,
    sound: Path,
    folder: Path,
    scale: Scale,
    kill: Callable[[Path, Path, int, int, int, Kills], None],
    times: int,
) -> Kills:
    done = Kills()
    for seed in scale.some(range(SEEDS)):
        index = folder / f"{kill.__name__}-{seed}"
        shutil.copytree(sound, index)
        kill(corpus, index, 1, seed, times, done)
        shutil.rmtree(index)
    return done


def _damage(corpus: Path, sound: Path, folder: Path, scale: Scale) -> Damages:
    done = Damages()
    for name, kind in scale.some([(name, kind) for kind in KINDS for name in files(sound)]):
        try_damage(corpus, sound, name, kind, done)
    return done


def _full(corpus: Path, sound: Path, folder: Path, scale: Scale) -> Fills:
    done = Fills()
    for largest in scale.some(_LIMITS):
        limit_and_free(folder, corpus, sound, largest, done)
    with small_disk(folder / "disk") as disk:
        for free in scale.some(_DISKS) if disk is not None else ():
            fill_and_free(disk, corpus, sound, free, done)
    return done


def _swaps(corpus: Path, sound: Path, folder: Path, scale: Scale) -> Swaps:
    done = Swaps()
    index = folder / "swapped"
    shutil.copytree(sound, index)
    swap_under_readers(corpus, index, 8, max(4, round(20 * scale.share / scale.pieces)), done)
    return done


def _servers(corpus: Path, sound: Path, folder: Path, scale: Scale) -> Ups:
    done = Ups()
    place = folder / "servers"
    place.mkdir()
    trouble_two_services(place, max(40, _SERVERS_S * scale.share / scale.pieces), done)
    return done


PARTS: dict[str, tuple[str, Callable[[Path, Path, Path, Scale], Any]]] = {
    "kills": ("kill -9 of an ingest", _kills),
    "late-kills": ("kill -9 just after the pointer moved", _late_kills),
    "damage": ("damage to each file", _damage),
    "disk": ("disk full", _full),
    "swaps": ("swaps under 8 readers", _swaps),
    "servers": ("two services and Chroma's server, killed by turns", _servers),
}


def _keep(path: Path, part: str, piece: str, found: dict[str, Any]) -> None:
    """Put what a piece found beside what the others of its part found; pieces of another cut are forgotten."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        # Two pieces may run at once.
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        of = piece.split("/")[1]
        same = {
            name: other
            for name, other in kept.get(part, {}).items()
            if name.split("/")[1] == of and other["share"] == found["share"]
        }
        kept[part] = {**same, piece: found}
        path.write_text(json.dumps(kept, indent=1), encoding="utf-8")


def _said(figures: Mapping[str, int]) -> str:
    return ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in figures.items())


def _row(part: str, pieces: Mapping[str, dict[str, Any]]) -> str:
    """Return the line of a part, with how much of the long form the pieces are that were run."""
    [of] = {int(name.split("/")[1]) for name in pieces}
    figures: Counter[str] = Counter()
    for piece in pieces.values():
        # update, since adding would leave the zeros out.
        figures.update(piece["figures"])
    share = min(piece["share"] for piece in pieces.values()) * len(pieces) / of
    return f"| {PARTS[part][0]} | {share:.0%} | {_said(figures)} | {sum(piece['s'] for piece in pieces.values()):.0f} |"


def _write(results: Mapping[str, Mapping[str, dict[str, Any]]]) -> None:
    rows = [_row(part, results[part]) for part in PARTS if part in results]
    lines = [
        f"Measured on {datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {os.cpu_count()} cores, "
        f"load {os.getloadavg()[1]:.1f} at the end.",
        "",
        "| fault | of the long form | figures | s |",
        "| --- | ---: | --- | ---: |",
        *rows,
        "",
    ]
    text = _README.read_text(encoding="utf-8")
    head, tail = text.split(_BEGIN)[0], text.split(_END)[1]
    _README.write_text(head + _BEGIN + "\n".join(lines) + _END + tail, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
