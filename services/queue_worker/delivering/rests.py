"""When a destination rests, and what came of its last delivery: one row each, so that it holds for all workers.

The same rules as of a source's line to WhatsApp (`sending/lines.py`), without a rate.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.queue_worker.sending.lines import Line, after_failure, after_success
from shared.db.pool import Connection


@dataclass(frozen=True, slots=True)
class Turn:
    """Whether a call may be made: after `wait` seconds, 0 for now. `began` is the moment by the database's clock."""

    wait: float
    began: datetime


@dataclass(frozen=True, slots=True)
class Last:
    """What is shown of the last delivery."""

    webhook_id: str
    event: str
    outcome: str
    status: int | None


def admit(line: Line, now: datetime, probe_seconds: float) -> tuple[Line, float]:
    """Whether a call may be made now: the line after it, and how many seconds to wait. After a rest one call tries it."""
    if line.paused_until is None:
        return line, 0.0
    if now < line.paused_until:
        return line, (line.paused_until - now).total_seconds()
    return replace(line, paused_until=now + timedelta(seconds=probe_seconds)), 0.0


async def take_turn(connection: Connection, clinic_id: int, destination_id: int, probe_seconds: float) -> Turn:
    """Take a turn at a destination, or learn how long to wait."""
    await connection.execute(
        "INSERT INTO webhook_destination_states (destination_id, clinic_id) SELECT %(id)s, %(clinic)s"
        " WHERE NOT EXISTS (SELECT 1 FROM webhook_destination_states WHERE destination_id = %(id)s)"
        " ON CONFLICT DO NOTHING",
        {"id": destination_id, "clinic": clinic_id},
        prepare=True,
    )
    line, now = await _lock(connection, destination_id)
    admitted, wait = admit(line, now, probe_seconds)
    if admitted != line:
        await _store(connection, destination_id, admitted)
    return Turn(wait, now)


async def note_success(connection: Connection, destination_id: int, began: datetime, last: Last) -> None:
    """A call that was made at `began` was answered: whatever the answer is, the destination is there."""

    def succeeded(line: Line, _: datetime) -> Line:
        return after_success(line, began)

    await _note(connection, destination_id, succeeded, last)


async def note_failure(
    connection: Connection, destination_id: int, began: datetime, last: Last, *, of_line: bool, wait: float
) -> bool:
    """A call that was made at `began` failed. Returns whether the destination rests because of it, for `wait` at least."""
    jitter = random.random()  # noqa: S311 - jitter, not a secret

    def failed(line: Line, now: datetime) -> Line:
        failing = after_failure(line, began, now, last.outcome, of_line=of_line, jitter=jitter)
        if failing == line or failing.paused_until is None:
            return failing
        return replace(failing, paused_until=max(failing.paused_until, now + timedelta(seconds=wait)))

    before, after = await _note(connection, destination_id, failed, last)
    return after.paused_at is not None and before.paused_at != after.paused_at


async def resting(connection: Connection) -> int:
    """How many destinations rest."""
    cursor = await connection.execute(
        "SELECT count(*) AS resting FROM webhook_destination_states WHERE paused_at IS NOT NULL"
    )
    row = await cursor.fetchone()
    return int(row["resting"]) if row else 0


async def _note(
    connection: Connection, destination_id: int, change: Callable[[Line, datetime], Line], last: Last
) -> tuple[Line, Line]:
    line, now = await _lock(connection, destination_id)
    changed = change(line, now)
    if changed != line:
        await _store(connection, destination_id, changed)
    await connection.execute(
        "UPDATE webhook_destination_states SET last_at = %(now)s, last_webhook_id = %(webhook_id)s, last_event = %(event)s,"
        " last_outcome = %(outcome)s, last_status = %(status)s,"
        " last_success_at = CASE WHEN %(outcome)s = 'delivered' THEN %(now)s ELSE last_success_at END"
        " WHERE destination_id = %(id)s",
        {
            "now": now,
            "webhook_id": last.webhook_id,
            "event": last.event,
            "outcome": last.outcome,
            "status": last.status,
            "id": destination_id,
        },
        prepare=True,
    )
    return line, changed


async def _lock(connection: Connection, destination_id: int) -> tuple[Line, datetime]:
    """The line, and the time once its lock was got. Of a destination that was deleted meanwhile: one without trouble."""
    cursor = await connection.execute(
        "SELECT failures, paused_at, paused_until, reason FROM webhook_destination_states WHERE destination_id = %s"
        " FOR UPDATE",
        [destination_id],
        prepare=True,
    )
    row = await cursor.fetchone()
    [clock] = await (await connection.execute("SELECT clock_timestamp() AS now", prepare=True)).fetchall()
    line = Line(0, None, None, None, None) if row is None else Line(**row, next_at=None)
    return line, clock["now"]


async def _store(connection: Connection, destination_id: int, line: Line) -> None:
    await connection.execute(
        "UPDATE webhook_destination_states SET failures = %s, paused_at = %s, paused_until = %s, reason = %s"
        " WHERE destination_id = %s",
        [line.failures, line.paused_at, line.paused_until, line.reason, destination_id],
        prepare=True,
    )
