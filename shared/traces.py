"""OpenTelemetry traces across HTTP, outbox and bus; nothing is collected unless an endpoint is set."""

import os
from collections.abc import Generator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.propagate import extract, inject

TRACER = trace.get_tracer("dutyclock")


def configure_traces(service: str) -> None:
    """Export spans by OTLP when OTEL_EXPORTER_OTLP_ENDPOINT is set; otherwise spans cost next to nothing."""
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": f"dutyclock-{service}"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


def current_traceparent() -> str | None:
    """Return the W3C traceparent of the span under way, or None."""
    if not trace.get_current_span().get_span_context().is_valid:
        return None
    carrier: dict[str, str] = {}
    inject(carrier)
    return carrier.get("traceparent")


@contextmanager
def continue_trace(
    traceparent: str | None, name: str, kind: trace.SpanKind = trace.SpanKind.CONSUMER
) -> Generator[None, None, None]:
    """Run the block as a span named `name`, a child of `traceparent` when one came along."""
    parent = extract({"traceparent": traceparent}) if traceparent else None
    with TRACER.start_as_current_span(name, context=parent, kind=kind):
        yield
