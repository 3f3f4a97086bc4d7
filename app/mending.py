"""Watches over the index of a running service: moves on to new versions, and has a damaged one mended.

Checking and mending run in a child process (``briefwijzer versions repair``), because a damaged Chroma store can end the
process that opens it, and because only the command line knows how an index is made. Of several services over one index one
gets the writer's lock; the others find the work done.
"""

import asyncio
import logging
import multiprocessing
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence

from app.service import Condition, Service

_LOOK_EVERY_S = 1.0
_PROBE_EVERY_S = 30.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 10.0, 600.0
log = logging.getLogger("briefwijzer.index")


class Mender:
    """Runs the repair of the index, one at a time, with growing pauses where it does not help."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._command = list(command)
        self._environment = dict(environment)
        self._child: subprocess.Popen[str] | None = None
        self._pause_s = _FIRST_PAUSE_S
        self._not_before = 0.0

    def start(self) -> bool:
        """Start a repair unless one runs or one has just run; return whether it was started."""
        if self._child is not None or time.monotonic() < self._not_before:
            return False
        self._child = subprocess.Popen(  # noqa: S603 - our own command
            self._command,
            env={**os.environ, **self._environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        return True

    def runs(self) -> bool:
        """Return whether a repair is under way."""
        return self._child is not None and self._child.returncode is None

    def finished(self) -> bool:
        """Return whether a repair has ended since the last look, and log what it said."""
        if self._child is None or self._child.poll() is None:
            return False
        _, said = self._child.communicate()
        level = logging.INFO if self._child.returncode == 0 else logging.WARNING
        log.log(level, "repair ended with status %d: %s", self._child.returncode, " ".join(said.split())[-500:])
        self._child = None
        self._not_before = time.monotonic() + self._pause_s
        self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)
        return True

    def rest(self) -> None:
        """Start over with short pauses: all is well."""
        self._pause_s = _FIRST_PAUSE_S

    def close(self) -> None:
        """End a repair that is under way; it leaves nothing half done."""
        if self._child is not None:
            self._child.terminate()
            self._child.communicate()
            self._child = None


async def watch(service: Service, mender: Mender | None, check_every_s: float) -> None:
    """Look for a new version every second, at the present one every half minute, and check it now and then, without end."""
    probe_at = time.monotonic() + _PROBE_EVERY_S
    check_at = time.monotonic() + check_every_s if check_every_s else float("inf")
    told: Condition | None = None
    parent = multiprocessing.parent_process()
    while True:
        await asyncio.sleep(_LOOK_EVERY_S)
        if parent is not None and not parent.is_alive():
            # A worker without its supervisor would hold the port for ever.
            log.error("the supervisor is gone; this worker stops")
            os.kill(os.getpid(), signal.SIGTERM)
            return
        await asyncio.to_thread(service.refresh)
        now = time.monotonic()
        if now >= probe_at:
            await asyncio.to_thread(service.look)
            probe_at = now + _PROBE_EVERY_S
        told = _tell(service.condition(), told)
        if mender is None:
            continue
        if mender.finished():
            await asyncio.to_thread(service.checked)
        if told.damaged or now >= check_at:
            mender.start()
            check_at = now + check_every_s if check_every_s else float("inf")
        elif not told.troubles:
            mender.rest()


def _tell(condition: Condition, told: Condition | None) -> Condition:
    """Log what changed."""
    before = told.troubles if told is not None else {}
    for part, what in condition.troubles.items():
        if part not in before:
            log.warning("index: trouble with %s: %s", part, what)
    for part in before:
        if part not in condition.troubles:
            log.warning("index: %s is well again", part)
    if told is not None and condition.version != told.version:
        log.warning("index: version %s answers, after %s", condition.version, told.version)
    return condition
