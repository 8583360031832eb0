"""The state of a source's line to WhatsApp: the newest counts, every one is kept for a while."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.queue_worker.facts import LineFact
from shared.db.outbox import ClinicEvent
from shared.db.pool import Connection, Pool
from shared.events.clinic_time import to_clinic_time
from shared.events.live import LiveEvent, live_event


@dataclass(frozen=True, slots=True)
class LineChange:
    """What an event says of a source's line."""

    clinic_id: int
    event_id: UUID
    source_id: int
    fact: LineFact


async def forget_states(pool: Pool, days: int) -> int:
    """Forget states from so many days ago, a bounded number a call; returns how many. A source keeps its newest."""
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "DELETE FROM source_states WHERE event_id IN (SELECT event_id FROM source_states"
            ' WHERE "at" < now() - make_interval(days => %s) ORDER BY "at" LIMIT 5000)',
            [days],
        )
        return cursor.rowcount


async def record_lines(
    connection: Connection, zones: Mapping[int, str], changes: Sequence[LineChange], now: datetime
) -> list[ClinicEvent]:
    """Keep states; returns what to tell of sources whose state is another now."""
    if not changes:
        return []
    columns = [
        [change.clinic_id for change in changes],
        [change.event_id for change in changes],
        [change.source_id for change in changes],
        [change.fact.state for change in changes],
        [change.fact.reason for change in changes],
        [change.fact.timestamp for change in changes],
    ]
    await connection.execute(
        'INSERT INTO source_states (clinic_id, event_id, source_id, state, reason, "at")'
        " SELECT * FROM unnest(%b::bigint[], %b::uuid[], %b::bigint[], %b::text[], %b::text[], %b::timestamptz[])"
        " ON CONFLICT DO NOTHING",
        columns,
    )
    cursor = await connection.execute(
        """
        WITH latest AS (
          SELECT DISTINCT ON (source_id) clinic_id, source_id, state, reason, at
          FROM unnest(%b::bigint[], %b::uuid[], %b::bigint[], %b::text[], %b::text[], %b::timestamptz[])
            AS n (clinic_id, event_id, source_id, state, reason, at) ORDER BY source_id, at DESC, state DESC
        ), locked AS MATERIALIZED (
          SELECT s.id FROM sources s JOIN latest n ON n.clinic_id = s.clinic_id AND n.source_id = s.id
          ORDER BY s.id FOR NO KEY UPDATE OF s
        )
        UPDATE sources s SET state = n.state, state_reason = n.reason, state_at = n.at
        FROM latest n JOIN locked ON locked.id = n.source_id
        WHERE s.clinic_id = n.clinic_id AND s.id = n.source_id
          AND (s.state_at IS NULL OR (n.at, n.state) > (s.state_at, s.state))
        RETURNING s.clinic_id, s.id, s.name, s.state, s.state_reason, s.state_at
        """,
        columns,
    )
    return [(row["clinic_id"], _state_event(row, zones[row["clinic_id"]], now)) for row in await cursor.fetchall()]


def _state_event(source: Mapping[str, Any], zone: str, now: datetime) -> LiveEvent:
    data = {
        "source_id": str(source["id"]),
        "name": source["name"],
        "state": source["state"],
        "reason": source["state_reason"],
        "at": to_clinic_time(source["state_at"], zone),
        # The newest state is the one that is newest at WhatsApp.
        "version": int(source["state_at"].timestamp() * 1000),
    }
    return live_event("source:state", "empresa", source["clinic_id"], data, now)
