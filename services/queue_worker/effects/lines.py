"""The state of a source's line to WhatsApp: the newest counts, every one is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.queue_worker.facts import LineFact
from shared.db.pool import Connection
from shared.events.clinic_time import to_clinic_time
from shared.events.live import LiveEvent, live_event


@dataclass(frozen=True, slots=True)
class LineChange:
    """What an event says of a source's line."""

    event_id: UUID
    source_id: int
    fact: LineFact


async def record_lines(
    connection: Connection, clinic_id: int, zone: str, changes: Sequence[LineChange], now: datetime
) -> list[LiveEvent]:
    """Keep states; returns what to tell of sources whose state is another now."""
    if not changes:
        return []
    columns = [
        [change.event_id for change in changes],
        [change.source_id for change in changes],
        [change.fact.state for change in changes],
        [change.fact.reason for change in changes],
        [change.fact.timestamp for change in changes],
    ]
    await connection.execute(
        'INSERT INTO source_states (clinic_id, event_id, source_id, state, reason, "at")'
        " SELECT %s, * FROM unnest(%b::uuid[], %b::bigint[], %b::text[], %b::text[], %b::timestamptz[])"
        " ON CONFLICT DO NOTHING",
        [clinic_id, *columns],
    )
    cursor = await connection.execute(
        """
        WITH latest AS (
          SELECT DISTINCT ON (source_id) source_id, state, reason, at
          FROM unnest(%b::uuid[], %b::bigint[], %b::text[], %b::text[], %b::timestamptz[])
            AS n (event_id, source_id, state, reason, at) ORDER BY source_id, at DESC, state DESC
        )
        UPDATE sources s SET state = n.state, state_reason = n.reason, state_at = n.at FROM latest n
        WHERE s.clinic_id = %s AND s.id = n.source_id AND (s.state_at IS NULL OR (n.at, n.state) > (s.state_at, s.state))
        RETURNING s.id, s.name, s.state, s.state_reason, s.state_at
        """,
        [*columns, clinic_id],
    )
    return [
        live_event(
            "source:state",
            "empresa",
            clinic_id,
            {
                "source_id": str(row["id"]),
                "name": row["name"],
                "state": row["state"],
                "reason": row["state_reason"],
                "at": to_clinic_time(row["state_at"], zone),
                # The newest state is the one that is newest at WhatsApp.
                "version": int(row["state_at"].timestamp() * 1000),
            },
            now,
        )
        for row in await cursor.fetchall()
    ]
