"""Statements about two contacts that are to be one. Each names the clinic."""

from collections.abc import Sequence

from psycopg.rows import DictRow
from psycopg.sql import SQL

from services.api.stores.contacts import COLUMNS, TABLES
from shared.db.pool import Connection


async def lock_conversations_of(connection: Connection, clinic_id: int, contacts: Sequence[int]) -> dict[int, int]:
    """The conversation of each contact that has one, so that nothing is added to it until the transaction ends."""
    cursor = await connection.execute(
        "SELECT id, contact_id FROM conversations WHERE clinic_id = %s AND contact_id = ANY (%b::bigint[])"
        " ORDER BY id FOR UPDATE",
        [clinic_id, list(contacts)],
    )
    return {row["contact_id"]: row["id"] for row in await cursor.fetchall()}


async def lock_contacts(connection: Connection, clinic_id: int, contacts: Sequence[int]) -> dict[int, DictRow]:
    """Those of the contacts that are there: no address and no conversation is given to them until the transaction ends."""
    statement = SQL(
        "SELECT {} FROM {} WHERE ct.clinic_id = %s AND ct.id = ANY (%b::bigint[]) ORDER BY ct.id FOR UPDATE OF ct"
    ).format(COLUMNS, TABLES)
    cursor = await connection.execute(statement, [clinic_id, list(contacts)])
    return {row["id"]: row for row in await cursor.fetchall()}


async def merged_into(connection: Connection, clinic_id: int, contact: int) -> int | None:
    """The contact that is there and that another one went into, over however many others."""
    cursor = await connection.execute(
        """
        WITH RECURSIVE went (contact) AS (
          SELECT %(contact)s::bigint
          UNION
          SELECT a.subject_id::bigint FROM went w JOIN audit_log a ON a.clinic_id = %(clinic_id)s
            AND a.action = 'contact.merged' AND a.data ->> 'contact' = w.contact::text
        )
        SELECT c.id FROM went w JOIN contacts c ON c.clinic_id = %(clinic_id)s AND c.id = w.contact
        WHERE c.id <> %(contact)s LIMIT 1
        """,
        {"clinic_id": clinic_id, "contact": contact},
    )
    row = await cursor.fetchone()
    return None if row is None else int(row["id"])


async def being_erased(connection: Connection, clinic_id: int, contacts: Sequence[int]) -> bool:
    """Whether an erasure of one of them has begun and not ended."""
    cursor = await connection.execute(
        "SELECT 1 FROM erasures WHERE clinic_id = %s AND contact_id = ANY (%b::bigint[]) AND state <> 'done' LIMIT 1",
        [clinic_id, list(contacts)],
    )
    return await cursor.fetchone() is not None
