"""Why a file was not fetched, and what follows from it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.queue_worker.media.failures import (
    MAX_DELAY_SECONDS,
    TRIES_OF_THE_ABSENT,
    AskEvolution,
    GiveUp,
    NeverError,
    NotYetError,
    Postpone,
    decide,
    evolution_failure,
    link_failure,
)

EXPIRY = timedelta(hours=48)
YOUNG = timedelta(seconds=1)


def body(message: object) -> dict[str, object]:
    return {"status": 400, "error": "Bad Request", "response": {"message": message}}


@given(
    attempt=st.integers(1, 10**6),
    age=st.timedeltas(timedelta(0), timedelta(days=30)),
    jitter=st.floats(0.5, 1.0),
    askable=st.booleans(),
)
def test_no_job_outlives_its_expiry(attempt: int, age: timedelta, jitter: float, askable: bool) -> None:
    """However often it fails for a while: it waits an hour at most, never beyond its end, and then ends."""
    decision = decide(NotYetError("x"), attempt, age, EXPIRY, jitter, askable=askable)

    if age >= EXPIRY:
        assert decision == GiveUp("expired", "x")
    else:
        assert isinstance(decision, Postpone)
        assert 0 < decision.delay <= min(MAX_DELAY_SECONDS, (EXPIRY - age).total_seconds())


def test_what_will_never_come_is_asked_for_elsewhere_once() -> None:
    """Evolution may still have what an event's link has not; where it cannot be asked, that is the end."""
    assert decide(NeverError("x"), 1, YOUNG, EXPIRY, 1.0, askable=True) == AskEvolution("x")
    assert decide(NeverError("x"), 1, YOUNG, EXPIRY, 1.0, askable=False) == GiveUp("failed", "x")
    assert decide(NeverError("x", elsewhere=False), 1, YOUNG, EXPIRY, 1.0, askable=True) == GiveUp("failed", "x")


@pytest.mark.parametrize("said", ["Message not found", ["Message not found"], [["Message not found"]]])
def test_a_message_that_evolution_does_not_know_is_asked_for_a_few_times(said: object) -> None:
    """It may not have stored it yet."""
    failure = evolution_failure(400, body(said))

    assert isinstance(decide(failure, TRIES_OF_THE_ABSENT - 1, YOUNG, EXPIRY, 1.0, askable=False), Postpone)
    assert isinstance(decide(failure, TRIES_OF_THE_ABSENT, YOUNG, EXPIRY, 1.0, askable=False), GiveUp)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (400, ["Error: Connection Closed"]),
        (400, None),
        (401, "Unauthorized"),
        (404, ['The "x" instance does not exist']),
        (500, "Internal Server Error"),
        (503, {"code": "LICENSE_REQUIRED"}),
    ],
)
def test_what_an_operator_or_time_repairs_is_tried_until_it_expires(status: int, said: object) -> None:
    """A wrong key, a closed line, a licence: the file is still there."""
    assert isinstance(decide(evolution_failure(status, body(said)), 1000, YOUNG, EXPIRY, 1.0, askable=False), Postpone)


@pytest.mark.parametrize(
    "said", ["Method not available on Evolution Channel", ["The message is not of the media type"]]
)
def test_a_message_that_has_no_file_is_given_up_at_once(said: object) -> None:
    """No time will change it."""
    assert isinstance(evolution_failure(400, body(said)), NeverError)


@pytest.mark.parametrize(("status", "tries"), [(404, 2), (403, 2), (410, 2), (500, None), (429, None), (408, None)])
def test_a_links_refusal_is_believed_the_second_time(status: int, tries: int | None) -> None:
    """A server in trouble is not believed at all."""
    failure = link_failure(status)

    assert isinstance(failure, NotYetError)
    assert failure.tries == tries
