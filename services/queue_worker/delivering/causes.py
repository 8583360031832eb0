"""Which webhook or request a delivery comes from: by the message or action that it tells of."""

from dataclasses import dataclass
from uuid import UUID

import orjson

from services.queue_worker.claims import ClaimedMessage
from shared.db.pool import Connection
from shared.tracing.context import TraceHeaders, context_of

_CAUSE = """
SELECT coalesce(e.correlation_id, told.told_by) AS correlation_id, e.trace FROM (
  SELECT told_by FROM messages WHERE clinic_id = %(clinic_id)s AND id = %(message_id)s
  UNION ALL
  SELECT told_by FROM conversation_actions WHERE clinic_id = %(clinic_id)s AND id = %(action_id)s
) AS told LEFT JOIN webhook_events e ON e.clinic_id = %(clinic_id)s AND e.id = told.told_by
WHERE told.told_by IS NOT NULL LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Cause:
    """What `prosa trace` shows it under, and the trace that it continues."""

    correlation_id: UUID
    trace: TraceHeaders


async def find_cause(connection: Connection, message: ClaimedMessage) -> Cause:
    """The cause of a delivery; where nobody knows it, or has forgotten it, the delivery itself."""
    message_id, action_id = _told(message)
    cursor = await connection.execute(
        _CAUSE.encode(),
        {"clinic_id": message.clinic_id, "message_id": message_id, "action_id": action_id},
        prepare=True,
    )
    row = await cursor.fetchone()
    if row is None:
        return Cause(message.correlation_id, message.trace)
    return Cause(row["correlation_id"], context_of(row["trace"], row["correlation_id"]))


def _told(message: ClaimedMessage) -> tuple[int | None, int | None]:
    """The message and the action that are told of. An edited payload may tell of anything."""
    try:
        told = orjson.loads(message.payload)["data"]
        if message.message_type == "deliver.message.created":
            return int(told["id"]), None
        return None, int(told["action"]["id"])
    except (ValueError, KeyError, TypeError):
        return None, None
