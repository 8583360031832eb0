"""Spans: in whose traces they are, what they hand on, and that there are none where nobody records them."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from opentelemetry.trace import SpanKind, StatusCode

from shared.tracing.context import begun, trace_id_of
from shared.tracing.exporting import start_tracing
from shared.tracing.settings import Settings
from shared.tracing.spans import batch, recording, span
from tests.spans import Recorded, parent_of, recorded_spans, traces_of

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
CALLERS = {"traceparent": f"00-{TRACE}-{SPAN}-01", "tracestate": "n8n=1"}


@pytest.fixture
def recorded() -> Iterator[Recorded]:
    with recorded_spans() as spans:
        yield spans


def test_where_nobody_records_nothing_is_made() -> None:
    """What came is handed on as it came, and nobody looks at the events of a batch."""

    def unread() -> Iterator[dict[str, str]]:
        yield pytest.fail("somebody looked")

    assert not recording()
    with span("work", SpanKind.SERVER, uuid4(), CALLERS) as handed_on:
        assert handed_on is CALLERS
    with span("work", SpanKind.SERVER, uuid4(), None) as handed_on_nothing:
        assert handed_on_nothing is None
    with batch("work", SpanKind.CONSUMER, unread()):
        pass


def test_work_for_an_event_is_part_of_its_callers_trace(recorded: Recorded) -> None:
    """And who is called next is told that this is their caller."""
    with span("work", SpanKind.SERVER, UUID(int=7), CALLERS, 3, {"prosa.attempt": 1}) as handed_on:
        pass
    [made] = recorded.named("work")
    assert (traces_of(made), parent_of(made)) == ({TRACE}, SPAN)
    assert made.context is not None
    assert handed_on == {"traceparent": f"00-{TRACE}-{made.context.span_id:016x}-01", "tracestate": "n8n=1"}
    assert dict(made.attributes or {}) == {
        "messaging.message.conversation_id": str(UUID(int=7)),
        "prosa.clinic_id": 3,
        "prosa.attempt": 1,
    }


@pytest.mark.parametrize("derived", [True, False])
def test_work_for_an_event_without_a_trace_begins_the_one_of_its_correlation_id(
    recorded: Recorded, derived: bool
) -> None:
    """Nobody's part; what follows is part of it, and other traces get ids of their own."""
    correlation_id = uuid4()
    with span("first", SpanKind.SERVER, correlation_id, begun(correlation_id) if derived else None) as handed_on:
        assert handed_on is not None
        with span("second", SpanKind.CONSUMER, correlation_id, handed_on):
            pass
        with batch("other", SpanKind.CONSUMER, ()):
            pass
    [first], [second], [other] = map(recorded.named, ("first", "second", "other"))
    assert (traces_of(first), parent_of(first)) == ({correlation_id.hex}, None)
    assert first.context is not None
    assert (traces_of(second), parent_of(second)) == ({correlation_id.hex}, f"{first.context.span_id:016x}")
    assert traces_of(other) != {correlation_id.hex}


def test_work_for_several_events_is_linked_to_each_of_their_traces(recorded: Recorded) -> None:
    """Once, however many events one has; work for those of one trace is part of it."""
    events = [CALLERS, CALLERS, begun(UUID(int=7)), {}]
    with batch("several", SpanKind.CONSUMER, iter(events)):
        pass
    with batch("one", SpanKind.CONSUMER, iter(events[:2])):
        pass
    [several], [one] = recorded.named("several"), recorded.named("one")
    assert (len(several.links), traces_of(several)) == (2, {TRACE, UUID(int=7).hex})
    assert (one.links, traces_of(one), parent_of(one)) == ((), {TRACE}, SPAN)
    assert [(made.attributes or {})["messaging.batch.message_count"] for made in (several, one)] == [3, 2]


def test_a_failure_is_told_by_its_kind_alone(recorded: Recorded) -> None:
    """Its words may be somebody's."""
    with pytest.raises(ValueError, match="dói"), span("work", SpanKind.CLIENT, uuid4(), CALLERS):
        raise ValueError("dói aqui")
    [made] = recorded.named("work")
    assert (made.status.status_code, made.status.description, made.events) == (StatusCode.ERROR, "ValueError", ())


def test_a_sampler_decides_by_the_correlation_id_and_is_obeyed_further_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """As its variable says; what is not recorded is still carried."""
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0.5")
    kept, left = UUID(int=1 << 64 | 1), UUID(int=(1 << 64) | (1 << 64) - 1)
    with recorded_spans() as recorded:
        for correlation_id, flags in ((kept, "01"), (left, "00")):
            with span("first", SpanKind.SERVER, correlation_id, None) as handed_on:
                assert handed_on is not None
                with span("second", SpanKind.CONSUMER, correlation_id, handed_on):
                    pass
            assert (trace_id_of(handed_on), handed_on["traceparent"][-2:]) == (correlation_id.hex, flags)
        assert [traces_of(made) for made in (*recorded.named("first"), *recorded.named("second"))] == [{kept.hex}] * 2


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318/v1/traces"}, True),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, False),
        ({"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, False),
    ],
)
def test_opentelemetrys_own_variables_say_whether_it_is_recorded(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], wanted: bool
) -> None:
    """None of them set: nothing."""
    for name in ("OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert Settings().wanted is wanted


def test_an_exporter_that_there_is_not_stops_nobody() -> None:
    """The service starts, and says why nothing is recorded."""
    start_tracing("test", Settings.model_validate({"OTEL_TRACES_EXPORTER": "console"}))
    assert not recording()
