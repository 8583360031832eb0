"""The trace that what runs now belongs to: in OpenTelemetry's context, from which calls and log lines take it."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import structlog
from opentelemetry.context import attach, detach
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.tracing.context import TraceHeaders, trace_id_of

_W3C = TraceContextTextMapPropagator()


@contextmanager
def entered(headers: TraceHeaders) -> Iterator[None]:
    """Be in that trace until the end."""
    token = attach(_W3C.extract(headers))
    try:
        yield
    finally:
        detach(token)


def carried() -> dict[str, str]:
    """The headers with which a call says what it belongs to; none where that is no trace."""
    headers: dict[str, str] = {}
    _W3C.inject(headers)
    return headers


@contextmanager
def following(correlation_id: UUID, headers: TraceHeaders) -> Iterator[None]:
    """Be in a trace, and have every log line say of which event it is."""
    with (
        structlog.contextvars.bound_contextvars(correlation_id=str(correlation_id), trace_id=trace_id_of(headers)),
        entered(headers),
    ):
        yield
