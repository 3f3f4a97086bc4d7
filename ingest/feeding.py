"""Gives the dense index its vectors while the catalogue is still being written.

Chroma's insert takes as long as everything else of an ingest, and does so outside Python's lock: on a second core it is free.
"""

from collections.abc import Callable, Iterator
from queue import Empty, Full, Queue
from threading import Event, Thread
from types import TracebackType
from typing import Self

Rows = list[tuple[int, bytes]]
# Batches of rows that may wait; a batch is some 256 passages.
_AHEAD = 32
_LOOK_S = 0.1


class _AbandonedError(Exception):
    """Ends the building of what nobody wants any more; it never leaves this module."""


class DenseFeed:
    """Runs ``build`` in a thread on the (passage number, stored vector) rows that are added.

    Leaving the block before ``finish`` was called ends the thread, so that the directory can be removed.
    """

    def __init__(self, build: Callable[[Iterator[tuple[int, bytes]]], None]) -> None:
        self._build = build
        self._waiting: Queue[Rows | None] = Queue(_AHEAD)
        self._abandoned = Event()
        self._error: BaseException | None = None
        self._thread = Thread(target=self._run, name="dense index", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._abandoned.set()
        self._thread.join()

    def add(self, rows: Rows) -> None:
        """Hand over rows; waits while too many wait. Raises what the building raised."""
        self._put(rows)

    def finish(self) -> None:
        """Wait until all rows are built in. Raises what the building raised."""
        self._put(None)
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _put(self, rows: Rows | None) -> None:
        while True:
            if self._error is not None:
                raise self._error
            try:
                self._waiting.put(rows, timeout=_LOOK_S)
            except Full:
                continue
            return

    def _rows(self) -> Iterator[tuple[int, bytes]]:
        while not self._abandoned.is_set():
            try:
                rows = self._waiting.get(timeout=_LOOK_S)
            except Empty:
                continue
            if rows is None:
                return
            yield from rows
        raise _AbandonedError

    def _run(self) -> None:
        try:
            self._build(self._rows())
        except _AbandonedError:
            pass
        except BaseException as error:
            # Raised where the ingest waits for it.
            self._error = error
