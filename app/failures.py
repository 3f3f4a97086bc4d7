"""What goes wrong beside an answer: counted each time, said once a minute, and never in the answer's way."""

import logging
import threading
import time
from collections.abc import Callable

_AGAIN_AFTER_S = 60.0
_log = logging.getLogger(__name__)


class StateFailures:
    """Takes note of failures of the state folder, by what could not be kept there."""

    def __init__(self, count: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._count = count
        self._clock = clock
        self._said: dict[str, float] = {}
        self._lock = threading.Lock()

    def failed(self, store: str, error: Exception) -> None:
        """Count a failure of "questions", "feedback", "purge", "metrics" or "key"."""
        self._count(store)
        now = self._clock()
        with self._lock:
            if now - self._said.get(store, -_AGAIN_AFTER_S) < _AGAIN_AFTER_S:
                return
            self._said[store] = now
        _log.warning("%s could not be kept: %s", store, error)
