"""Where spans go: to a collector by OTLP, from a thread of its own. What it needs is installed by whoever wants it."""

from typing import TYPE_CHECKING

import structlog

from shared.tracing.settings import Settings
from shared.tracing.spans import record_with, trace_to_begin

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor, TracerProvider

log = structlog.get_logger(__name__)


def start_tracing(service: str, settings: Settings | None = None) -> None:
    """Record spans where the environment asks for it. That it cannot be done stops nobody."""
    wanted = settings or Settings()
    if not wanted.wanted:
        return
    if wanted.exporter not in ("", "otlp"):
        log.error("tracing_unavailable", reason="OTEL_TRACES_EXPORTER is neither otlp nor none")
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - optional
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - optional
    except ImportError:
        log.error("tracing_unavailable", reason="requirements/tracing.txt is not installed")
        return
    record_to(BatchSpanProcessor(OTLPSpanExporter()), wanted.service_name or f"prosa-{service}")
    log.info("tracing_started")


def record_to(processor: "SpanProcessor", service_name: str) -> "TracerProvider":
    """Have spans made and given to a processor."""
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - optional
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - optional
    from opentelemetry.sdk.trace.id_generator import RandomIdGenerator  # noqa: PLC0415 - optional

    class Ids(RandomIdGenerator):
        """Traces are begun under their correlation id, so that a sampler judges them by it."""

        def generate_trace_id(self) -> int:
            return trace_to_begin.get() or super().generate_trace_id()

        def is_trace_id_random(self) -> bool:
            return not trace_to_begin.get()

    resource = Resource.create({"service.name": service_name, "service.namespace": "prosa"})
    provider = TracerProvider(id_generator=Ids(), resource=resource)
    provider.add_span_processor(processor)
    record_with(provider.get_tracer("prosa"))
    return provider
