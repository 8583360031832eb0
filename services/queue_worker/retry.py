"""What becomes of a message whose handling failed: the one place where that is decided. No I/O, no clock."""

from dataclasses import dataclass
from typing import Literal

import psycopg
from psycopg.errors import FeatureNotSupported, IdleInTransactionSessionTimeout, QueryCanceled, ReadOnlySqlTransaction

from services.queue_worker.facts import ShapeError

ErrorClass = Literal["transient", "permanent", "unavailable"]

FIRST_DELAY_SECONDS = 1.0
MAX_DELAY_SECONDS = 30.0
# Between two looks at a Postgres that is away.
UNAVAILABLE_DELAY_SECONDS = 0.5

# Classes of SQLSTATE: connection, resources, operator's intervention, system.
_SERVER_TROUBLE = ("08", "53", "57", "58")
# Where Postgres says "cached plan must not change result type", in whichever language.
_STALE_PLAN = "RevalidateCachedQuery"
# What the message itself makes too large for Postgres.
_LIMIT_EXCEEDED = "54"


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
    if isinstance(error, ShapeError | psycopg.DataError):
        return "permanent"
    return _database_trouble(error) if isinstance(error, psycopg.Error) else "transient"


def _database_trouble(error: psycopg.Error) -> ErrorClass:
    match error:
        case QueryCanceled():
            return "transient"
        case ReadOnlySqlTransaction() | IdleInTransactionSessionTimeout():
            return "unavailable"  # a standby that takes over; a worker that stood still
        case FeatureNotSupported() if error.diag.source_function == _STALE_PLAN:
            return "unavailable"  # a migration added a column under a prepared statement, which this connection forgets now
        case psycopg.OperationalError() | psycopg.InterfaceError() if error.sqlstate is None:
            return "unavailable"
    sqlstate_class = (error.sqlstate or "")[:2]
    if sqlstate_class == _LIMIT_EXCEEDED:
        return "permanent"
    return "unavailable" if sqlstate_class in _SERVER_TROUBLE else "transient"


def decide(
    failure: ErrorClass, attempt: int, claims: int, max_attempts: int, *, dead_letters: bool, jitter: float
) -> Decision:
    """What to do after the `attempt`-th attempt (from 1) failed. `jitter` is uniform in [0, 1).

    Backoff is min(30 s, 1 s · 2^(attempt-1)) with full jitter (AWS, "Exponential Backoff And Jitter", 2015). Where
    something is unavailable attempts are not spent: there the backoff grows with `claims`. Without dead letters an
    exhausted message goes on being tried at the longest delay: it is never dropped.
    """
    if failure == "unavailable":
        return Retry(_backoff(claims) * jitter, counts=False)
    if failure == "transient" and attempt < max_attempts:
        return Retry(_backoff(attempt) * jitter)
    return DeadLetter() if dead_letters else Retry(MAX_DELAY_SECONDS)


def _backoff(attempt: int) -> float:
    return min(MAX_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2.0 ** min(attempt - 1, 10))


def describe(error: Exception) -> str:
    """An error for logs and dead letters: what failed, never the values it failed on."""
    if isinstance(error, psycopg.OperationalError) and error.sqlstate is None:
        return f"{type(error).__name__}: {error}"  # of the connection, not of a statement
    if isinstance(error, psycopg.Error) and error.diag.message_primary:
        return f"{type(error).__name__}: {error.diag.sqlstate} in {error.diag.table_name or 'a statement'}"
    return f"{type(error).__name__}: {error}" if isinstance(error, ShapeError) else type(error).__name__
