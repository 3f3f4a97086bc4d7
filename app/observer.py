"""What one application counts, logs, traces and keeps of its use.

Nothing here can fail an answer: what cannot be kept is counted and said by ``StateFailures``.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.answer_ids import AnswerIds, stored_key
from app.answers import Answer
from app.errors import BriefwijzerError, StateError
from app.failures import StateFailures
from app.logs import REQUESTS
from app.metrics import Metrics, condition_families, index_families
from app.question_log import QuestionLog
from app.records import Feedback, Records, Verdict
from app.stages import Stages
from app.tallies import SharedTallies

if TYPE_CHECKING:
    from prometheus_client import Metric

    from app.service import Service
    from app.tracing import Tracing

PURGE_EVERY_S = 3_600.0
_PUBLISH_EVERY_S = 1.0
# What probes ask every few seconds is logged at debug alone.
_PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
# As nginx has it: the client left before there was a response.
_LEFT = 499


class Exchange:
    """One request, as far as it has come. Others add what should stand in its log line to ``fields``."""

    __slots__ = ("answer", "fields", "method", "request_id", "span", "stages", "started", "status")

    def __init__(self, request_id: str, method: str) -> None:
        self.request_id = request_id
        self.method = method
        self.started = time.perf_counter()
        self.status: int | None = None
        self.stages = Stages()
        self.answer: Answer | None = None
        self.span: Any = None
        self.fields: dict[str, str | int | float | bool] = {}


class Observer:
    """What one application counts, logs, traces and keeps. Nothing is opened before ``start``.

    ``answer_key`` signs the ids of answers; without one the state folder has it. ``index`` gives the service, whose version
    the metrics tell of.
    """

    def __init__(
        self,
        state_dir: Path,
        *,
        feedback: bool = True,
        answer_key: bytes | None = None,
        log_questions: bool = False,
        question_days: float = 90,
        feedback_days: float = 365,
        shared_metrics: bool = True,
        tracing: "Tracing | None" = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.metrics = Metrics()
        self.failures = StateFailures(self.metrics.state_failed)
        self.records = Records(state_dir, clock)
        self.tracing = tracing
        self.service: Service | None = None
        # Told by whoever mends the index.
        self.repairing: Callable[[], bool] = lambda: False
        self.answer_ids: AnswerIds | None = None
        self._state_dir = state_dir
        self._feedback = feedback
        self._answer_key = answer_key
        self._question_log = QuestionLog(self.records, self.failures, clock) if log_questions else None
        self._question_days = question_days
        self._feedback_days = feedback_days
        self._shared_metrics = shared_metrics
        self._clock = clock
        self._last_purge = 0.0
        self._keeping: asyncio.Task[None] | None = None

    async def start(self, service: "Service") -> None:
        """Open the state folder as far as it is needed, and begin to keep house."""
        self.service = service
        await asyncio.to_thread(self._open)
        self._keeping = asyncio.create_task(self._keep_house())

    def _open(self) -> None:
        if self._feedback:
            self.answer_ids = AnswerIds(self._key(), self._clock)
        if self._shared_metrics:
            try:
                self.metrics.share(SharedTallies(self._state_dir / "metrics", self.metrics.numbers))
            except OSError as error:
                self.failures.failed("metrics", error)

    def _key(self) -> bytes:
        try:
            return self._answer_key or stored_key(self._state_dir)
        except StateError as error:
            # Feedback then works until the next start, in this worker alone; answers do in any case.
            self.failures.failed("key", error)
            return secrets.token_bytes(32)

    async def _keep_house(self) -> None:
        while True:
            await asyncio.to_thread(self.keep_house)
            await asyncio.sleep(_PUBLISH_EVERY_S)

    def keep_house(self) -> None:
        """Publish the counts, and once an hour delete what was kept long enough."""
        try:
            self.metrics.publish()
        except OSError as error:
            self.failures.failed("metrics", error)
        now = time.monotonic()
        if self._last_purge and now - self._last_purge < PURGE_EVERY_S:
            return
        self._last_purge = now
        self.purge()

    def purge(self) -> None:
        """Delete what was kept long enough."""
        try:
            self.records.purge(self._question_days, self._feedback_days)
        except StateError as error:
            self.failures.failed("purge", error)

    async def close(self) -> None:
        """Write what is waiting, and let go of everything."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        if self._question_log is not None:
            self._question_log.close()
        self.records.close()
        if self.tracing is not None:
            self.tracing.close()
        try:
            self.metrics.leave()
        except OSError as error:
            self.failures.failed("metrics", error)

    def answered(self, exchange: Exchange, question: str, answer: Answer, *, may_keep: bool) -> Answer:
        """Take note of an answer; return it with the id that feedback is given by."""
        exchange.answer = answer
        self.metrics.answered(answer)
        if self._question_log is not None and may_keep:
            self._question_log.keep(question, answer, answer.id)
        return answer if self.answer_ids is None else replace(answer, id=self.answer_ids.sign(answer))

    def rate(self, answer_id: str, verdict: Verdict, remark: str | None) -> None:
        """Keep feedback on an answer. Raises NotFoundError for an id that we did not give, StateError where it cannot be kept."""
        assert self.answer_ids is not None, "feedback is served only where ids are signed"
        rated = self.answer_ids.read(answer_id)
        given = Feedback(
            rated.answer, self._clock(), verdict, remark, rated.answered_at, rated.status, rated.mode, rated.language,
            rated.index_version, rated.citations,
        )  # fmt: skip
        try:
            self.records.keep_feedback(given)
        except StateError as error:
            self.failures.failed("feedback", error)
            raise
        self.metrics.rated(verdict)

    def index_families(self) -> list["Metric"]:
        """Return the metrics of the index version that answers now; none before there is one."""
        if self.service is None:
            return []
        try:
            with self.service.reading() as reading:
                manifest = reading.index.manifest
                made = datetime.fromisoformat(manifest["created_at"])
                age = (datetime.fromtimestamp(self._clock(), UTC) - made).total_seconds()
                states = [source.state for source in reading.index.catalogue.sources()]
                return index_families(reading.index.name, manifest["model"]["name"], age, states)
        except BriefwijzerError:
            return []

    def condition_families(self) -> list["Metric"]:
        """Return the metrics of how the index is: whether a version answers, whether what is published is damaged or held, …"""
        if self.service is None:
            return []
        condition = self.service.condition()
        states = {
            "serving": condition.version is not None,
            "troubled": bool(condition.troubles),
            "damaged": condition.damaged,
            "held": condition.held_since is not None,
            "repairing": self.repairing(),
        }
        return condition_families(states)

    def ended(self, exchange: Exchange, route: str, error: Exception | None) -> None:
        """Count, log and trace a request that has ended."""
        took = time.perf_counter() - exchange.started
        status = exchange.status or _LEFT
        self.metrics.ended(route, exchange.method, status, took, exchange.stages)
        said = _said(exchange, route, status)
        if exchange.span is not None and self.tracing is not None:
            self._trace(exchange, route, said, failed=status >= 500 or error is not None)
        level = logging.ERROR if error is not None else logging.INFO
        if route in _PROBES and status < 400:
            level = logging.DEBUG
        if REQUESTS.isEnabledFor(level):
            line = {**said, "took_ms": round(took * 1000, 2), **exchange.fields}
            REQUESTS.log(level, "request", exc_info=error, extra={"fields": line})

    def _trace(self, exchange: Exchange, route: str, said: dict[str, Any], *, failed: bool) -> None:
        assert self.tracing is not None
        from app.tracing import trace_id

        said["trace_id"] = trace_id(exchange.span)
        attributes = {
            "http.route": route,
            "http.response.status_code": said["status"],
            "briefwijzer.request_id": exchange.request_id,
            **{
                f"briefwijzer.{name}": said.get(name)
                for name in ("answer", "answer_status", "mode", "degraded", "index_version")
            },
        }
        self.tracing.end(exchange.span, f"{exchange.method} {route}", exchange.stages, attributes, failed=failed)


def _said(exchange: Exchange, route: str, status: int) -> dict[str, Any]:
    said: dict[str, Any] = {
        "request_id": exchange.request_id, "method": exchange.method, "route": route, "status": status,
    }  # fmt: skip
    if (answer := exchange.answer) is not None:
        said |= {
            "answer": answer.id, "answer_status": answer.status, "mode": answer.mode, "degraded": answer.degraded,
            "language": answer.language, "index_version": answer.index_version,
        }  # fmt: skip
    return said
