"""Actions around a conversation in SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from services.queue_worker.facts import ActionFact
from shared.db.pool import Connection


@dataclass(frozen=True, slots=True)
class PlacedAction:
    """An action fact, the clinic, conversation and source in which it stands, and the event that told it."""

    fact: ActionFact
    clinic_id: int
    conversation_id: int
    source_id: int
    told_by: UUID | None = None


async def store_actions(connection: Connection, placed: Sequence[PlacedAction]) -> list[dict[str, Any]]:
    """Store actions; returns the rows that are new."""
    cursor = await connection.execute(
        """
        INSERT INTO conversation_actions (clinic_id, conversation_id, source_id, action_type, action_data, created_at,
          dedupe_key, told_by)
        SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::text[], %b::jsonb[], %b::timestamptz[],
          %b::text[], %b::uuid[])
        ON CONFLICT (source_id, dedupe_key) WHERE dedupe_key IS NOT NULL DO NOTHING
        RETURNING *
        """,
        [
            [action.clinic_id for action in placed],
            [action.conversation_id for action in placed],
            [action.source_id for action in placed],
            [action.fact.action_type for action in placed],
            [Jsonb(action.fact.action_data) for action in placed],
            [action.fact.timestamp for action in placed],
            [action.fact.dedupe_key for action in placed],
            [action.told_by for action in placed],
        ],
    )
    return await cursor.fetchall()
