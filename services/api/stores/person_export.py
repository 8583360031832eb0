"""Statements that read everything that there is of one person, class by class. Each names the clinic."""

from typing import Any, LiteralString

from psycopg.rows import DictRow

from shared.db.pool import Connection
from shared.privacy.places import with_places
from shared.privacy.traces import Traces

# What is exported of each class, a page at a time: after an id, as text so that one form fits uuids too.
_EXPORTS: dict[str, LiteralString] = {
    "conversation": """
      SELECT c.id AS key, to_jsonb(c) AS data FROM conversations c
      WHERE c.clinic_id = %(clinic_id)s AND c.id = ANY (%(conversations)s::bigint[]) AND c.id > %(after)s::bigint""",
    "message": """
      SELECT m.id AS key, to_jsonb(m) || jsonb_build_object('changes', coalesce((
        SELECT jsonb_agg(to_jsonb(g) - 'clinic_id' ORDER BY g.id) FROM message_changes g
        WHERE g.clinic_id = m.clinic_id AND g.source_id = m.source_id AND g.provider_id = m.provider_id), '[]')) AS data
      FROM messages m
      WHERE m.clinic_id = %(clinic_id)s AND m.conversation_id = ANY (%(conversations)s::bigint[])
        AND m.id > %(after)s::bigint""",
    "attachment": """
      SELECT a.id AS key, to_jsonb(a) || jsonb_build_object('sha256', encode(a.sha256, 'hex'),
        'url', '/api/attachments/' || a.id) AS data
      FROM message_attachments a JOIN messages m ON m.clinic_id = a.clinic_id AND m.id = a.message_id
      WHERE a.clinic_id = %(clinic_id)s AND m.conversation_id = ANY (%(conversations)s::bigint[])
        AND a.id > %(after)s::bigint""",
    "action": """
      SELECT a.id AS key, to_jsonb(a) AS data FROM conversation_actions a
      WHERE a.clinic_id = %(clinic_id)s AND a.conversation_id = ANY (%(conversations)s::bigint[])
        AND a.id > %(after)s::bigint""",
    # Not sorted by person: each row of the next stretch, with nothing where it is somebody else's.
    "queued": """
      WITH stretch AS MATERIALIZED (
        SELECT * FROM message_queue q WHERE q.clinic_id = %(clinic_id)s AND q.id > %(after_uuid)s::uuid
        ORDER BY q.id LIMIT %(limit)s)
      SELECT q.id AS key, CASE WHEN {QUEUED} THEN jsonb_build_object('id', q.id, 'message_type', q.message_type,
        'payload', q.payload, 'created_at', q.created_at) END AS data
      FROM stretch q""",
    "dead_letter": """
      WITH stretch AS MATERIALIZED (
        SELECT * FROM failed_messages f WHERE f.clinic_id = %(clinic_id)s AND f.id > %(after)s::bigint
        ORDER BY f.id LIMIT %(limit)s)
      SELECT f.id AS key, CASE WHEN {DEAD} THEN jsonb_build_object('id', f.id, 'message_type', f.message_type,
        'payload', f.payload, 'raw', encode(f.raw, 'escape'), 'edited_payload', f.edited_payload, 'state', f.state,
        'error_message', f.error_message, 'dead_at', f.dead_at) END AS data
      FROM stretch f""",
    "kept_event": """
      SELECT e.id AS key, e.event AS data
      FROM kept_events_of(%(names)s, %(phones)s, %(patterns)s, %(after_uuid)s::uuid, %(limit)s) e""",
    "seen_by": """
      SELECT a.id AS key, jsonb_build_object('at', a.created_at, 'user_id', a.actor_user_id, 'action', a.action,
        'subject', a.subject_type || ' ' || a.subject_id) AS data
      FROM audit_log a WHERE a.clinic_id = %(clinic_id)s AND a.id > %(after)s::bigint
        AND (a.subject_type = 'conversation' AND a.subject_id = ANY (%(own_ids)s::text[])
          OR a.subject_type = 'contact' AND a.subject_id = ANY (%(contacts)s::text[]))""",
}
CLASSES = tuple(_EXPORTS)
NO_UUID = "00000000-0000-0000-0000-000000000000"


async def export_page(
    connection: Connection, clinic_id: int, traces: Traces, what: str, after: Any, limit: int
) -> list[DictRow]:
    """What there is of a class, after a key; without data what there is of somebody else."""
    by_uuid = isinstance(after, str)
    values = {
        "clinic_id": clinic_id,
        **traces.values(),
        "contacts": [str(contact) for contact in traces.contacts],
        "after": 0 if by_uuid else after,
        "after_uuid": after if by_uuid else NO_UUID,
        "limit": limit,
    }
    cursor = await connection.execute(with_places(_EXPORTS[what]) + b" ORDER BY 1 LIMIT %(limit)s", values)
    return await cursor.fetchall()


def first_key(what: str) -> Any:
    """What every key of a class comes after."""
    return NO_UUID if what in ("queued", "kept_event") else 0
