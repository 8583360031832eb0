"""When a source rests, who tries it again, and how fast it sends."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.queue_worker.sending.lines import (
    BREAKER_FAILURES,
    BURST_SECONDS,
    LONGEST_REST_SECONDS,
    NEW_LINE,
    Line,
    admit,
    after_failure,
    after_success,
    rest_seconds,
)
from tests.factories import moment

RATES = st.floats(min_value=0.05, max_value=500)


def failed(line: Line, at: float, *, of_line: bool = True, began: float | None = None) -> Line:
    started = moment(at if began is None else began)
    return after_failure(line, started, moment(at), "line_down", of_line=of_line, jitter=1.0)


@given(RATES, st.lists(st.floats(min_value=0, max_value=2), min_size=1, max_size=200))
def test_no_second_sees_more_than_a_burst_and_the_rate(rate: float, gaps: list[float]) -> None:
    """However the calls come, within any span no more leave than its seconds and a burst allow."""
    line, now, admitted = NEW_LINE, 0.0, []
    for gap in gaps:
        now += gap
        admission = admit(line, moment(now), None, rate, 1.0)
        line = admission.line
        if not admission.wait:
            admitted.append(now)

    for first in range(len(admitted)):
        for last in range(first, len(admitted)):
            span = admitted[last] - admitted[first]
            allowed = (span + BURST_SECONDS) * rate + 1 + 1e-3 * rate
            assert last - first + 1 <= max(allowed, 1 + span * rate + 1e-3 * rate)


@given(RATES, st.integers(min_value=1, max_value=60))
def test_whoever_waits_as_told_is_let_through(rate: float, calls: int) -> None:
    """The wait is never too short, and the rate is reached."""
    line, now = NEW_LINE, moment()
    for _ in range(calls):
        admission = admit(line, now, None, rate, 1.0)
        if admission.wait:
            now += timedelta(seconds=admission.wait) + timedelta(microseconds=1)
            admission = admit(line, now, None, rate, 1.0)
        assert admission.wait == 0
        line = admission.line

    assert (now - moment()).total_seconds() <= calls / rate + 1e-3


def test_a_line_that_failed_rests_and_longer_each_time() -> None:
    """Up to a minute."""
    rests, line, at = [], NEW_LINE, 0.0
    for _ in range(9):
        line = failed(line, at)
        assert line.paused_until is not None
        rests.append((line.paused_until - moment(at)).total_seconds())
        at += rests[-1]
        admission = admit(line, moment(at), None, 20, 5.0)
        assert admission.wait == 0
        line = admission.line

    assert rests == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert rests[-1] == LONGEST_REST_SECONDS == rest_seconds(1000)


def test_one_message_tries_a_line_whose_rest_is_over() -> None:
    """The others wait for what becomes of it; a probe that never comes back is replaced after its time."""
    line = failed(NEW_LINE, 0)

    probe = admit(line, moment(2), None, 20, 25.0)

    assert probe.wait == 0
    assert 0 < admit(probe.line, moment(2.1), None, 20, 25.0).wait <= 25
    assert admit(probe.line, moment(28), None, 20, 25.0).wait == 0


def test_a_success_ends_the_rest() -> None:
    """And what failed before is forgotten."""
    line = admit(failed(failed(NEW_LINE, 0), 2), moment(10), None, 20, 5.0).line

    assert after_success(line, moment(10)).failures == 0
    assert admit(after_success(line, moment(10)), moment(10.1), None, 20, 5.0).wait == 0


def test_what_was_under_way_when_the_rest_began_says_nothing_of_it() -> None:
    """Eight calls fail together: the line rests as if it were one. A late success from before does not end it."""
    line = failed(NEW_LINE, 5)
    for _ in range(7):
        assert failed(line, 6, began=4) == line

    assert after_success(line, moment(4)) == line


def test_a_line_that_whatsapp_opened_since_is_open() -> None:
    """Nobody waits for the rest of the minute."""
    line = failed(NEW_LINE, 0)

    assert admit(line, moment(0.1), moment(0.05), 20, 5.0).wait == 0
    assert admit(line, moment(0.1), moment(-60), 20, 5.0).wait > 0


def test_several_failures_in_a_row_break_the_circuit() -> None:
    """None of them is surely the line's; together they are."""
    line = NEW_LINE
    for n in range(BREAKER_FAILURES - 1):
        line = failed(line, n, of_line=False)
        assert line.paused_until is None
    line = failed(line, 10, of_line=False)

    assert line.paused_until == moment(11)
    assert after_success(failed(NEW_LINE, 0, of_line=False), moment(1)).failures == 0


@given(
    st.lists(
        st.tuples(st.sampled_from(["line", "unclear", "success", "ask"]), st.floats(min_value=0, max_value=100)),
        max_size=60,
    )
)
def test_a_line_never_rests_for_ever(steps: list[tuple[str, float]]) -> None:
    """Whatever happens, somebody may try again within the longest rest or a probe's time."""
    line, now = NEW_LINE, 0.0
    for step, gap in steps:
        now += gap
        match step:
            case "ask":
                line = admit(line, moment(now), None, 20, 25.0).line
            case "success":
                line = after_success(line, moment(now))
            case _:
                line = failed(line, now, of_line=step == "line")

        assert admit(line, moment(now + LONGEST_REST_SECONDS + 1), None, 20, 25.0).wait == 0
