"""How many requests one key or address may make: a token bucket for each.

Written here, because the libraries that were looked at do not fit a service that must keep its limits when the clock jumps:
limits has no token bucket, and its store in memory reads the time of day and starts a timer thread; throttled-py's bucket
counts whole seconds of the time of day; pyrate-limiter keeps a stamp of every request. Each worker process counts apart.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

# About 10 MB of buckets; an attacker with more addresses than this has the oldest ones forgotten.
_MOST_BUCKETS = 50_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    seen: float


class TokenBuckets:
    """Lets each name make ``burst`` requests at once and ``per_minute`` in the long run.

    ``clock`` gives seconds that never go back.
    """

    def __init__(
        self, per_minute: float, burst: int, clock: Callable[[], float] = time.monotonic, most: int = _MOST_BUCKETS
    ) -> None:
        self._per_s = per_minute / 60
        self._burst = burst
        self._clock = clock
        self._most = most
        # Least recently used first.
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self.refused = 0

    def take(self, name: str) -> int | None:
        """Take a token. Returns None, or the whole seconds until there is one where there is none now."""
        now = self._clock()
        bucket = self._buckets.get(name)
        if bucket is None:
            bucket = self._buckets[name] = _Bucket(float(self._burst), now)
            self._forget(now)
        bucket.tokens = min(self._burst, bucket.tokens + max(0.0, now - bucket.seen) * self._per_s)
        bucket.seen = now
        self._buckets.move_to_end(name)
        if bucket.tokens >= 1:
            bucket.tokens -= 1
            return None
        self.refused += 1
        return max(1, math.ceil((1 - bucket.tokens) / self._per_s))

    def _forget(self, now: float) -> None:
        """Drop buckets that are full again, since a new one is the same; then the oldest, where there are too many."""
        full_after = self._burst / self._per_s
        while self._buckets:
            oldest = next(iter(self._buckets.values()))
            if now - oldest.seen < full_after and len(self._buckets) <= self._most:
                return
            self._buckets.popitem(last=False)

    def __len__(self) -> int:
        return len(self._buckets)
