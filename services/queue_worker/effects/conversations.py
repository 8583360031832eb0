"""Conversations in SQL: found or opened, locked, and their summary kept beside the newest message."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from services.queue_worker.effects.keys import Key, columns
from shared.db.pool import Connection

PREVIEW_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation locked by this transaction; `opened` where this transaction opened it."""

    clinic_id: int
    id: int
    contact_id: int
    opened: bool

    @property
    def contact(self) -> Key:
        """Whose it is."""
        return self.clinic_id, self.contact_id

    @property
    def key(self) -> Key:
        """What it is named by."""
        return self.clinic_id, self.id


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which conversations a batch is about: `contacts` that need one, `others` whose is locked if there is one, and ids."""

    contacts: Set[Key]
    others: Set[Key] = frozenset()
    ids: Set[Key] = frozenset()


async def lock_conversations(connection: Connection, wanted: Wanted) -> dict[Key, Conversation]:
    """The conversation of each contact, opened where there is none, locked in one order so that no two wait in a ring."""
    found = await _lock(connection, wanted.contacts | wanted.others, wanted.ids, opened=False)
    if missing := wanted.contacts - set(found):
        await _open(connection, missing)
        found |= await _lock(connection, missing, frozenset(), opened=True)
    return found


async def _lock(connection: Connection, contacts: Set[Key], ids: Set[Key], *, opened: bool) -> dict[Key, Conversation]:
    cursor = await connection.execute(
        """
        SELECT clinic_id, id, contact_id FROM conversations WHERE id = ANY (ARRAY(
          SELECT id FROM unnest(%b::bigint[], %b::bigint[]) AS w (clinic_id, contact_id)
            JOIN conversations USING (clinic_id, contact_id)
          UNION ALL
          SELECT id FROM unnest(%b::bigint[], %b::bigint[]) AS w (clinic_id, id) JOIN conversations USING (clinic_id, id)
        )) ORDER BY id FOR NO KEY UPDATE
        """,
        [*columns(contacts), *columns(ids)],
        prepare=True,
    )
    found = [Conversation(**row, opened=opened) for row in await cursor.fetchall()]
    return {conversation.contact: conversation for conversation in found}


async def lock_free(connection: Connection, ids: Set[Key]) -> set[Key]:
    """Lock those of the conversations that nobody else holds; returns which."""
    cursor = await connection.execute(
        "SELECT c.clinic_id, c.id FROM unnest(%b::bigint[], %b::bigint[]) AS w (clinic_id, id)"
        " JOIN conversations c USING (clinic_id, id) ORDER BY c.id FOR NO KEY UPDATE OF c SKIP LOCKED",
        columns(ids),
        prepare=True,
    )
    return {(row["clinic_id"], row["id"]) for row in await cursor.fetchall()}


async def _open(connection: Connection, contacts: Set[Key]) -> None:
    await connection.execute(
        "INSERT INTO conversations (clinic_id, contact_id) SELECT * FROM unnest(%b::bigint[], %b::bigint[])"
        " ON CONFLICT DO NOTHING",
        columns(sorted(contacts)),
    )


async def name_conversations(connection: Connection, names: Mapping[Key, str]) -> set[Key]:
    """A conversation opened before an integration named it gets the name as its external id; our own id is not one.

    Of two that were called the same the first gets it. Returns those that got one.
    """
    if not names:
        return set()
    cursor = await connection.execute(
        """
        WITH n AS (
          SELECT DISTINCT ON (n.clinic_id, n.name) n.* FROM unnest(%b::bigint[], %b::bigint[], %b::text[])
            WITH ORDINALITY AS n (clinic_id, id, name, place) JOIN conversations c USING (clinic_id, id)
          WHERE c.external_id IS NULL AND n.name <> c.id::text
            AND NOT EXISTS (SELECT 1 FROM conversations o WHERE o.clinic_id = n.clinic_id AND o.external_id = n.name)
          ORDER BY n.clinic_id, n.name, n.place
        )
        UPDATE conversations c SET external_id = n.name FROM n WHERE c.clinic_id = n.clinic_id AND c.id = n.id
        RETURNING c.clinic_id, c.id
        """,
        [*columns(names), list(names.values())],
    )
    return {(row["clinic_id"], row["id"]) for row in await cursor.fetchall()}


@dataclass(frozen=True, slots=True)
class Summary:
    """A conversation's list entry after its change; whose it is and who it is with, where messages were added to it."""

    clinic_id: int
    id: int
    version: int
    assigned_to: int | None = None
    contact_name: str | None = None

    @classmethod
    def of_new(cls, conversation: Conversation) -> "Summary":
        """Of a conversation that was opened, whatever happens in it."""
        return cls(conversation.clinic_id, conversation.id, 1)


async def add_to_summaries(
    connection: Connection,
    messages: Sequence[Mapping[str, Any]],
    channels: Set[int],
    addresses: Mapping[int, str | None],
) -> list[Summary]:
    """Count new messages in, and show the newest of each conversation; one that came late changes the count only.

    A patient's message opens an archived conversation again. Replies leave through the source last heard on, where it is
    one of `channels` (an integration tells of messages, but does not send them), and to the address last heard under:
    `addresses` has it for each message.
    """

    def heard_at(message: Mapping[str, Any]) -> tuple[Any, str]:
        return message["timestamp"], addresses.get(message["id"]) or ""

    newest: dict[int, Mapping[str, Any]] = {}
    heard: dict[int, Mapping[str, Any]] = {}
    told_by: dict[int, int] = {}
    unread: dict[int, int] = {}
    for message in messages:
        conversation = message["conversation_id"]
        newest[conversation] = max(newest.get(conversation, message), message, key=_position)
        alarming = message["sender_type"] == "patient" and not message["quiet"]
        unread[conversation] = unread.get(conversation, 0) + alarming
        if message["source_id"] in channels:
            told_by[conversation] = message["source_id"]
        if message["source_id"] in channels and addresses.get(message["id"]):
            heard[conversation] = max(heard.get(conversation, message), message, key=heard_at)
    shown = list(newest.values())
    heard_last = [heard.get(conversation, {}) for conversation in newest]
    cursor = await connection.execute(
        """
        WITH n AS (
          SELECT n.*, c.last_message_at IS NULL OR (n.at, n.message_id) > (c.last_message_at, c.last_message_id) AS newer,
            n.heard_at IS NOT NULL AND (c.heard_at IS NULL OR (n.heard_at, coalesce(n.heard_address, '') COLLATE "C")
              >= (c.heard_at, coalesce(c.heard_address, '') COLLATE "C")) AS heard
          FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::timestamptz[], %b::text[], %b::text[], %b::text[],
            %b::integer[], %b::bigint[], %b::timestamptz[], %b::text[], %b::bigint[])
            AS n (clinic_id, id, message_id, at, content, message_type, sender_type, unread, source_id, heard_at,
              heard_address, told_by)
          JOIN conversations c ON c.clinic_id = n.clinic_id AND c.id = n.id
        )
        UPDATE conversations c SET
          unread_count = c.unread_count + n.unread,
          version = c.version + 1,
          updated_at = now(),
          last_message_id = CASE WHEN newer THEN n.message_id ELSE c.last_message_id END,
          last_message = CASE WHEN newer THEN n.content ELSE c.last_message END,
          last_message_type = CASE WHEN newer THEN n.message_type ELSE c.last_message_type END,
          last_message_sender = CASE WHEN newer THEN n.sender_type ELSE c.last_message_sender END,
          last_message_at = CASE WHEN newer THEN n.at ELSE c.last_message_at END,
          status = CASE WHEN n.unread > 0 THEN 'active' ELSE c.status END,
          source_id = CASE WHEN heard THEN n.source_id ELSE coalesce(c.source_id, n.told_by) END,
          heard_at = CASE WHEN heard THEN n.heard_at ELSE c.heard_at END,
          heard_address = CASE WHEN heard THEN n.heard_address ELSE c.heard_address END
        FROM n WHERE c.clinic_id = n.clinic_id AND c.id = n.id
        RETURNING c.clinic_id, c.id, c.version, c.assigned_to, CASE WHEN c.assigned_to IS NOT NULL THEN
          (SELECT ct.name FROM contacts ct WHERE ct.clinic_id = c.clinic_id AND ct.id = c.contact_id) END AS contact_name
        """,
        [
            [message["clinic_id"] for message in shown],
            list(newest),
            [message["id"] for message in shown],
            [message["timestamp"] for message in shown],
            [preview(message)[0] for message in shown],
            [preview(message)[1] for message in shown],
            [message["sender_type"] for message in shown],
            list(unread.values()),
            [message.get("source_id") for message in heard_last],
            [message.get("timestamp") for message in heard_last],
            [addresses.get(message.get("id", 0)) for message in heard_last],
            [told_by.get(conversation) for conversation in newest],
        ],
        prepare=True,
    )
    return [Summary(**row) for row in await cursor.fetchall()]


def preview(message: Mapping[str, Any]) -> tuple[str, str]:
    """What the list shows of a message: its beginning and its type. Of a deleted one only that it was."""
    if message["deleted_at"] is not None:
        return "", "deleted"
    return message["content"][:PREVIEW_LENGTH], message["message_type"]


def _position(message: Mapping[str, Any]) -> tuple[Any, int]:
    return message["timestamp"], message["id"]


async def touch(connection: Connection, conversations: Set[Key]) -> list[Summary]:
    """Raise the version of conversations that changed in another way."""
    cursor = await connection.execute(
        "UPDATE conversations c SET version = version + 1, updated_at = now()"
        " FROM unnest(%b::bigint[], %b::bigint[]) AS w (clinic_id, id)"
        " WHERE c.clinic_id = w.clinic_id AND c.id = w.id RETURNING c.clinic_id, c.id, c.version",
        columns(conversations),
    )
    return [Summary(**row) for row in await cursor.fetchall()]


async def correct_summaries(connection: Connection, messages: Sequence[Mapping[str, Any]]) -> list[Summary]:
    """Show the last message as it is now, where it is one of those that changed."""
    cursor = await connection.execute(
        "UPDATE conversations c SET last_message_sender = n.sender, last_message = n.content, last_message_type = n.type,"
        " version = c.version + 1, updated_at = now()"
        " FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::text[], %b::text[], %b::text[])"
        " AS n (clinic_id, id, message_id, sender, content, type)"
        " WHERE c.clinic_id = n.clinic_id AND c.id = n.id AND c.last_message_id = n.message_id"
        " AND (c.last_message_sender, c.last_message, c.last_message_type) IS DISTINCT FROM (n.sender, n.content, n.type)"
        " RETURNING c.clinic_id, c.id, c.version",
        [
            [message["clinic_id"] for message in messages],
            [message["conversation_id"] for message in messages],
            [message["id"] for message in messages],
            [message["sender_type"] for message in messages],
            [preview(message)[0] for message in messages],
            [preview(message)[1] for message in messages],
        ],
        prepare=True,
    )
    return [Summary(**row) for row in await cursor.fetchall()]


async def refresh_summaries(connection: Connection, clinic_id: int, conversations: Sequence[int]) -> list[Summary]:
    """Derive the last message of conversations anew, where one was taken away."""
    cursor = await connection.execute(
        """
        UPDATE conversations c SET
          (last_message_id, last_message, last_message_type, last_message_sender, last_message_at) = (
            SELECT m.id, CASE WHEN m.deleted_at IS NULL THEN left(m.content, %s) ELSE '' END,
              CASE WHEN m.deleted_at IS NULL THEN m.message_type ELSE 'deleted' END,
              m.sender_type, m."timestamp"
            FROM messages m WHERE m.clinic_id = c.clinic_id AND m.conversation_id = c.id AND m.message_type <> 'note'
            ORDER BY m."timestamp" DESC, m.id DESC LIMIT 1),
          version = version + 1, updated_at = now()
        WHERE c.clinic_id = %s AND c.id = ANY(%s)
        RETURNING c.clinic_id, c.id, c.version
        """,
        [PREVIEW_LENGTH, clinic_id, list(conversations)],
    )
    return [Summary(**row) for row in await cursor.fetchall()]
