"""What a destination's answer means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.queue_worker.delivering.answers import LONGEST_WAIT_SECONDS, Delivered, NotDelivered, read_answer


@given(st.integers(200, 299), st.one_of(st.none(), st.text()))
def test_every_success_is_one(status: int, retry_after: str | None) -> None:
    """Whatever else it says."""
    assert read_answer(status, retry_after) == Delivered(status)


@given(st.integers(100, 999).filter(lambda status: status not in range(200, 300)), st.one_of(st.none(), st.text()))
def test_every_other_answer_has_a_meaning(status: int, retry_after: str | None) -> None:
    """And never a wait without bounds."""
    answer = read_answer(status, retry_after)
    assert isinstance(answer, NotDelivered)
    assert 0 <= answer.wait <= LONGEST_WAIT_SECONDS


@pytest.mark.parametrize(
    ("status", "outcome", "undelivered"),
    [
        (301, "redirected", "permanent"),
        (308, "redirected", "permanent"),
        (400, "refused", "permanent"),
        (404, "refused", "permanent"),
        (408, "failed", "transient"),
        (410, "gone", "permanent"),
        (425, "failed", "transient"),
        (429, "busy", "unavailable"),
        (500, "failed", "transient"),
        (501, "failed", "transient"),
        (502, "busy", "unavailable"),
        (503, "busy", "unavailable"),
        (504, "busy", "unavailable"),
    ],
)
def test_what_follows_depends_on_whose_fault_it_is(status: int, outcome: str, undelivered: str) -> None:
    """The delivery's for good, the delivery's for now, or the destination's."""
    answer = read_answer(status, None)
    assert isinstance(answer, NotDelivered)
    assert (answer.outcome, answer.undelivered, answer.status) == (outcome, undelivered, status)


@pytest.mark.parametrize(
    ("retry_after", "wait"),
    [(None, 0), ("", 0), ("7", 7), (" 7 ", 7), ("99999", 3600), ("-1", 0), ("1e9", 0), ("٣", 0), ("9" * 400, 0)],
)
def test_only_plain_seconds_are_waited(retry_after: str | None, wait: float) -> None:
    """Dates and jokes are ignored; an hour is the most."""
    answer = read_answer(503, retry_after)
    assert isinstance(answer, NotDelivered)
    assert answer.wait == wait
