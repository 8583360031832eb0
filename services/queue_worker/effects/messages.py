"""Messages and attachments in SQL: one row for a provider's message, whoever tells of it and however often."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from services.queue_worker.effects.changes import Target
from services.queue_worker.effects.keys import Key, columns
from services.queue_worker.effects.settling import status_rank
from services.queue_worker.facts import MessageFact
from services.queue_worker.queue import wake_send
from shared.db.pool import Connection

Row = dict[str, Any]

_CLIMBS = "status_rank(excluded.delivery_status) > status_rank(m.delivery_status)"
# WhatsApp only knows that a message was ours; an integration that tells of the same one knows that a machine wrote it.
_BETTER_KNOWN = "(excluded.sender_type = 'ai' AND m.sender_type = 'professional')"
# History that is told of by itself too was not only history.
_AWAKENS = "(m.quiet AND NOT excluded.quiet)"


@dataclass(frozen=True, slots=True)
class PlacedMessage:
    """A message fact, the clinic, conversation and source in which it stands, and the event that told it."""

    fact: MessageFact
    clinic_id: int
    conversation_id: int
    source_id: int
    told_by: UUID | None = None

    @property
    def target(self) -> Target:
        """What changes of it name."""
        return Target(self.clinic_id, self.source_id, self.fact.provider_id)


def merge_repeated(placed: Sequence[PlacedMessage]) -> list[PlacedMessage]:
    """One of each message: two events of a batch may tell of the same one, the later with a better status."""
    merged: dict[tuple[int, str], PlacedMessage] = {}
    for message in placed:
        key = message.source_id, message.fact.provider_id
        merged[key] = _higher(merged[key], message) if key in merged else message
    return list(merged.values())


def _higher(first: PlacedMessage, second: PlacedMessage) -> PlacedMessage:
    status = max(first.fact.delivery_status, second.fact.delivery_status, key=status_rank)
    sender = "ai" if "ai" in (first.fact.sender_type, second.fact.sender_type) else first.fact.sender_type
    quiet = first.fact.quiet and second.fact.quiet
    return replace(first, fact=replace(first.fact, delivery_status=status, sender_type=sender, quiet=quiet))


async def adopt_echoes(connection: Connection, placed: Sequence[PlacedMessage]) -> list[PlacedMessage]:
    """Recognise our own sends: Evolution may tell of one before it answers the call that caused it, or instead.

    Returns the messages, those recognised as `sent` at least: that they are told of proves it, though they were given up.
    """
    echoes = {(message.clinic_id, message.conversation_id) for message in placed if message.fact.echo}
    waiting = await _awaiting_echo(connection, echoes) if echoes else set()
    return [
        await _adopted(connection, message) if message.fact.echo and message.conversation_id in waiting else message
        for message in placed
    ]


async def _awaiting_echo(connection: Connection, conversations: Set[Key]) -> set[int]:
    cursor = await connection.execute(
        "SELECT w.conversation_id FROM unnest(%b::bigint[], %b::bigint[]) AS w (clinic_id, conversation_id)"
        " CROSS JOIN LATERAL (SELECT FROM messages m WHERE m.clinic_id = w.clinic_id"
        "  AND m.conversation_id = w.conversation_id AND m.provider_id IS NULL AND m.posted_at IS NOT NULL LIMIT 1) AS m",
        columns(conversations),
        prepare=True,
    )
    return {row["conversation_id"] for row in await cursor.fetchall()}


async def _adopted(connection: Connection, message: PlacedMessage) -> PlacedMessage:
    """The oldest reply with the same words that was handed to Evolution and has no id yet is the one."""
    cursor = await connection.execute(
        """
        UPDATE messages SET provider_id = %(provider_id)s, source_id = %(source_id)s, delivery_status = 'pending',
          metadata = metadata - 'failure' WHERE id = (
          SELECT id FROM messages WHERE clinic_id = %(clinic_id)s AND conversation_id = %(conversation_id)s
            AND provider_id IS NULL AND posted_at IS NOT NULL AND content = %(content)s
          ORDER BY posted_at LIMIT 1
        ) AND NOT EXISTS (SELECT 1 FROM messages WHERE source_id = %(source_id)s AND provider_id = %(provider_id)s)
        RETURNING id
        """,
        {
            "clinic_id": message.clinic_id,
            "provider_id": message.fact.provider_id,
            "source_id": message.source_id,
            "conversation_id": message.conversation_id,
            "content": message.fact.content,
        },
    )
    adopted = await cursor.fetchone()
    if adopted is None:
        return message
    await wake_send(connection, message.conversation_id, adopted["id"])
    status = max("sent", message.fact.delivery_status, key=status_rank)
    return replace(message, fact=replace(message.fact, delivery_status=status))


async def store_messages(connection: Connection, placed: Sequence[PlacedMessage]) -> list[Row]:
    """Store messages; returns rows that are new (`inserted`) or of which something better is known now, and no others.

    `awakened` says of a known one that it was history until now, `awaited` that changes came before the message did. One
    that another transaction stored while this statement waited for it, under the patient's other name, cannot be seen as it
    was; but a patient's message is delivered from its beginning, so nothing else can be better known of it.
    """
    facts = [message.fact for message in placed]
    cursor = await connection.execute(
        f"""
        INSERT INTO messages AS m (clinic_id, conversation_id, source_id, provider_id, sender_type, sender_name, content,
          message_type, "timestamp", delivery_status, reply_to, metadata, quiet, told_by)
        SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::text[], %b::text[], %b::text[], %b::text[],
          %b::text[], %b::timestamptz[], %b::text[], %b::text[], %b::jsonb[], %b::boolean[], %b::uuid[])
        ON CONFLICT (source_id, provider_id) WHERE provider_id IS NOT NULL DO UPDATE
          SET delivery_status = CASE WHEN {_CLIMBS} THEN excluded.delivery_status ELSE m.delivery_status END,
            sender_type = CASE WHEN {_BETTER_KNOWN} THEN 'ai' ELSE m.sender_type END,
            quiet = m.quiet AND excluded.quiet, version = m.version + 1
          WHERE {_CLIMBS} OR {_BETTER_KNOWN} OR {_AWAKENS}
        RETURNING m.*, (m.xmax = 0) AS inserted,
          m.xmax <> 0 AND NOT m.quiet AND coalesce(
            (SELECT old.quiet FROM messages old WHERE old.id = m.id), m.sender_type = 'patient') AS awakened,
          EXISTS (SELECT FROM message_changes c
                  WHERE c.source_id = m.source_id AND c.provider_id = m.provider_id AND NOT c.settled) AS awaited
        """.encode(),  # noqa: S608 - built from constants
        [
            [message.clinic_id for message in placed],
            [message.conversation_id for message in placed],
            [message.source_id for message in placed],
            [fact.provider_id for fact in facts],
            [fact.sender_type for fact in facts],
            [fact.sender_name for fact in facts],
            [fact.content for fact in facts],
            [fact.message_type for fact in facts],
            [fact.timestamp for fact in facts],
            [fact.delivery_status for fact in facts],
            [fact.reply_to for fact in facts],
            [Jsonb(fact.metadata) for fact in facts],
            [fact.quiet for fact in facts],
            [message.told_by for message in placed],
        ],
        prepare=True,
    )
    return await cursor.fetchall()


async def store_attachments(
    connection: Connection, inserted: Sequence[Row], placed: Sequence[PlacedMessage]
) -> dict[int, list[Row]]:
    """Store the attachments of new messages; returns them by message."""
    facts = {(message.source_id, message.fact.provider_id): message.fact for message in placed}
    pairs = [
        (row, attachment) for row in inserted for attachment in facts[row["source_id"], row["provider_id"]].attachments
    ]
    if not pairs:
        return {}
    cursor = await connection.execute(
        "INSERT INTO message_attachments (clinic_id, message_id, file_name, file_path, file_type, file_size, metadata)"
        " SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::text[], %b::text[], %b::text[], %b::bigint[], %b::jsonb[])"
        " RETURNING *",
        [
            [row["clinic_id"] for row, _ in pairs],
            [row["id"] for row, _ in pairs],
            [attachment.file_name for _, attachment in pairs],
            [attachment.file_path for _, attachment in pairs],
            [attachment.file_type for _, attachment in pairs],
            [attachment.file_size for _, attachment in pairs],
            [Jsonb(attachment.metadata) for _, attachment in pairs],
        ],
    )
    return by_message(await cursor.fetchall())


async def attachments_of(connection: Connection, messages: Sequence[Row]) -> dict[int, list[Row]]:
    """Attachments that are stored already, by message."""
    cursor = await connection.execute(
        "SELECT a.* FROM unnest(%b::bigint[], %b::bigint[]) AS w (clinic_id, message_id)"
        " JOIN message_attachments a USING (clinic_id, message_id) ORDER BY a.id",
        columns((row["clinic_id"], row["id"]) for row in messages),
    )
    return by_message(await cursor.fetchall())


def by_message(attachments: Sequence[Mapping[str, Any]]) -> dict[int, list[Row]]:
    """Attachments, grouped."""
    grouped: dict[int, list[Row]] = {}
    for attachment in attachments:
        grouped.setdefault(attachment["message_id"], []).append(dict(attachment))
    return grouped
