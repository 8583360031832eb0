"""A message on its way out: SQL and its row."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.queue_worker.sending.calls import Quoted
from services.queue_worker.sending.way_out import Chat, find_chat
from shared.db.pool import Connection


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message on its way out, or one that is to be changed.

    `posted_at` is there where it was handed to Evolution before and the outcome is not known.
    """

    message_id: int
    conversation_id: int
    message_type: str
    content: str
    chat: Chat
    source_id: int | None
    provider_id: str | None
    posted_at: datetime | None
    ours: bool
    participant: str | None
    quoted: Quoted | None


async def find_outgoing(connection: Connection, clinic_id: int, message_id: int) -> Outgoing | None:
    """The message with all that is needed to send it, but its file."""
    cursor = await connection.execute(
        """
        SELECT m.id, m.conversation_id, m.message_type, m.content, m.source_id, m.provider_id, m.posted_at,
          m.sender_type <> 'patient' AS ours, m.metadata ->> 'participant' AS participant, m.reply_to,
          a.sender_type <> 'patient' AS quoted_ours, a.metadata ->> 'participant' AS quoted_participant,
          CASE WHEN a.message_type = 'text' AND a.deleted_at IS NULL THEN left(a.content, 1000) END AS quoted_text
        FROM messages m LEFT JOIN messages a
          ON a.source_id = m.source_id AND a.provider_id = m.reply_to AND a.clinic_id = m.clinic_id
        WHERE m.clinic_id = %s AND m.id = %s
        """,
        [clinic_id, message_id],
        prepare=True,
    )
    row = await cursor.fetchone()
    chat = None if row is None else await find_chat(connection, clinic_id, row["conversation_id"])
    if row is None or chat is None:
        return None
    return Outgoing(
        row["id"],
        row["conversation_id"],
        row["message_type"],
        row["content"],
        chat,
        row["source_id"],
        row["provider_id"],
        row["posted_at"],
        row["ours"],
        row["participant"],
        _quoted(row, chat),
    )


def _quoted(row: Mapping[str, Any], chat: Chat) -> Quoted | None:
    """The message that is answered, where it is one of the same instance: another knows it under no name."""
    if row["reply_to"] is None or row["quoted_ours"] is None:
        return None
    key = chat.key(row["reply_to"], from_me=row["quoted_ours"], participant=row["quoted_participant"])
    return Quoted(key, row["quoted_text"])
