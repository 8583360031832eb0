"""How the database answers this process: counted with each statement, by the cursor that executes it."""

import re
import time
from collections import deque
from datetime import UTC, datetime
from typing import Any

from psycopg import AsyncCursor
from psycopg.rows import DictRow
from psycopg.sql import Composable

SLOW_SECONDS = 0.1
REMEMBERED_SLOW = 20
LONGEST_TEXT = 500
_VALUE = re.compile(r"'[^']*'|\b\d+\b")


class StatementStatistics:
    """Counts of this process since its start, and the last slow statements: as they are written, without their values."""

    def __init__(self) -> None:
        self._statements = 0
        self._seconds = 0.0
        self._slow: deque[dict[str, Any]] = deque(maxlen=REMEMBERED_SLOW)

    def record(self, query: Any, seconds: float) -> None:
        """Count a statement."""
        self._statements += 1
        self._seconds += seconds
        if seconds >= SLOW_SECONDS:
            at = datetime.now(UTC).isoformat(timespec="milliseconds")
            self._slow.append({"statement": statement_text(query), "responseTime": round(seconds * 1000, 1), "at": at})

    def summary(self) -> dict[str, Any]:
        """In the words of `/api/metrics`; times in milliseconds, the slowest of the last slow ones first."""
        average = 1000 * self._seconds / self._statements if self._statements else 0.0
        return {
            "queries": self._statements,
            "slowQueries": sorted(self._slow, key=lambda slow: slow["responseTime"], reverse=True),
            "avgResponseTime": round(average, 3),
        }


def measured_cursor(statistics: StatementStatistics) -> type[AsyncCursor[DictRow]]:
    """A cursor that counts what it executes."""

    class MeasuredCursor(AsyncCursor[DictRow]):
        async def execute(self, query: Any, *arguments: Any, **options: Any) -> Any:
            began = time.perf_counter()
            try:
                return await super().execute(query, *arguments, **options)
            finally:
                statistics.record(query, time.perf_counter() - began)

    return MeasuredCursor


def statement_text(query: Any) -> str:
    """A statement on one line, without anything that could be a value."""
    if isinstance(query, Composable):
        query = query.as_string()
    text = query.decode(errors="replace") if isinstance(query, bytes) else str(query)
    return _VALUE.sub("?", " ".join(text.split()))[:LONGEST_TEXT]
