"""Spans recorded by the real SDK, kept in memory for a test to look at."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared.tracing.exporting import record_to
from shared.tracing.spans import record_with

# What may stand in a span; what is named otherwise was not thought about.
ATTRIBUTES = frozenset(
    {
        "http.request.method",
        "http.route",
        "messaging.batch.message_count",
        "messaging.message.conversation_id",
        "messaging.operation.name",
        "messaging.operation.type",
        "messaging.system",
        "prosa.attempt",
        "prosa.channel",
        "prosa.clinic_id",
        "prosa.epoch",
        "prosa.message_id",
        "prosa.message_ids",
        "prosa.message_type",
        "prosa.seq",
    }
)


class Recorded:
    """What was recorded until now."""

    def __init__(self, exporter: InMemorySpanExporter) -> None:
        self._exporter = exporter

    def named(self, name: str) -> list[ReadableSpan]:
        """Spans of a name, in the order of their ends."""
        found = [span for span in self._exporter.get_finished_spans() if span.name == name]
        assert all(set(span.attributes or {}) <= ATTRIBUTES for span in found)
        return found


@contextmanager
def recorded_spans() -> Iterator[Recorded]:
    """Have spans recorded until the end."""
    exporter = InMemorySpanExporter()
    provider = record_to(SimpleSpanProcessor(exporter), "prosa-test")
    try:
        yield Recorded(exporter)
    finally:
        record_with(None)
        provider.shutdown()


def traces_of(span: ReadableSpan) -> set[str]:
    """Whose traces a span is in, or linked to."""
    contexts = [link.context for link in span.links] if span.links else [span.context]
    return {f"{context.trace_id:032x}" for context in contexts if context is not None}


def parent_of(span: ReadableSpan) -> str | None:
    """The id of the span that it is part of."""
    return f"{span.parent.span_id:016x}" if span.parent else None
