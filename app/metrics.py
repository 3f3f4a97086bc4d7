"""What the service counts of itself, and GET /metrics, which shows it to Prometheus.

Whoever limits or queues requests feeds it through ``refused``, ``running`` and ``waited``, or has its own figures followed by
``follow``. Counts live in the application's own
``Metrics``, never in a registry of the process, so that two applications of one process know nothing of each other; sums
over the workers of one state folder are made in ``app.tallies``. ``prometheus_client`` writes the text, and is imported when
somebody asks for it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from fastapi import APIRouter, Request, Response

from app.answers import Answer
from app.problems import sent_as
from app.stages import Stages
from app.tallies import SharedTallies, Tallies

if TYPE_CHECKING:
    from prometheus_client import Metric

router = APIRouter()

Kind = Literal["counter", "gauge", "histogram"]
# Seconds. Stages take tenths of milliseconds, answers milliseconds, a chat model seconds.
STAGE_BUCKETS = (.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1.0, 2.5, 5.0, 10.0, 30.0)  # fmt: skip
REQUEST_BUCKETS = (.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)  # fmt: skip
# Refusals that show by their status alone.
_REFUSED_AS = {429: "rate", 413: "size", 408: "slow"}
_METHODS = frozenset({"GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class Family:
    """One metric: its kind, what it says, its labels, and for a histogram its buckets."""

    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


FAMILIES: dict[str, Family] = {
    "briefwijzer_requests": Family("counter", "Requests by route and status code.", ("route", "method", "status")),
    "briefwijzer_request_seconds": Family(
        "histogram", "Time from a request to the end of its response.", ("route",), REQUEST_BUCKETS
    ),
    "briefwijzer_requests_in_flight": Family("gauge", "Requests under way."),
    "briefwijzer_answers": Family("counter", "Answers given.", ("status", "mode", "language")),
    "briefwijzer_answer_seconds": Family("histogram", "Time that an answer took.", ("mode",), REQUEST_BUCKETS),
    "briefwijzer_answers_degraded": Family("counter", "Answers that the chat model should have worded and did not."),
    "briefwijzer_stage_seconds": Family(
        "histogram", "Time that the stages of a request took.", ("stage",), STAGE_BUCKETS
    ),
    "briefwijzer_statements_dropped": Family(
        "counter", "Statements of the chat model that were dropped, and its failures.", ("reason",)
    ),
    "briefwijzer_refusals": Family("counter", "Requests refused by a limit.", ("limit",)),
    "briefwijzer_running": Family("gauge", "Work of a bounded kind under way.", ("kind",)),
    "briefwijzer_queue_length": Family("gauge", "Requests that wait their turn.", ("queue",)),
    "briefwijzer_queue_seconds": Family(
        "histogram", "Time waited in a queue, by requests that found no place at once.", ("queue",), REQUEST_BUCKETS
    ),
    "briefwijzer_feedback": Family("counter", "Feedback given.", ("verdict",)),
    "briefwijzer_state_failures": Family(
        "counter", "What could not be written or read in the state folder; no answer failed by it.", ("store",)
    ),
}


class Figures(Protocol):
    """What a gate before bounded work tells of itself: how much runs and waits now, and what it ever refused, by reason."""

    @property
    def running(self) -> int:
        """Pieces of work under way."""

    @property
    def waiting(self) -> int:
        """Pieces that wait for their turn."""

    @property
    def refused(self) -> Mapping[Any, int]:
        """Pieces turned away since it was made, by reason."""


class Metrics:
    """The numbers of one application. Counting is safe from every thread and takes about a microsecond."""

    def __init__(self) -> None:
        self._tallies = Tallies()
        # The generative answerer counts into this one itself.
        self.dropped: Counter[Any] = Counter()
        self._gates: dict[str, Callable[[], Figures]] = {}
        self._shared: SharedTallies | None = None
        self._published: dict[str, Any] | None = None

    # What other parts call.

    def refused(self, limit: str) -> None:
        """Count a request that a limit refused, such as "queue_full". Those with status 429, 413 and 408 are counted by ``ended``."""
        self._tallies.add("briefwijzer_refusals", (limit,))

    def follow(self, name: str, figures: Callable[[], Figures]) -> None:
        """Show the figures of a gate ("questions", "writing") as they are whenever somebody asks; ``figures`` is called then."""
        self._gates[name] = figures

    @contextmanager
    def running(self, kind: str) -> Iterator[None]:
        """Count work of a bounded kind ("question", "llm") as under way inside the block."""
        self._tallies.move("briefwijzer_running", (kind,))
        try:
            yield
        finally:
            self._tallies.move("briefwijzer_running", (kind,), -1)

    def waited(self, queue: str, seconds: float) -> None:
        """Count how long a request waited in a queue."""
        self._tallies.observe("briefwijzer_queue_seconds", REQUEST_BUCKETS, seconds, (queue,))

    def answered(self, answer: Answer) -> None:
        """Count an answer."""
        self._tallies.add("briefwijzer_answers", (answer.status, answer.mode, answer.language))
        self._tallies.observe("briefwijzer_answer_seconds", REQUEST_BUCKETS, answer.took_ms / 1000, (answer.mode,))
        if answer.degraded:
            self._tallies.add("briefwijzer_answers_degraded")

    def rated(self, verdict: str) -> None:
        """Count feedback."""
        self._tallies.add("briefwijzer_feedback", (verdict,))

    def state_failed(self, store: str) -> None:
        """Count a failure of the state folder."""
        self._tallies.add("briefwijzer_state_failures", (store,))

    def begun(self) -> None:
        """Count a request as under way."""
        self._tallies.move("briefwijzer_requests_in_flight")

    def ended(self, route: str, method: str, status: int, seconds: float, stages: Stages) -> None:
        """Count a request that has ended, and what its stages took."""
        tallies = self._tallies
        tallies.move("briefwijzer_requests_in_flight", (), -1)
        tallies.add("briefwijzer_requests", (route, method if method in _METHODS else "other", str(status)))
        tallies.observe("briefwijzer_request_seconds", REQUEST_BUCKETS, seconds, (route,))
        if status in _REFUSED_AS:
            tallies.add("briefwijzer_refusals", (_REFUSED_AS[status],))
        for name, took in stages.seconds().items():
            tallies.observe("briefwijzer_stage_seconds", STAGE_BUCKETS, took, (name,))

    # Sums over workers.

    def share(self, shared: SharedTallies) -> None:
        """Count among the workers of a state folder from now on. Raises OSError where that cannot be."""
        shared.join()
        self._shared = shared

    def numbers(self) -> dict[str, Any]:
        """Return this worker's numbers."""
        found = self._tallies.numbers()
        dropped = [["briefwijzer_statements_dropped", [str(reason)], count] for reason, count in self.dropped.items()]
        found["counters"].extend(dropped)
        for name, figures in self._gates.items():
            now = figures()
            found["gauges"].append(["briefwijzer_running", [name], now.running])
            found["gauges"].append(["briefwijzer_queue_length", [name], now.waiting])
            refused = [["briefwijzer_refusals", [f"{name}_{why}"], count] for why, count in now.refused.items()]
            found["counters"].extend(refused)
        return found

    def publish(self) -> None:
        """Let the other workers see what has changed since the last time. Raises OSError."""
        if self._shared is None:
            return
        numbers = self.numbers()
        if numbers != self._published:
            self._shared.publish()
            self._published = numbers

    def leave(self) -> None:
        """Publish a last time and leave the others. Raises OSError."""
        if self._shared is not None:
            shared, self._shared = self._shared, None
            shared.leave()

    def families(self) -> tuple[list["Metric"], OSError | None]:
        """Return all metrics, summed over the workers, and what kept the others' from being read."""
        failure = None
        found, workers = Tallies(), 1
        try:
            if self._shared is not None:
                found, workers = self._shared.together()
            else:
                found.take(self.numbers())
        except OSError as error:
            failure = error
            found = Tallies()
            found.take(self.numbers())
        return [*_families(found), gauge("briefwijzer_workers", "Worker processes.", {(): workers})], failure


def _families(tallies: Tallies) -> Iterator["Metric"]:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

    for name, family in FAMILIES.items():
        if family.kind == "histogram":
            histogram = HistogramMetricFamily(name, family.help, labels=family.labels)
            for labels, counts in _of(name, tallies.histograms):
                histogram.add_metric(labels, list(_cumulated(family.buckets, counts)), counts[-1])
            yield histogram
            continue
        kind = CounterMetricFamily if family.kind == "counter" else GaugeMetricFamily
        plain = kind(name, family.help, labels=family.labels)
        values = list(_of(name, tallies.counters if family.kind == "counter" else tallies.gauges))
        # What never happened is said to be zero where there is but one of it: a rate starts from there.
        for labels, value in values or ([((), 0.0)] if not family.labels else []):
            plain.add_metric(labels, value)
        yield plain


def _of(name: str, table: Mapping[tuple[str, tuple[str, ...]], Any]) -> Iterable[tuple[tuple[str, ...], Any]]:
    return sorted((labels, value) for (named, labels), value in table.items() if named == name)


def _cumulated(bounds: tuple[float, ...], counts: list[float]) -> Iterator[tuple[str, float]]:
    total = 0.0
    for bound, count in zip((*bounds, float("inf")), counts, strict=False):
        total += count
        yield ("+Inf" if bound == float("inf") else repr(bound)), total


def gauge(name: str, text: str, values: Mapping[tuple[str, ...], float], labels: tuple[str, ...] = ()) -> "Metric":
    """Return a gauge that is known at the moment of asking."""
    from prometheus_client.core import GaugeMetricFamily

    made = GaugeMetricFamily(name, text, labels=labels)
    for given, value in values.items():
        made.add_metric(given, value)
    return made


def index_families(version: str, model: str, age_s: float, states: Iterable[str]) -> list["Metric"]:
    """Return what there is to say of the index version that answers; ``states`` are those of its sources."""
    return [
        gauge("briefwijzer_index_info", "The index version that answers.", {(version, model): 1}, ("version", "model")),
        gauge("briefwijzer_index_age_seconds", "Time since that version was made.", {(): age_s}),
        gauge("briefwijzer_sources", "Sources by state.", {(s,): n for s, n in Counter(states).items()}, ("state",)),
    ]


def condition_families(states: Mapping[str, bool]) -> list["Metric"]:
    """Return how the index of this worker is: 1 for each state that it is in, 0 for the others, so that an alert has a series."""
    values: dict[tuple[str, ...], float] = {(state,): float(holds) for state, holds in states.items()}
    return [gauge("briefwijzer_index_condition", "How the index is, of the worker that was asked.", values, ("state",))]


class _Collected:
    """What prometheus_client takes for a registry."""

    def __init__(self, families: Iterable["Metric"]) -> None:
        self._families = families

    def collect(self) -> Iterable["Metric"]:
        return self._families


def exposition(families: Iterable["Metric"], accept: str) -> tuple[bytes, str]:
    """Return the text of the metrics in the format that the asker takes, and its media type."""
    from prometheus_client.exposition import choose_encoder

    encode, media_type = choose_encoder(accept)
    return encode(_Collected(families)), media_type


@router.get("/metrics", response_class=Response, responses=sent_as("text/plain", "application/openmetrics-text"))
def metrics(request: Request) -> Response:
    """Show the numbers of all workers to Prometheus."""
    observer = request.app.state.observer
    families, failure = observer.metrics.families()
    if failure is not None:
        observer.failures.failed("metrics", failure)
    text, media_type = exposition(
        [*families, *observer.index_families(), *observer.condition_families()], request.headers.get("accept", "")
    )
    return Response(text, media_type=media_type, headers={"Cache-Control": "no-store"})
