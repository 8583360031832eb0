"""Spans, as long as somebody records them: otherwise none is made, and work costs no more than the question.

A piece of work for one event is a span in its trace; one for several events is a trace of its own, with a link to each of
theirs. Attributes are ids, counts and kinds, never what people wrote, where they are reached, or what opens a door.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import TypeVar
from uuid import UUID

from opentelemetry.context import Context
from opentelemetry.trace import Link, SpanKind, StatusCode, Tracer, get_current_span
from opentelemetry.trace.propagation import set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.tracing.context import TraceHeaders, begun, has_parent, trace_id_of

Attributes = Mapping[str, str | int | Sequence[str]]
Given = TypeVar("Given", bound=TraceHeaders | None)

CORRELATION_ID = "messaging.message.conversation_id"
CLINIC_ID = "prosa.clinic_id"
EVENTS = "messaging.batch.message_count"
# Of more, the trace's reader would see no more.
MOST_LINKS = 128
_NOTHING: AbstractContextManager[None] = nullcontext()
_W3C = TraceContextTextMapPropagator()

_tracer: Tracer | None = None
# The id of the trace that a span is to begin; 0: any.
trace_to_begin: ContextVar[int] = ContextVar("trace_to_begin", default=0)


def record_with(tracer: Tracer | None) -> None:
    """Have spans made by a tracer from now on, or by none."""
    global _tracer  # noqa: PLW0603 - as the process's logging, it is one for all
    _tracer = tracer


def recording() -> bool:
    """Whether spans are made."""
    return _tracer is not None


def span(
    name: str,
    kind: SpanKind,
    correlation_id: UUID,
    headers: Given,
    clinic_id: int | None = None,
    attributes: Attributes | None = None,
) -> AbstractContextManager[Given | TraceHeaders]:
    """Work for one event. Gives what is to be handed on: the span's own headers, or those that came."""
    if _tracer is None:
        return nullcontext(headers)
    told = {CORRELATION_ID: str(correlation_id), **(attributes or {})}
    if clinic_id is not None:
        told[CLINIC_ID] = clinic_id
    return _recorded(_tracer, name, kind, begun(correlation_id) if headers is None else headers, told, [])


def batch(
    name: str, kind: SpanKind, events: Iterable[TraceHeaders], attributes: Attributes | None = None
) -> AbstractContextManager[object]:
    """Work for several events at once, which are looked at only where it is recorded."""
    if _tracer is None:
        return _NOTHING
    traces = [dict(headers) for headers in events if headers]
    told = {**({EVENTS: len(traces)} if traces else {}), **(attributes or {})}
    distinct = list({headers["traceparent"]: headers for headers in traces}.values())
    if len(distinct) == 1:
        return _recorded(_tracer, name, kind, distinct[0], told, [])
    return _recorded(_tracer, name, kind, {}, told, [_link(headers) for headers in distinct[:MOST_LINKS]])


@contextmanager
def _recorded(
    tracer: Tracer, name: str, kind: SpanKind, headers: TraceHeaders, attributes: Attributes, links: list[Link]
) -> Iterator[TraceHeaders]:
    known = has_parent(headers)
    token = trace_to_begin.set(0 if known else int(trace_id_of(headers) or "0", 16))
    try:
        context = _W3C.extract(headers) if known else Context()
        made = tracer.start_span(name, context, kind, attributes=dict(attributes), links=links)
    finally:
        trace_to_begin.reset(token)
    try:
        own: dict[str, str] = {}
        _W3C.inject(own, set_span_in_context(made, Context()))
        yield own
    except BaseException as error:
        made.set_status(StatusCode.ERROR, type(error).__name__)  # its words may be a patient's
        raise
    finally:
        made.end()


def _link(headers: TraceHeaders) -> Link:
    return Link(get_current_span(_W3C.extract(headers)).get_span_context())
