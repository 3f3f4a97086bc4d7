"""OpenTelemetry spans of requests and their stages, by the standard variables OTEL_*.

This module is imported only where OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT or OTEL_TRACES_EXPORTER
asks for it. Stages are timed whether or not anybody traces; spans are made of those times when a request has ended, so that
tracing adds nothing to an answer. Spans hold no question, no address and no key. The provider is this application's own; what
is sent is sent by a thread of its own, and a collector that does not listen costs spans, not answers.
"""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.errors import SettingsError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.trace import Span

    from app.stages import Stages

_EXPORTERS = ("otlp", "console", "none")
_PROTOCOLS = ("http/protobuf", "grpc")


class Tracing:
    """Makes the spans of requests."""

    def __init__(self, *processors: "SpanProcessor") -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider

        from app import __version__

        # OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win over these, OTEL_TRACES_SAMPLER is read by the provider.
        resource = Resource.create({"service.version": __version__})
        if str(resource.attributes["service.name"]).startswith("unknown_service"):
            resource = resource.merge(Resource({"service.name": "briefwijzer"}))
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        for processor in processors:
            self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("briefwijzer", __version__)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Tracing | None":
        """Return what the variables ask for, or None where they ask for nothing. Raises SettingsError."""
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
            return None
        wanted = [name.strip() for name in environment.get("OTEL_TRACES_EXPORTER", "otlp").split(",") if name.strip()]
        for name in wanted:
            if name not in _EXPORTERS:
                raise SettingsError(f"OTEL_TRACES_EXPORTER = {name!r} is not known here. Use: {', '.join(_EXPORTERS)}.")
        exporters = [_exporter(name, environment) for name in wanted if name != "none"]
        return cls(*(BatchSpanProcessor(exporter) for exporter in exporters)) if exporters else None

    def begin(self, method: str, headers: Mapping[str, str]) -> "Span":
        """Begin the span of a request, under the one that its headers name."""
        from opentelemetry.propagate import extract
        from opentelemetry.trace import SpanKind

        return self._tracer.start_span(
            method, context=extract(headers), kind=SpanKind.SERVER, attributes={"http.request.method": method}
        )

    def end(self, span: "Span", name: str, stages: "Stages", attributes: Mapping[str, Any], *, failed: bool) -> None:
        """End a request's span, with one below it for each run of a stage."""
        from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context

        if not span.is_recording():
            span.end()
            return
        # Stages are on a clock that never jumps; spans are on that of the wall.
        shift = time.time_ns() - time.perf_counter_ns()
        above = set_span_in_context(span)
        for run in stages.runs:
            kind = SpanKind.CLIENT if run.name == "llm" else SpanKind.INTERNAL
            below = self._tracer.start_span(run.name, context=above, kind=kind, start_time=run.start_ns + shift)
            if run.busy_ns != run.end_ns - run.start_ns:
                below.set_attribute("briefwijzer.waited_ms", run.busy_ns / 1e6)
            below.end(run.end_ns + shift)
        span.update_name(name)
        span.set_attributes({key: value for key, value in attributes.items() if value is not None})
        if failed:
            span.set_status(Status(StatusCode.ERROR))
        span.end()

    def flush(self) -> None:
        """Send what is waiting."""
        self._provider.force_flush()

    def close(self) -> None:
        """Send what is waiting, and end."""
        self._provider.shutdown()


def trace_id(span: "Span") -> str:
    """Return the id of a span's trace, as its propagation writes it."""
    return f"{span.get_span_context().trace_id:032x}"


def _exporter(name: str, environment: Mapping[str, str]) -> Any:
    if name == "console":
        import sys

        from opentelemetry.sdk.trace.export import ConsoleSpanExporter

        # Standard output is for the logs.
        return ConsoleSpanExporter(out=sys.stderr)
    protocol = environment.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") or environment.get("OTEL_EXPORTER_OTLP_PROTOCOL")
    if (protocol or _PROTOCOLS[0]) not in _PROTOCOLS:
        raise SettingsError(
            f"OTEL_EXPORTER_OTLP_PROTOCOL = {protocol!r} is not known here. Use: {', '.join(_PROTOCOLS)}."
        )
    if protocol == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter

        return GrpcExporter()
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter()
