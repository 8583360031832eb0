"""What becomes of a message whose handling failed: the one place where that is decided. No I/O, no clock."""

from dataclasses import dataclass
from typing import Literal

import psycopg
from psycopg import errors
from psycopg_pool import PoolTimeout, TooManyRequests

from services.queue_worker.facts import ShapeError

ErrorClass = Literal["transient", "permanent", "unavailable"]

FIRST_DELAY_SECONDS = 1.0
MAX_DELAY_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again after `delay` seconds. Where it was not the message's fault, the attempt is not counted."""

    delay: float
    counts: bool = True


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Set aside for an operator."""


Decision = Retry | DeadLetter


def error_class(error: Exception) -> ErrorClass:
    """`transient`: another try may succeed. `permanent`: none will. `unavailable`: something else is down."""
    match error:
        case errors.DeadlockDetected() | errors.SerializationFailure() | errors.LockNotAvailable():
            return "transient"
        case errors.QueryCanceled():
            return "transient"
        case psycopg.OperationalError() | PoolTimeout() | TooManyRequests() | psycopg.InterfaceError():
            return "unavailable"
        case ShapeError() | psycopg.DataError():
            return "permanent"
    return "transient"


def decide(failure: ErrorClass, attempt: int, max_attempts: int, *, dead_letters: bool, jitter: float) -> Decision:
    """What to do after the `attempt`-th attempt (from 1) failed. `jitter` is uniform in [0, 1).

    Backoff is min(30 s, 1 s · 2^(attempt-1)) with full jitter (AWS, "Exponential Backoff And Jitter", 2015). Without dead
    letters an exhausted message goes on being tried at the longest delay: it is never dropped.
    """
    delay = min(MAX_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2.0 ** min(attempt - 1, 10)) * jitter
    if failure == "unavailable":
        return Retry(delay, counts=False)
    if failure == "transient" and attempt < max_attempts:
        return Retry(delay)
    return DeadLetter() if dead_letters else Retry(MAX_DELAY_SECONDS)
