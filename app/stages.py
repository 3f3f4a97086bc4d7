"""What the stages of a question take: reading, embedding, searching, judging, rendering.

Retrieval and answering name their stages here; who wants the times sets a recorder around the work. A thread of the server's
pool inherits it, because it runs in a copy of the request's context. Without a recorder a stage costs one look at a context
variable.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from time import perf_counter_ns
from typing import NamedTuple, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
# More than any question goes through; a bound for whoever loops.
_MOST = 1_000


class Timed(NamedTuple):
    """One run of a stage, on the clock of ``time.perf_counter_ns``; ``busy_ns`` is less than the span where it was waited for in turns."""

    name: str
    start_ns: int
    end_ns: int
    busy_ns: int


class Stages:
    """The stages that one request went through, in the order in which they ended."""

    __slots__ = ("runs",)

    def __init__(self) -> None:
        self.runs: list[Timed] = []

    def add(self, name: str, start_ns: int, end_ns: int, busy_ns: int | None = None) -> None:
        """Note a run of a stage."""
        if len(self.runs) < _MOST:
            self.runs.append(Timed(name, start_ns, end_ns, end_ns - start_ns if busy_ns is None else busy_ns))

    def seconds(self) -> dict[str, float]:
        """Return what each stage took in all, in seconds."""
        found: dict[str, int] = {}
        for run in self.runs:
            found[run.name] = found.get(run.name, 0) + run.busy_ns
        return {name: busy / 1e9 for name, busy in found.items()}


_recorder: ContextVar[Stages | None] = ContextVar("stages", default=None)


@contextmanager
def recording(stages: Stages) -> Iterator[None]:
    """Record into ``stages`` what runs inside the block, threads that inherit its context included."""
    token = _recorder.set(stages)
    try:
        yield
    finally:
        _recorder.reset(token)


class stage:  # noqa: N801 - reads as a statement: with stage("lexical")
    """Times a block as one run of a stage."""

    __slots__ = ("_name", "_recorder", "_start")

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        self._recorder = _recorder.get()
        if self._recorder is not None:
            self._start = perf_counter_ns()

    def __exit__(self, *_: object) -> None:
        if self._recorder is not None:
            self._recorder.add(self._name, self._start, perf_counter_ns())


def staged(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Time each call of a function as one run of a stage."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def timed(*args: P.args, **kwargs: P.kwargs) -> R:
            with stage(name):
                return function(*args, **kwargs)

        return timed

    return decorate


def waited_for(name: str, parts: Iterable[R]) -> Iterator[R]:
    """Yield ``parts``, and record as one run how long they were waited for: of an LLM's stream, not what is done between."""
    recorder = _recorder.get()
    if recorder is None:
        yield from parts
        return
    start = perf_counter_ns()
    busy = 0
    waiting = iter(parts)
    try:
        while True:
            asked = perf_counter_ns()
            try:
                part = next(waiting)
            except StopIteration:
                return
            finally:
                busy += perf_counter_ns() - asked
            yield part
    finally:
        recorder.add(name, start, perf_counter_ns(), busy)
        # A stream that is given up half-way has to hear of it now, not when it is collected.
        close = getattr(waiting, "close", None)
        if close is not None:
            close()
