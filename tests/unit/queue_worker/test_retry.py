"""What becomes of a message whose handling failed."""

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import errors
from psycopg_pool import PoolTimeout, TooManyRequests

from services.queue_worker.facts import ShapeError
from services.queue_worker.retry import MAX_DELAY_SECONDS, DeadLetter, Retry, decide, describe, error_class

failures = st.sampled_from(["transient", "permanent", "unavailable"])
counts = st.integers(min_value=1, max_value=10_000)
jitters = st.floats(min_value=0, max_value=1, exclude_max=True)


@given(failures, counts, counts, counts, st.booleans(), jitters)
def test_no_delay_exceeds_the_cap(failure, attempt, claims, max_attempts, dead_letters, jitter):  # type: ignore[no-untyped-def]
    """However often a message failed, it is tried again within 30 seconds, and never in the past."""
    decision = decide(failure, attempt, claims, max_attempts, dead_letters=dead_letters, jitter=jitter)

    if isinstance(decision, Retry):
        assert 0 <= decision.delay <= MAX_DELAY_SECONDS


@given(counts, counts, counts, jitters)
def test_transient_failures_exhaust_at_the_last_attempt(attempt: int, claims: int, limit: int, jitter: float) -> None:
    """A transient failure is tried again until the attempts are spent, and not once more."""
    decision = decide("transient", attempt, claims, limit, dead_letters=True, jitter=jitter)

    assert isinstance(decision, DeadLetter) == (attempt >= limit)


@given(counts, counts, counts, st.booleans(), jitters)
def test_what_is_unavailable_never_spends_attempts(
    attempt: int, claims: int, limit: int, dead_letters: bool, jitter: float
) -> None:
    """While something else is down a message waits: it neither dies nor comes nearer to it."""
    decision = decide("unavailable", attempt, claims, limit, dead_letters=dead_letters, jitter=jitter)

    assert isinstance(decision, Retry)
    assert not decision.counts


@given(failures, counts, counts, counts, jitters)
def test_without_dead_letters_nothing_is_dropped(failure, attempt, claims, limit, jitter):  # type: ignore[no-untyped-def]
    """Where there is no place for the dead, everything is tried for ever."""
    decision = decide(failure, attempt, claims, limit, dead_letters=False, jitter=jitter)

    assert isinstance(decision, Retry)


def test_the_delay_doubles_from_one_second_to_thirty() -> None:
    """min(30 s, 1 s · 2^(n-1)), before jitter."""
    delays = [decide("transient", attempt, 1, 99, dead_letters=True, jitter=1.0) for attempt in range(1, 8)]

    assert delays == [Retry(1), Retry(2), Retry(4), Retry(8), Retry(16), Retry(30), Retry(30)]


def test_waiting_for_what_is_unavailable_slows_down() -> None:
    """A long outage is not hammered: the delay grows with the claims, though no attempt is spent."""
    delays = [decide("unavailable", 1, claims, 3, dead_letters=True, jitter=1.0) for claims in (1, 2, 3, 9)]

    assert delays == [Retry(1, counts=False), Retry(2, counts=False), Retry(4, counts=False), Retry(30, counts=False)]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ShapeError("event is missing"), "permanent"),
        (errors.UntranslatableCharacter(), "permanent"),
        (errors.StringDataRightTruncation(), "permanent"),
        (errors.ProgramLimitExceeded(), "permanent"),
        (errors.StatementTooComplex(), "permanent"),
        (errors.DeadlockDetected(), "transient"),
        (errors.SerializationFailure(), "transient"),
        (errors.LockNotAvailable(), "transient"),
        (errors.QueryCanceled(), "transient"),
        (errors.UniqueViolation(), "transient"),
        (errors.UndefinedTable(), "transient"),
        (KeyError("a bug"), "transient"),
        (psycopg.OperationalError("connection refused"), "unavailable"),
        (psycopg.InterfaceError("the connection is closed"), "unavailable"),
        (PoolTimeout("none came"), "unavailable"),
        (TooManyRequests("too many wait"), "unavailable"),
        (errors.AdminShutdown(), "unavailable"),
        (errors.CrashShutdown(), "unavailable"),
        (errors.CannotConnectNow(), "unavailable"),
        (errors.TooManyConnections(), "unavailable"),
        (errors.DiskFull(), "unavailable"),
        (errors.IoError(), "unavailable"),
        (errors.ReadOnlySqlTransaction(), "unavailable"),
        (errors.IdleInTransactionSessionTimeout(), "unavailable"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_errors_are_told_apart(error: Exception, expected: str) -> None:
    """A message dies only of what is its own fault, and waits only for what is not."""
    assert error_class(error) == expected


def test_a_description_never_quotes_what_it_failed_on() -> None:
    """A dead letter's error is read by operators and goes to logs: no patient's words in it."""
    assert describe(KeyError("Dona Maria")) == "KeyError"
    assert describe(ShapeError("data.key is missing")) == "ShapeError: data.key is missing"
    assert describe(psycopg.OperationalError("connection refused")) == "OperationalError: connection refused"
