"""The limit: the same effects as set-based SQL alone, without a queue, an interpreter or a broker.

Postgres reads the webhooks' JSON itself. `apply` gives a batch of one clinic its effects in one transaction.
"""

from collections.abc import Sequence

import psycopg

_STEPS = (
    """
    INSERT INTO bench_events
    SELECT gen_random_uuid(), body, j -> 'data' -> 'key' ->> 'id',
      split_part(j -> 'data' -> 'key' ->> 'remoteJid', '@', 1), j -> 'data' -> 'key' ->> 'remoteJid',
      j -> 'data' ->> 'pushName', j -> 'data' -> 'message' ->> 'conversation',
      to_timestamp((j -> 'data' ->> 'messageTimestamp')::bigint), j ->> 'event'
    FROM unnest(%(bodies)s::text[]) AS b (body), LATERAL (SELECT body::jsonb AS j) AS parsed
    """,
    """
    INSERT INTO webhook_events (id, clinic_id, source_id, correlation_id, event_type, digest, received_at)
    SELECT id, %(clinic)s, %(source)s, id, event_type, sha256(convert_to(body, 'UTF8')), now() FROM bench_events
    ON CONFLICT DO NOTHING
    """,
    """
    WITH fresh AS (
      SELECT DISTINCT ON (phone) nextval('contacts_id_seq') AS id, phone, jid, name, at FROM bench_events e
      WHERE NOT EXISTS (SELECT 1 FROM contact_identities i
                        WHERE i.clinic_id = %(clinic)s AND i.kind = 'phone' AND i.value = e.phone)
    ), made AS (
      INSERT INTO contacts (id, clinic_id, name, name_origin, name_at, phone)
      SELECT id, %(clinic)s, name, 'profile', at, phone FROM fresh
    ), opened AS (
      INSERT INTO conversations (clinic_id, contact_id) SELECT %(clinic)s, id FROM fresh
    )
    INSERT INTO contact_identities (clinic_id, kind, value, contact_id)
    SELECT %(clinic)s, 'phone', phone, id FROM fresh UNION ALL SELECT %(clinic)s, 'jid', jid, id FROM fresh
    """,
    """
    WITH stored AS (
      INSERT INTO messages (clinic_id, conversation_id, source_id, provider_id, sender_type, sender_name, content,
        "timestamp")
      SELECT %(clinic)s, v.id, %(source)s, e.provider_id, 'patient', e.name, e.content, e.at
      FROM bench_events e
      JOIN contact_identities i ON i.clinic_id = %(clinic)s AND i.kind = 'phone' AND i.value = e.phone
      JOIN conversations v ON v.clinic_id = %(clinic)s AND v.contact_id = i.contact_id
      ON CONFLICT (source_id, provider_id) WHERE provider_id IS NOT NULL DO NOTHING
      RETURNING *
    ), told AS (
      INSERT INTO outbox (clinic_id, channel, event)
      SELECT %(clinic)s, 'conversa:' || conversation_id,
        json_build_object('type', 'message:new', 'target', 'conversa', 'data', row_to_json(stored))::text
      FROM stored
    ), newest AS (
      SELECT DISTINCT ON (conversation_id) *, count(*) OVER (PARTITION BY conversation_id) AS fresh
      FROM stored ORDER BY conversation_id, "timestamp" DESC, id DESC
    )
    UPDATE conversations v SET unread_count = v.unread_count + n.fresh, version = v.version + 1, updated_at = now(),
      status = 'active', source_id = n.source_id, heard_at = greatest(v.heard_at, n."timestamp"),
      last_message_id = CASE WHEN v.last_message_at IS NULL OR n."timestamp" >= v.last_message_at
                             THEN n.id ELSE v.last_message_id END,
      last_message = CASE WHEN v.last_message_at IS NULL OR n."timestamp" >= v.last_message_at
                          THEN n.content ELSE v.last_message END,
      last_message_type = 'text', last_message_sender = 'patient',
      last_message_at = greatest(v.last_message_at, n."timestamp")
    FROM newest n WHERE v.clinic_id = %(clinic)s AND v.id = n.conversation_id
    """,
    "DELETE FROM outbox WHERE clinic_id = %(clinic)s",
)


def prepare(connection: psycopg.Connection) -> None:
    """What a session needs before it applies anything."""
    connection.execute(
        "CREATE TEMP TABLE bench_events (id uuid, body text, provider_id text, phone text, jid text, name text,"
        " content text, at timestamptz, event_type text) ON COMMIT DELETE ROWS"
    )
    connection.commit()


def apply(connection: psycopg.Connection, clinic: int, source: int, bodies: Sequence[str]) -> None:
    """Store a batch's effects, and commit."""
    values = {"clinic": clinic, "source": source, "bodies": list(bodies)}
    for step in _STEPS:
        connection.execute(step.encode(), values, prepare=True)
    connection.commit()
