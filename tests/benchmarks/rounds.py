"""Measures several things in one run, in turn, so that a machine that slows down slows all of them down alike."""

import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds of one thing, one (p50, p95) a round; the figures are medians over the rounds."""

    rounds: tuple[tuple[float, float], ...]

    @property
    def p50(self) -> float:
        """Median over the rounds of the median within each."""
        return median(p50 for p50, _ in self.rounds)

    @property
    def p95(self) -> float:
        """Median over the rounds of the 95th percentile within each."""
        return median(p95 for _, p95 in self.rounds)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which ``share`` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def interleaved(
    measured: Mapping[str, Callable[[str], object]], questions: Sequence[str], rounds: int
) -> dict[str, Latency]:
    """Give each question to each of the measured, one after the other.

    The questions are shared out over the rounds, so that none is asked twice; the first round warms up and is not counted.
    """
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in measured}
    names = list(measured)
    for number in range(rounds + 1):
        times: dict[str, list[float]] = {name: [] for name in measured}
        for place, question in enumerate(questions[number :: rounds + 1]):
            # Who comes first changes with each question, so that nobody always finds the caches warm.
            turn = place % len(names)
            for name in names[turn:] + names[:turn]:
                started = time.perf_counter()
                measured[name](question)
                times[name].append((time.perf_counter() - started) * 1000)
        if number:
            for name, values in times.items():
                found[name].append((percentile(values, 0.5), percentile(values, 0.95)))
    return {name: Latency(tuple(rows)) for name, rows in found.items()}


def ratio(whole: Latency, *parts: Latency) -> float:
    """Return the whole's p50 over the sum of the parts' p50, the median over the rounds."""
    return median(
        one[0] / sum(part.rounds[number][0] for part in parts) for number, one in enumerate(whole.rounds)
    )  # fmt: skip


def resident_mb(pid: int) -> float:
    """Return the resident memory of a process in MB (10^6 bytes), mapped files included."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def machine() -> str:
    """Describe what this ran on, and how busy it was."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    return f"{os.cpu_count()} cores, load {load:.1f}, Python {platform.python_version()}"


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown table; floats with as many digits as they need."""
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}" if abs(value) < 100 else f"{value:,.0f}"
    return str(value)
