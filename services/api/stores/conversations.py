"""Statements about conversations. Each names the clinic, though row-level security would do: see the tenancy tests."""

from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg.rows import DictRow
from psycopg.sql import SQL, Composable, Composed, Literal

from services.api.contact_search import ContactSearch
from services.api.cursors import Position
from services.api.references import ConversationReference
from services.api.stores.found_contacts import MATCHING, FoundContacts, matching_values
from shared.db.pool import Connection

# A list shows the beginning of a message, which may be 64 KiB of text. The worker keeps as much.
PREVIEW_LENGTH = 500

COLUMNS = SQL(
    """c.id, c.contact_id, ct.name AS contact_name, ct.phone AS contact_phone, c.external_id, c.status, c.priority,
       c.assigned_to, c.unread_count, c.last_message_id, c.last_message,
       c.last_message_type, c.last_message_sender, c.activity_at, c.created_at, c.updated_at, c.version, cl.timezone,
       ARRAY(SELECT lb.label_id FROM conversation_labels lb
             WHERE lb.clinic_id = c.clinic_id AND lb.conversation_id = c.id ORDER BY lb.label_id) AS label_ids"""
)
TABLES = SQL(
    """conversations c
       JOIN contacts ct ON ct.clinic_id = c.clinic_id AND ct.id = c.contact_id
       JOIN clinics cl ON cl.id = c.clinic_id"""
)
NO_ID = 0

# Which conversation a reference means. One that was merged into another is found there: old links and clients know it.
NAMED = SQL(
    """
    c.clinic_id = %(clinic_id)s AND c.id = (
      SELECT named.id FROM (
        SELECT 1 AS choice, n.id FROM conversations n WHERE n.clinic_id = %(clinic_id)s AND n.id = %(own_id)s
        UNION ALL
        SELECT 2, n.id FROM conversations n WHERE n.clinic_id = %(clinic_id)s AND n.external_id = %(external_id)s
        UNION ALL
        SELECT 3, m.into_conversation_id FROM conversation_merges m
        WHERE m.clinic_id = %(clinic_id)s AND m.from_conversation_id = %(own_id)s
        UNION ALL
        SELECT 4, m.into_conversation_id FROM conversation_merges m
        WHERE m.clinic_id = %(clinic_id)s AND m.from_external_id = %(external_id)s
      ) AS named ORDER BY choice LIMIT 1)
    """
)


@dataclass(frozen=True, slots=True)
class ConversationFilter:
    """Which conversations of a clinic; what is None or False does not narrow."""

    status: str | None = None
    priority: str | None = None
    assigned_to: int | None = None
    unassigned: bool = False
    found: FoundContacts | None = None
    contact_id: int | None = None
    label_id: int | None = None

    @property
    def singular(self) -> bool:
        """Whether it chooses by more than what conversations are counted by."""
        return not (self.found is None and self.contact_id is None and self.label_id is None)

    def conditions(self) -> Composed:
        """The condition on `conversations c` and their `contacts ct`, always with the clinic's."""
        chosen = [
            (True, SQL("c.clinic_id = %(clinic_id)s")),
            # As literals: only then does a plan that is kept know that an index of rare values has them.
            (self.status is not None, SQL("c.status = {}").format(Literal(self.status))),
            (self.priority is not None, SQL("c.priority = {}").format(Literal(self.priority))),
            (self.assigned_to is not None, SQL("c.assigned_to = %(assigned_to)s")),
            (self.unassigned, SQL("c.assigned_to IS NULL")),
            (self.contact_id is not None, SQL("c.contact_id = %(contact_id)s")),
            (self.label_id is not None, _LABELLED),
        ]
        conditions: list[Composable] = [condition for applies, condition in chosen if applies]
        if self.found is not None:
            conditions.append(self.found.condition(_NAMED))
        return SQL(" AND ").join(conditions)

    def values(self) -> dict[str, Any]:
        """The condition's values, but for the clinic's."""
        return {
            "assigned_to": self.assigned_to,
            "contact_id": self.contact_id,
            "label_id": self.label_id,
            **(self.found.values() if self.found else {}),
        }


_NAMED = SQL("c.contact_id = ANY (%(found)s)")

_LABELLED = SQL(
    """EXISTS (SELECT FROM conversation_labels lb
       WHERE lb.clinic_id = c.clinic_id AND lb.conversation_id = c.id AND lb.label_id = %(label_id)s)"""
)


async def list_conversations(
    connection: Connection, clinic_id: int, chosen: ConversationFilter, after: Position | None, limit: int
) -> list[DictRow]:
    """A page of conversations, those active last first, beginning after a position."""
    conditions = chosen.conditions()
    if after is not None:
        conditions += SQL(" AND (c.activity_at, c.id) < (%(after_at)s, %(after_id)s)")
    statement = SQL(
        "SELECT {columns} FROM {tables} WHERE {conditions} ORDER BY c.activity_at DESC, c.id DESC LIMIT %(limit)s"
    ).format(columns=COLUMNS, tables=TABLES, conditions=conditions)
    values = chosen.values() | {"clinic_id": clinic_id, "limit": limit}
    position = {} if after is None else {"after_at": after.at, "after_id": after.id}
    cursor = await connection.execute(statement, values | position)
    return await cursor.fetchall()


async def count_conversations(connection: Connection, clinic_id: int, chosen: ConversationFilter) -> int:
    """How many conversations are chosen. By what lists filter by that is known, and nothing is counted."""
    counted = SQL("conversations c") if chosen.singular else SQL("conversation_counts c")
    number = SQL("count(*)") if chosen.singular else SQL("coalesce(sum(c.conversations), 0)::bigint")
    statement = SQL("SELECT {} AS total FROM {} WHERE {}").format(number, counted, chosen.conditions())
    cursor = await connection.execute(statement, chosen.values() | {"clinic_id": clinic_id})
    row = await cursor.fetchone()
    return int(row["total"]) if row else 0


async def find_by_contact(
    connection: Connection, clinic_id: int, chosen: ConversationFilter, search: ContactSearch
) -> tuple[FoundContacts, int]:
    """The contacts that a search finds, and how many conversations are chosen that are with those whose ids are known."""
    statement = SQL(
        """
        SELECT f.ids, (SELECT count(*) FROM conversations c WHERE c.contact_id = ANY (f.ids) AND {}) AS total
        FROM {} AS f (ids)
        """
    ).format(chosen.conditions(), MATCHING)
    cursor = await connection.execute(statement, chosen.values() | matching_values(search) | {"clinic_id": clinic_id})
    row = await cursor.fetchone()
    return (FoundContacts(search, row["ids"]), int(row["total"])) if row else (FoundContacts(search, []), 0)


async def find_conversation(connection: Connection, clinic_id: int, reference: ConversationReference) -> DictRow | None:
    """The conversation of that id, else the one of that external id, else the one into which such a one was merged."""
    statement = SQL("SELECT {columns} FROM {tables} WHERE {named}").format(columns=COLUMNS, tables=TABLES, named=NAMED)
    cursor = await connection.execute(statement, reference_values(clinic_id, reference))
    return await cursor.fetchone()


async def find_conversation_id(connection: Connection, clinic_id: int, reference: ConversationReference) -> int | None:
    """The id alone."""
    statement = SQL("SELECT c.id FROM conversations c WHERE {named}").format(named=NAMED)
    cursor = await connection.execute(statement, reference_values(clinic_id, reference))
    row = await cursor.fetchone()
    return None if row is None else int(row["id"])


async def lock_conversation(connection: Connection, clinic_id: int, reference: ConversationReference) -> DictRow | None:
    """The conversation, locked until the transaction ends, with its way out: an active Evolution instance or null.

    The lock lets others refer to the row (foreign keys), and makes the effects on one conversation happen one by one.
    """
    statement = SQL(
        """
        SELECT c.id, cl.timezone, s.id AS source_id, c.unread_count, c.last_message_id, c.version
        FROM conversations c
        JOIN clinics cl ON cl.id = c.clinic_id
        LEFT JOIN sources s ON s.clinic_id = c.clinic_id AND s.id = c.source_id AND s.kind = 'evolution' AND s.active
        WHERE {named} FOR NO KEY UPDATE OF c
        """
    ).format(named=NAMED)
    cursor = await connection.execute(statement, reference_values(clinic_id, reference))
    return await cursor.fetchone()


async def refresh_last_message(connection: Connection, clinic_id: int, conversation_id: int) -> DictRow:
    """Derive the conversation's last message from its messages, and make it a newer version of itself."""
    return await make_newer(
        connection,
        """
        UPDATE conversations SET
          (last_message_id, last_message, last_message_type, last_message_sender, last_message_at) = (
            SELECT m.id, CASE WHEN m.deleted_at IS NULL THEN left(m.content, %(preview)s) ELSE '' END,
              CASE WHEN m.deleted_at IS NULL THEN m.message_type ELSE 'deleted' END,
              m.sender_type, m."timestamp"
            FROM messages m WHERE m.clinic_id = %(clinic_id)s AND m.conversation_id = %(conversation_id)s
              AND m.message_type <> 'note'
            ORDER BY m."timestamp" DESC, m.id DESC LIMIT 1),
          updated_at = clock_timestamp(), version = version + 1
        WHERE clinic_id = %(clinic_id)s AND id = %(conversation_id)s
        RETURNING id, updated_at, version
        """,
        {"clinic_id": clinic_id, "conversation_id": conversation_id, "preview": PREVIEW_LENGTH},
    )


async def set_unread(connection: Connection, clinic_id: int, conversation_id: int, unread: int) -> DictRow:
    """Say how many messages are unread, which makes the conversation a newer version of itself."""
    return await make_newer(
        connection,
        "UPDATE conversations SET unread_count = %(unread)s, updated_at = clock_timestamp(), version = version + 1"
        " WHERE clinic_id = %(clinic_id)s AND id = %(conversation_id)s RETURNING id, updated_at, version",
        {"clinic_id": clinic_id, "conversation_id": conversation_id, "unread": unread},
    )


async def touch_conversation(connection: Connection, clinic_id: int, conversation_id: int) -> DictRow:
    """Make the conversation a newer version of itself, because something in it changed."""
    return await make_newer(
        connection,
        "UPDATE conversations SET updated_at = clock_timestamp(), version = version + 1"
        " WHERE clinic_id = %(clinic_id)s AND id = %(conversation_id)s RETURNING id, updated_at, version",
        {"clinic_id": clinic_id, "conversation_id": conversation_id},
    )


async def make_newer(connection: Connection, statement: LiteralString, values: dict[str, Any]) -> DictRow:
    """What an UPDATE returns of a conversation that this transaction has locked."""
    cursor = await connection.execute(statement, values)
    row = await cursor.fetchone()
    if row is None:
        raise LookupError("the conversation was locked by this transaction and is gone")
    return row


def reference_values(clinic_id: int, reference: ConversationReference) -> dict[str, Any]:
    """The values of NAMED."""
    return {"clinic_id": clinic_id, "own_id": reference.own_id or NO_ID, "external_id": reference.external_id}
