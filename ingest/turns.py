"""How the threads of an ingest share Python."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_OBJECTS = 50_000
_TURN_S = 0.0005


@contextmanager
def sharing_python() -> Iterator[None]:
    """Let two threads share Python in small turns, and look for circular garbage once in a batch.

    That look takes a sixth of an ingest after every 700 objects, and finds none. Whoever comes back from SQLite, numpy or a
    file waits for a turn, of 5 ms as Python has it, thousands of times.
    """
    collecting, turn = gc.get_threshold(), sys.getswitchinterval()
    gc.set_threshold(_OBJECTS, *collecting[1:])
    sys.setswitchinterval(_TURN_S)
    try:
        yield
    finally:
        gc.set_threshold(*collecting)
        sys.setswitchinterval(turn)
