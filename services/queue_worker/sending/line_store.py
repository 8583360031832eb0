"""Lines in SQL: one row a source, locked while it is decided on, so that what is decided holds for all workers."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from services.queue_worker.sending.lines import NEW_LINE, Line, admit, after_failure, after_success
from shared.db.pool import Connection


@dataclass(frozen=True, slots=True)
class Turn:
    """Whether a call may be made: after `wait` seconds, 0 for now. `began` is the moment by the database's clock."""

    wait: float
    began: datetime


async def take_turn(
    connection: Connection, clinic_id: int, source_id: int, default_rate: float, probe_seconds: float
) -> Turn:
    """Take a turn on the line, or learn how long to wait."""
    await connection.execute(
        "INSERT INTO source_sending (source_id, clinic_id) SELECT %(source)s, %(clinic)s"
        " WHERE NOT EXISTS (SELECT 1 FROM source_sending WHERE source_id = %(source)s) ON CONFLICT DO NOTHING",
        {"source": source_id, "clinic": clinic_id},
        prepare=True,
    )
    cursor = await connection.execute(
        """
        SELECT l.failures, l.paused_at, l.paused_until, l.reason, l.next_at,
          CASE WHEN s.state = 'open' THEN nullif(s.state_at, '-infinity') END AS opened_at, s.sends_per_second
        FROM source_sending l JOIN sources s ON s.id = l.source_id WHERE l.source_id = %s FOR UPDATE OF l
        """,
        [source_id],
        prepare=True,
    )
    row = await cursor.fetchone()
    # The clock, once the lock is got: a statement's own time may be from before it.
    now = await _now(connection)
    if row is None:
        return Turn(0.0, now)  # another clinic's source: nothing of it is found
    line = Line(row["failures"], row["paused_at"], row["paused_until"], row["reason"], row["next_at"])
    admission = admit(line, now, row["opened_at"], row["sends_per_second"] or default_rate, probe_seconds)
    if admission.line != line:
        await _store(connection, source_id, admission.line)
    return Turn(admission.wait, now)


async def note_success(connection: Connection, source_id: int, began: datetime) -> bool:
    """A call that was made at `began` (the database's time) succeeded. Returns whether that ended a rest."""

    def succeeded(line: Line, _: datetime) -> Line:
        return after_success(line, began)

    troubled = await connection.execute(
        "SELECT 1 FROM source_sending WHERE source_id = %s AND (failures > 0 OR paused_until IS NOT NULL)",
        [source_id],
        prepare=True,
    )
    if await troubled.fetchone() is None:
        return False
    before, after = await _change(connection, source_id, succeeded)
    return before.paused_at is not None and after.paused_at is None


async def note_failure(connection: Connection, source_id: int, began: datetime, reason: str, *, of_line: bool) -> bool:
    """A call that was made at `began` failed. Returns whether the line rests because of it."""
    jitter = random.random()  # noqa: S311 - jitter, not a secret

    def failed(line: Line, now: datetime) -> Line:
        return after_failure(line, began, now, reason, of_line=of_line, jitter=jitter)

    before, after = await _change(connection, source_id, failed)
    return after.paused_at is not None and before.paused_at != after.paused_at


async def rests(connection: Connection, source_id: int) -> bool:
    """Whether a line rests now."""
    cursor = await connection.execute(
        "SELECT 1 FROM source_sending WHERE source_id = %s AND paused_until > clock_timestamp()", [source_id]
    )
    return await cursor.fetchone() is not None


async def resting(connection: Connection) -> dict[str, int]:
    """How many lines rest, by reason."""
    cursor = await connection.execute(
        "SELECT l.reason, count(*) AS lines FROM source_sending l JOIN sources s ON s.id = l.source_id"
        " WHERE l.paused_at IS NOT NULL AND NOT (s.state = 'open' AND s.state_at > l.paused_at) GROUP BY l.reason"
    )
    return {row["reason"]: row["lines"] for row in await cursor.fetchall()}


async def _change(
    connection: Connection, source_id: int, change: Callable[[Line, datetime], Line]
) -> tuple[Line, Line]:
    cursor = await connection.execute(
        "SELECT failures, paused_at, paused_until, reason, next_at FROM source_sending WHERE source_id = %s FOR UPDATE",
        [source_id],
    )
    row = await cursor.fetchone()
    if row is None:
        return NEW_LINE, NEW_LINE
    line = Line(**row)
    changed = change(line, await _now(connection))
    if changed != line:
        await _store(connection, source_id, changed)
    return line, changed


async def _store(connection: Connection, source_id: int, line: Line) -> None:
    await connection.execute(
        "UPDATE source_sending SET failures = %s, paused_at = %s, paused_until = %s, reason = %s,"
        " next_at = %s WHERE source_id = %s",
        [line.failures, line.paused_at, line.paused_until, line.reason, line.next_at, source_id],
        prepare=True,
    )


async def _now(connection: Connection) -> datetime:
    cursor = await connection.execute("SELECT clock_timestamp() AS now", prepare=True)
    row = await cursor.fetchone()
    if row is None:
        raise LookupError("a SELECT without FROM returned no row")
    now: datetime = row["now"]
    return now
