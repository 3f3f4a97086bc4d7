"""Keeps what was last read of something that never changes, within a bound."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class Kept(Generic[_Key, _Value]):
    """The last ``most`` values. Safe to share between threads, which may read the same value twice."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        # A plain dict finds its oldest entry ever more slowly, the more were taken out before it.
        self._values: OrderedDict[_Key, _Value] = OrderedDict()

    def get(self, keys: Sequence[_Key], read: Callable[[list[_Key]], dict[_Key, _Value]]) -> dict[_Key, _Value]:
        """Return the values of the keys that exist; ``read`` gives those that are not kept."""
        kept = self._values
        found = {key: value for key in keys if (value := kept.get(key)) is not None}
        if len(found) < len(keys) and (unknown := [key for key in keys if key not in found]):
            fresh = read(unknown)
            found |= fresh
            self.add(fresh)
        return found

    def add(self, fresh: dict[_Key, _Value]) -> None:
        """Keep these values too."""
        if not fresh:
            return
        with self._lock:
            self._values.update(fresh)
            while len(self._values) > self._most:
                self._values.popitem(last=False)
