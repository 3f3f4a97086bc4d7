"""Numbers that several workers count together, so that whichever of them is asked gives the sums of all.

Prometheus' own files for several processes are mapped into memory, which ends the process when the disk is full, and are
chosen for a whole process by a variable when its module is imported. So each worker counts in its own memory and writes its
numbers, whole, to a file of its own once a second; who is asked writes its own, reads those of the others and adds up.

Sums never go down, or a counter would seem to have started anew: what a worker shows, it has written before; what an ended
worker counted stays; a service that starts while no other runs starts from nothing. A worker holds a lock on its file for as
long as it lives, so that the gauges of one that was killed are left out.

    <folder>/lock            shared to read all files, exclusive to add or remove one
    <folder>/<name>.json     the numbers of one worker
    <folder>/<name>.lock     held by that worker
"""

import fcntl
import json
import os
import secrets
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Labels = tuple[str, ...]
Key = tuple[str, Labels]
# So many files of ended workers are read at each look before they are folded into one.
_MOST_ENDED = 16


class Tallies:
    """Counters, gauges and histograms of one worker. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.counters: dict[Key, float] = {}
        self.gauges: dict[Key, float] = {}
        # Counts by bucket, not cumulated, then the sum of what was observed.
        self.histograms: dict[Key, list[float]] = {}

    def add(self, name: str, labels: Labels = (), amount: float = 1.0) -> None:
        """Add to a counter."""
        with self._lock:
            key = (name, labels)
            self.counters[key] = self.counters.get(key, 0.0) + amount

    def move(self, name: str, labels: Labels = (), amount: float = 1.0) -> None:
        """Move a gauge up or down."""
        with self._lock:
            key = (name, labels)
            self.gauges[key] = self.gauges.get(key, 0.0) + amount

    def observe(self, name: str, buckets: Sequence[float], value: float, labels: Labels = ()) -> None:
        """Count a value in a histogram; ``buckets`` are the upper bounds, rising, without infinity."""
        with self._lock:
            key = (name, labels)
            counts = self.histograms.get(key)
            if counts is None:
                counts = self.histograms[key] = [0.0] * (len(buckets) + 2)
            counts[bisect_left(buckets, value)] += 1
            counts[-1] += value

    def numbers(self) -> dict[str, Any]:
        """Return all numbers as JSON can hold them."""
        with self._lock:
            return {
                "counters": [[name, list(labels), value] for (name, labels), value in self.counters.items()],
                "gauges": [[name, list(labels), value] for (name, labels), value in self.gauges.items()],
                "histograms": [
                    [name, list(labels), list(counts)] for (name, labels), counts in self.histograms.items()
                ],
            }

    def take(self, numbers: Mapping[str, Any], *, gauges: bool = True) -> None:
        """Add another worker's numbers to these."""
        for name, labels, value in numbers["counters"]:
            self.add(name, tuple(labels), value)
        for name, labels, value in numbers["gauges"] if gauges else ():
            self.move(name, tuple(labels), value)
        for name, labels, values in numbers["histograms"]:
            with self._lock:
                key = (name, tuple(labels))
                mine = self.histograms.get(key)
                if mine is None or len(mine) != len(values):
                    self.histograms[key] = list(values)
                else:
                    self.histograms[key] = [one + two for one, two in zip(mine, values, strict=True)]


class SharedTallies:
    """The numbers of this worker and of those beside it. Every method raises OSError where the folder cannot be used."""

    def __init__(self, folder: Path, numbers: Callable[[], dict[str, Any]]) -> None:
        self._folder = folder
        self._numbers = numbers
        self._name = secrets.token_hex(8)
        self._held: int | None = None
        # Two threads that write at once could leave the older numbers.
        self._writing = threading.Lock()

    @property
    def joined(self) -> bool:
        """Whether this worker counts among the others."""
        return self._held is not None

    def join(self) -> None:
        """Become one of the workers; where no other lives, what was counted before is forgotten."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._locked(fcntl.LOCK_EX):
            if not any(self._lives(name) for name in self._names()):
                for path in (*self._folder.glob("*.json"), *self._folder.glob("*.lock"), *self._folder.glob("*.part")):
                    path.unlink(missing_ok=True)
            elif sum(not self._lives(name) for name in self._names()) > _MOST_ENDED:
                self._fold()
            self._held = os.open(self._folder / f"{self._name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._held, fcntl.LOCK_EX)
            self._write_mine()

    def publish(self) -> None:
        """Write what this worker has counted."""
        with self._locked(fcntl.LOCK_SH):
            self._write_mine()

    def together(self) -> tuple[Tallies, int]:
        """Return the sums over all workers, ended ones included, and how many live."""
        found, living = Tallies(), 1
        with self._locked(fcntl.LOCK_SH):
            found.take(self._write_mine())
            for name in self._names():
                if name == self._name:
                    continue
                lives = self._lives(name)
                living += lives
                for numbers in self._read(name):
                    found.take(numbers, gauges=lives)
        return found, living

    def leave(self) -> None:
        """Write a last time, and let the lock go."""
        if self._held is None:
            return
        try:
            self.publish()
        finally:
            os.close(self._held)
            self._held = None

    def _fold(self) -> None:
        """Put the numbers of all ended workers into one file."""
        folded = Tallies()
        ended = [name for name in self._names() if not self._lives(name)]
        for name in ended:
            for numbers in self._read(name):
                folded.take(numbers, gauges=False)
        self._write(secrets.token_hex(8), folded.numbers())
        for name in ended:
            (self._folder / f"{name}.json").unlink(missing_ok=True)
            (self._folder / f"{name}.lock").unlink(missing_ok=True)

    def _names(self) -> list[str]:
        return sorted(path.stem for path in self._folder.glob("*.json"))

    def _lives(self, name: str) -> bool:
        try:
            handle = os.open(self._folder / f"{name}.lock", os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(handle)
        return False

    def _read(self, name: str) -> Iterable[Mapping[str, Any]]:
        try:
            yield json.loads((self._folder / f"{name}.json").read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            # Half a file is one that the power took; what it counted is gone with its worker.
            return

    def _write_mine(self) -> dict[str, Any]:
        with self._writing:
            numbers = self._numbers()
            self._write(self._name, numbers)
        return numbers

    def _write(self, name: str, numbers: Mapping[str, Any]) -> None:
        part = self._folder / f"{name}.part"
        try:
            part.write_text(json.dumps(numbers, separators=(",", ":")), encoding="utf-8")
            part.replace(self._folder / f"{name}.json")
        except BaseException:
            part.unlink(missing_ok=True)
            raise

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        handle = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, how)
            yield
        finally:
            os.close(handle)
