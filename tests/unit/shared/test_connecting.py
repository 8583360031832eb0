"""What a pool's log says of a Postgres that cannot be reached."""

import logging
from typing import Any

from shared.observability.connecting import AGAIN_SECONDS, ConnectingFailures


def record(text: str, *values: Any, level: int = logging.WARNING) -> logging.LogRecord:
    return logging.LogRecord("psycopg.pool", level, __file__, 1, text, values, None)


def refused(reason: str) -> logging.LogRecord:
    return record("error connecting in %r: %s", "prosa_worker", reason)


def test_a_reason_is_told_once_a_minute() -> None:
    """Another one at once; an outage of a day is a line a minute, whatever the number of attempts."""
    now = 0.0
    failures = ConnectingFailures(lambda: now)
    assert [failures.filter(refused("away")) for _ in range(3)] == [True, False, False]
    assert [failures.filter(refused("password")), failures.filter(refused("away"))] == [True, False]

    now = AGAIN_SECONDS
    assert [failures.filter(refused("away")), failures.filter(refused("away"))] == [True, False]


def test_other_warnings_of_pools_are_not_told() -> None:
    """Errors are."""
    failures = ConnectingFailures(lambda: 0.0)
    assert failures.filter(record("discarding closed connection: %s", "x")) is False
    assert failures.filter(record("something unexpected", level=logging.ERROR)) is True
