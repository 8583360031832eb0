"""Which webhooks and requests led to what is told: by the messages and actions that it tells of."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from shared.db.pool import Connection
from shared.tracing.context import TraceHeaders, context_of

_CAUSES = """
SELECT DISTINCT ON (told.told_by) coalesce(e.correlation_id, told.told_by) AS correlation_id, e.trace FROM (
  SELECT clinic_id, told_by FROM messages WHERE clinic_id = ANY (%(clinics)s) AND id = ANY (%(messages)s)
  UNION ALL
  SELECT clinic_id, told_by FROM conversation_actions WHERE clinic_id = ANY (%(clinics)s) AND id = ANY (%(actions)s)
) AS told LEFT JOIN webhook_events e ON e.clinic_id = told.clinic_id AND e.id = told.told_by
WHERE told.told_by IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Cause:
    """What `prosa trace` shows it under, and the trace that it continues."""

    correlation_id: UUID
    trace: TraceHeaders


async def causes_of(
    connection: Connection, clinics: Collection[int], messages: Collection[int], actions: Collection[int] = ()
) -> list[Cause]:
    """Those that are known, each once, in a transaction that sees the clinics."""
    values = {"clinics": [*clinics], "messages": [*messages], "actions": [*actions]}
    rows = await (await connection.execute(_CAUSES.encode(), values, prepare=True)).fetchall()
    return [Cause(row["correlation_id"], context_of(row["trace"], row["correlation_id"])) for row in rows]
