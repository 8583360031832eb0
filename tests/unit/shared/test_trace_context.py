"""W3C trace context: what callers say of their traces, and the trace that an event has by its correlation id."""

from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from multidict import CIMultiDict
from opentelemetry import trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.tracing.context import MAX_TRACEPARENT_CHARACTERS, accepted, begun, context_of, trace_id_of
from shared.tracing.current import carried, entered

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = f"00-{TRACE}-{SPAN}-01"

digits = st.text("0123456789abcdef", min_size=1, max_size=34)
nearly = st.builds(
    "-".join, st.lists(st.sampled_from(["00", "01", "ff", "0", TRACE, SPAN, "0" * 32, "0" * 16, "-"]) | digits)
)
parents = st.just(PARENT) | nearly | st.text(max_size=300) | st.builds(lambda more: PARENT + more, st.text(max_size=4))
members = st.text(st.characters(max_codepoint=0x17F), max_size=40)
states = st.lists(members | st.sampled_from(["n8n=1", "a@b=c", "x=" + "y" * 256]), max_size=20).map(",".join)


def as_a_library_reads(headers: dict[str, str]) -> trace.SpanContext:
    """By somebody else's code."""
    return trace.get_current_span(TraceContextTextMapPropagator().extract(headers)).get_span_context()


@given(parents)
@example(f"01-{TRACE}-{SPAN}-01-of-tomorrow")
@example(f"00-{TRACE}-{SPAN}-01-of-tomorrow")
@example(PARENT + "\n")
def test_a_callers_trace_is_what_any_library_reads(parent: str) -> None:
    """The same ids where it is readable, none where it is not, and never an error."""
    if parent != parent.strip(" \t\n"):
        return  # no header has such an end; the libraries differ about it
    found = accepted(CIMultiDict(traceparent=parent))
    read = as_a_library_reads({"traceparent": parent})
    assert (found is not None) == (read.is_valid and len(parent) <= MAX_TRACEPARENT_CHARACTERS)
    if found is not None:
        assert as_a_library_reads(found) == read
        assert len(found["traceparent"]) == len(PARENT)


@given(states)
def test_a_callers_state_is_bounded_and_never_costs_the_trace(state: str) -> None:
    """Beyond 512 characters, or not to be printed, it is left out as a whole."""
    found = accepted(CIMultiDict(traceparent=PARENT, tracestate=state))
    assert found is not None
    assert found["traceparent"] == PARENT
    assert found.get("tracestate") in (None, state)
    assert len(found.get("tracestate", "")) <= 512
    with entered(found):
        assert trace_id_of(carried()) == TRACE


def test_of_two_traces_a_caller_is_in_none() -> None:
    """Nobody knows which; a state in two headers is one."""
    assert accepted(CIMultiDict([("traceparent", PARENT), ("Traceparent", PARENT)])) is None
    assert accepted(CIMultiDict([("traceparent", PARENT), ("tracestate", "a=1"), ("tracestate", "b=2")])) == {
        "traceparent": PARENT,
        "tracestate": "a=1,b=2",
    }
    assert accepted(CIMultiDict(tracestate="a=1")) is None


@given(st.uuids())
@example(UUID(int=1 << 64))
@example(UUID(int=1))
def test_a_trace_is_found_by_its_correlation_id_and_it_by_the_trace(correlation_id: UUID) -> None:
    """Whatever id: any library reads the trace, and its id is the correlation id's digits."""
    read = as_a_library_reads(begun(correlation_id))
    assert read.is_valid
    assert UUID(int=read.trace_id) == correlation_id
    assert trace_id_of(begun(correlation_id)) == correlation_id.hex
    assert begun(correlation_id) == begun(correlation_id)


def test_the_id_of_all_zeros_is_no_trace() -> None:
    """No trace may have it."""
    assert begun(UUID(int=0)) == {}
    with entered(begun(UUID(int=0))):
        assert carried() == {}


@pytest.mark.parametrize(
    "kept", [None, {}, {"traceparent": None}, {"traceparent": "00-x"}, [], "00", {"tracestate": "a=1"}]
)
def test_what_was_not_kept_is_derived(kept: object) -> None:
    """So is what nobody could read."""
    assert context_of(kept, UUID(TRACE)) == begun(UUID(TRACE))
    assert context_of({"traceparent": PARENT}, UUID(int=1)) == {"traceparent": PARENT}


def test_a_trace_is_carried_as_long_as_it_is_entered() -> None:
    """With its state; afterwards the one that was before, and in the end none."""
    outer, inner = {"traceparent": PARENT, "tracestate": "n8n=1"}, begun(UUID(int=7))
    with entered(outer):
        with entered(inner):
            assert carried() == inner
        assert carried() == outer
    assert carried() == {}
