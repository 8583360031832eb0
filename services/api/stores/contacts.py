"""Statements about contacts. Each names the clinic."""

from typing import Any

from psycopg.rows import DictRow
from psycopg.sql import SQL

from services.api.references import LARGEST_ID
from services.api.stores.found_contacts import FoundContacts
from shared.db.pool import Connection

COLUMNS = SQL("ct.id, ct.name, ct.phone, ct.email, ct.created_at, ct.updated_at, ct.version, cl.timezone")
TABLES = SQL("contacts ct JOIN clinics cl ON cl.id = ct.clinic_id")
_NAMED = SQL("ct.id = ANY (%(found)s)")


async def list_contacts(
    connection: Connection, clinic_id: int, found: FoundContacts | None, before: int | None, limit: int
) -> list[DictRow]:
    """A page of contacts, those met last first: an order in which nothing ever moves."""
    values: dict[str, Any] = {"clinic_id": clinic_id, "limit": limit, "before": before or LARGEST_ID}
    chosen = SQL("true") if found is None else found.condition(_NAMED)
    statement = SQL(
        "SELECT {} FROM {} WHERE ct.clinic_id = %(clinic_id)s AND ct.id < %(before)s AND {}"
        " ORDER BY ct.id DESC LIMIT %(limit)s"
    ).format(COLUMNS, TABLES, chosen)
    cursor = await connection.execute(statement, values | ({} if found is None else found.values()))
    return await cursor.fetchall()


async def find_contact(connection: Connection, clinic_id: int, contact_id: int) -> DictRow | None:
    """A contact, and how many conversations there are with it."""
    statement = SQL(
        """SELECT {}, (SELECT count(*) FROM conversations c WHERE c.clinic_id = ct.clinic_id AND c.contact_id = ct.id)
             AS conversation_count
           FROM {} WHERE ct.clinic_id = %s AND ct.id = %s"""
    ).format(COLUMNS, TABLES)
    cursor = await connection.execute(statement, [clinic_id, contact_id])
    return await cursor.fetchone()


async def lock_conversations_with(connection: Connection, clinic_id: int, contact_id: int) -> None:
    """Lock a contact's conversations until the transaction ends, before whoever locks the contact does."""
    await connection.execute(
        "SELECT 1 FROM conversations WHERE clinic_id = %s AND contact_id = %s ORDER BY id FOR NO KEY UPDATE",
        [clinic_id, contact_id],
    )


async def lock_contact(connection: Connection, clinic_id: int, contact_id: int) -> DictRow | None:
    """A contact, locked until the transaction ends: after its conversations, as workers do."""
    statement = SQL("SELECT {} FROM {} WHERE ct.clinic_id = %s AND ct.id = %s FOR NO KEY UPDATE OF ct").format(
        COLUMNS, TABLES
    )
    cursor = await connection.execute(statement, [clinic_id, contact_id])
    return await cursor.fetchone()


async def list_identities(connection: Connection, clinic_id: int, contact_id: int) -> list[DictRow]:
    """The names under which a contact is known."""
    cursor = await connection.execute(
        "SELECT kind, value FROM contact_identities WHERE clinic_id = %s AND contact_id = %s ORDER BY kind, value",
        [clinic_id, contact_id],
    )
    return await cursor.fetchall()


async def store_contact(
    connection: Connection, clinic_id: int, contact_id: int, *, name: str, email: str | None
) -> DictRow:
    """Say what a contact is called and its e-mail address; no name of WhatsApp or an integration replaces a new one."""
    cursor = await connection.execute(
        """
        UPDATE contacts SET name = %(name)s::text, email = %(email)s, updated_at = clock_timestamp(),
          name_origin = CASE WHEN name = %(name)s::text THEN name_origin ELSE 'agent' END,
          name_at = CASE WHEN name = %(name)s::text THEN name_at ELSE clock_timestamp() END
        WHERE clinic_id = %(clinic_id)s AND id = %(id)s RETURNING name, email, updated_at, version
        """,
        {"name": name, "email": email, "clinic_id": clinic_id, "id": contact_id},
    )
    row = await cursor.fetchone()
    if row is None:
        raise LookupError("the contact was locked by this transaction and is gone")
    return row


async def touch_conversations(connection: Connection, clinic_id: int, contact_id: int) -> list[DictRow]:
    """Make a contact's conversations newer versions of themselves: they show what the contact is called."""
    cursor = await connection.execute(
        "UPDATE conversations SET updated_at = clock_timestamp(), version = version + 1"
        " WHERE clinic_id = %s AND contact_id = %s RETURNING id, updated_at, version",
        [clinic_id, contact_id],
    )
    return await cursor.fetchall()


async def who_changed(connection: Connection, clinic_id: int, contact_id: int, version: int) -> DictRow | None:
    """Who made a contact the version it is, and what it was before; None where it was no person."""
    cursor = await connection.execute(
        """
        SELECT u.id, u.name, a.data->'before' AS before, a.data->'after' AS after
        FROM audit_log a JOIN users u ON u.clinic_id = a.clinic_id AND u.id = a.actor_user_id
        WHERE a.clinic_id = %s AND a.subject_type = 'contact' AND a.subject_id = %s
          AND a.action = 'contact.changed' AND a.data->'version' = to_jsonb(%s::bigint)
        ORDER BY a.id DESC LIMIT 1
        """,
        [clinic_id, str(contact_id), version],
    )
    return await cursor.fetchone()
