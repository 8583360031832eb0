"""Statements about everything that there is of one person. Each names the clinic."""

from typing import LiteralString

from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from shared.db.pool import Connection
from shared.db.retention_turns import await_turns
from shared.privacy.places import with_places
from shared.privacy.traces import Traces


async def lock_person(connection: Connection, clinic_id: int, contact_id: int) -> DictRow | None:
    """A contact with its hold, locked until the transaction ends."""
    cursor = await connection.execute(
        "SELECT id, name, phone, email, picture_url, created_at, updated_at, held_at, held_by, hold_reason FROM contacts"
        " WHERE clinic_id = %s AND id = %s FOR NO KEY UPDATE",
        [clinic_id, contact_id],
    )
    return await cursor.fetchone()


async def trace_person(connection: Connection, clinic_id: int, contact: DictRow) -> Traces:
    """A contact's addresses and conversations, and the contacts and conversations that went into them."""
    cursor = await connection.execute(
        """
        WITH RECURSIVE merged (contact) AS (
          SELECT %(id)s::text
          UNION
          SELECT a.data ->> 'contact' FROM merged m JOIN audit_log a ON a.clinic_id = %(clinic_id)s
            AND a.subject_type = 'contact' AND a.subject_id = m.contact AND a.action = 'contact.merged'
            AND a.data ->> 'contact' IS NOT NULL
        ), own AS (
          SELECT id, external_id FROM conversations WHERE clinic_id = %(clinic_id)s AND contact_id = %(id)s
        ), gone AS (
          SELECT m.from_conversation_id AS id, m.from_external_id AS external_id FROM conversation_merges m
          JOIN own ON own.id = m.into_conversation_id WHERE m.clinic_id = %(clinic_id)s
        ), every AS (SELECT * FROM own UNION ALL SELECT * FROM gone)
        SELECT (SELECT array_agg(contact::bigint ORDER BY contact::bigint) FROM merged) AS contacts,
          (SELECT array_agg(id ORDER BY id) FROM every) AS conversations,
          (SELECT array_agg(external_id) FROM every WHERE external_id IS NOT NULL) AS external_ids,
          (SELECT jsonb_agg(jsonb_build_array(i.kind, i.value) ORDER BY i.kind, i.value) FROM contact_identities i
           WHERE i.clinic_id = %(clinic_id)s AND i.contact_id = %(id)s) AS identities
        """,
        {"clinic_id": clinic_id, "id": contact["id"]},
    )
    row = await cursor.fetchone() or {}
    known = [(kind, value) for kind, value in row["identities"] or []]
    phone = [("phone", contact["phone"])] if contact["phone"] and ("phone", contact["phone"]) not in known else []
    return Traces(
        row["contacts"], row["conversations"] or [], [*known, *phone], row["external_ids"] or [], contact["email"]
    )


_COUNTS: LiteralString = """
SELECT
  (SELECT count(*) FROM messages m
   WHERE m.clinic_id = %(clinic_id)s AND m.conversation_id = ANY (%(conversations)s::bigint[])) AS messages,
  (SELECT count(*) FROM message_attachments a JOIN messages m ON m.clinic_id = a.clinic_id AND m.id = a.message_id
   WHERE a.clinic_id = %(clinic_id)s AND m.conversation_id = ANY (%(conversations)s::bigint[])) AS attachments,
  (SELECT count(*) FROM conversation_actions a
   WHERE a.clinic_id = %(clinic_id)s AND a.conversation_id = ANY (%(conversations)s::bigint[])) AS actions,
  (SELECT count(*) FROM conversations c
   WHERE c.clinic_id = %(clinic_id)s AND c.id = ANY (%(conversations)s::bigint[])) AS conversations,
  (SELECT count(*) FROM message_queue q WHERE q.clinic_id = %(clinic_id)s AND {QUEUED}) AS queued,
  (SELECT count(*) FROM failed_messages f WHERE f.clinic_id = %(clinic_id)s AND {DEAD}) AS dead_letters,
  (SELECT count(event) FROM kept_events_of(%(names)s, %(phones)s, %(patterns)s, '00000000-0000-0000-0000-000000000000', NULL))
    AS kept_events
"""


async def count_traces(connection: Connection, clinic_id: int, traces: Traces) -> dict[str, int]:
    """How much there is, of each class."""
    cursor = await connection.execute(with_places(_COUNTS), {"clinic_id": clinic_id, **traces.values()})
    row = await cursor.fetchone() or {}
    return {"identities": len(traces.identities), **row}


async def find_unfinished(connection: Connection, clinic_id: int, contact_id: int) -> DictRow | None:
    """The erasure of a contact that has begun and not ended."""
    cursor = await connection.execute(
        f"SELECT {ERASURE} FROM erasures WHERE clinic_id = %s AND contact_id = %s AND state <> 'done'",  # noqa: S608
        [clinic_id, contact_id],
    )
    return await cursor.fetchone()


ERASURE: LiteralString = (
    "id, contact_id, state, step, counts, person_hashes, reason, requested_by, created_at, finished_at"
)


async def begin_erasure(
    connection: Connection, clinic_id: int, contact_id: int, traces: Traces, *, reason: str, requested_by: int
) -> DictRow:
    """Take a person's addresses away, so that who writes from them is somebody new, and leave the rest to workers."""
    values = {"clinic_id": clinic_id, "id": contact_id, "conversations": list(traces.conversations)}
    for statement in (
        "DELETE FROM contact_identities WHERE clinic_id = %(clinic_id)s AND contact_id = %(id)s",
        "DELETE FROM conversation_merges WHERE clinic_id = %(clinic_id)s AND into_conversation_id = ANY (%(conversations)s)",
        "UPDATE conversations SET external_id = NULL, version = version + 1"
        " WHERE clinic_id = %(clinic_id)s AND contact_id = %(id)s",
    ):
        await connection.execute(statement.encode(), values)
    cursor = await connection.execute(
        f"INSERT INTO erasures (clinic_id, contact_id, scope, reason, requested_by) VALUES (%s, %s, %s, %s, %s)"  # noqa: S608
        f" RETURNING {ERASURE}",
        [clinic_id, contact_id, Jsonb(traces.scope()), reason, requested_by],
    )
    [row] = await cursor.fetchall()
    return row


async def list_erasures(
    connection: Connection, clinic_id: int, contact_id: int | None, before: int | None, limit: int
) -> list[DictRow]:
    """Erasures, the newest first, those before an id."""
    cursor = await connection.execute(
        f"SELECT {ERASURE} FROM erasures WHERE clinic_id = %(clinic_id)s AND id < %(before)s"  # noqa: S608
        " AND (%(contact_id)s::bigint IS NULL OR contact_id = %(contact_id)s) ORDER BY id DESC LIMIT %(limit)s",
        {"clinic_id": clinic_id, "before": before or 2**63 - 1, "contact_id": contact_id, "limit": limit},
    )
    return await cursor.fetchall()


async def hold(connection: Connection, clinic_id: int, contact_id: int, by: str, reason: str) -> DictRow:
    """Keep a person's data from being deleted: what is being deleted at this moment is waited for."""
    await await_turns(connection, clinic_id)
    cursor = await connection.execute(
        "UPDATE contacts SET held_at = clock_timestamp(), held_by = %s, hold_reason = %s WHERE clinic_id = %s AND id = %s"
        " RETURNING held_at, held_by, hold_reason",
        [by, reason, clinic_id, contact_id],
    )
    [row] = await cursor.fetchall()
    return row


async def release(connection: Connection, clinic_id: int, contact_id: int) -> None:
    """End a hold."""
    await connection.execute(
        "UPDATE contacts SET held_at = NULL, held_by = NULL, hold_reason = NULL WHERE clinic_id = %s AND id = %s",
        [clinic_id, contact_id],
    )
