"""What a patient's phone shows of an agent who attends: that messages were read, that somebody types."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

from psycopg.rows import DictRow

from services.api.problems import conversation_not_found, invalid_parameter
from services.api.references import ConversationReference, parse_id
from services.api.sending import list_event
from services.api.sessions import session_transaction
from services.api.stores.conversations import lock_conversation, set_unread
from services.api.stores.messages import locate_message, unread_messages
from services.api.stores.queue import (
    SIGNAL_PRIORITY,
    SendOrder,
    active_evolution_sources,
    is_way_out,
    queue_send,
    queue_typing,
)
from services.api.telling import append_outbox
from shared.auth.tokens import Claims
from shared.db.pool import Connection, Pool
from shared.events.live import live_event

# Evolution is told of no more at once: the newest. Older ones are read with them, as WhatsApp shows it.
MOST_READ = 50


async def mark_read(
    pool: Pool, claims: Claims, reference: ConversationReference, message_id: str | None, correlation_id: UUID
) -> dict[str, Any]:
    """Mark messages read up to one, or all. What came after it stays unread; what was read stays so."""
    async with session_transaction(pool, claims) as connection:
        conversation = await lock_conversation(connection, claims.clinic_id, reference)
        if conversation is None:
            raise conversation_not_found()
        unread = await unread_messages(connection, claims.clinic_id, conversation["id"], conversation["unread_count"])
        read = await _up_to(connection, claims.clinic_id, conversation["id"], message_id, unread)
        left = len(unread) - len(read)
        last = message_id or (None if conversation["last_message_id"] is None else str(conversation["last_message_id"]))
        mark = {
            "conversation_id": str(conversation["id"]),
            "message_id": last,
            "unread_count": left,
            "version": conversation["version"],
        }
        if left == conversation["unread_count"]:
            return mark
        return await _store_mark(connection, claims, conversation, mark, read, correlation_id)


async def _up_to(
    connection: Connection, clinic_id: int, conversation_id: int, message_id: str | None, unread: Sequence[DictRow]
) -> Sequence[DictRow]:
    """Those of the unread that are not after a message."""
    if message_id is None:
        return unread
    own_id = parse_id(message_id)
    position = own_id and await locate_message(connection, clinic_id, conversation_id, own_id)
    if not position:
        raise invalid_parameter("message_id", "There is no such message in this conversation")
    return [row for row in unread if (row["timestamp"], row["id"]) <= (position.at, position.id)]


async def _store_mark(
    connection: Connection,
    claims: Claims,
    conversation: DictRow,
    mark: Mapping[str, Any],
    read: Sequence[DictRow],
    correlation_id: UUID,
) -> dict[str, Any]:
    clinic_id = claims.clinic_id
    changed = await set_unread(connection, clinic_id, conversation["id"], mark["unread_count"])
    marked = {**mark, "version": changed["version"]}
    told = live_event(
        "message:read",
        "conversa",
        conversation["id"],
        {**marked, "user_id": str(claims.user_id)},
        changed["updated_at"],
    )
    await append_outbox(connection, clinic_id, [told, list_event(clinic_id, changed, conversation["timezone"])])
    for order in read_orders(conversation["id"], read[:MOST_READ], changed):
        if await is_way_out(connection, clinic_id, order.source_id):
            await queue_send(connection, clinic_id, order, correlation_id)
    return marked


def read_orders(conversation_id: int, read: Sequence[DictRow], changed: DictRow) -> list[SendOrder]:
    """What Evolution is told, instance by instance."""
    known = [row for row in read if row["provider_id"] is not None and row["source_id"] is not None]
    by_source = groupby(sorted(known, key=lambda row: row["source_id"]), key=lambda row: row["source_id"])
    return [
        SendOrder(
            kind="send.read",
            source_id=source_id,
            lane=f"read:{conversation_id}",
            payload={
                "conversation_id": str(conversation_id),
                "read": [{"id": row["provider_id"], "participant": row["participant"]} for row in rows],
            },
            at=changed["updated_at"],
            priority=SIGNAL_PRIORITY,
        )
        for source_id, rows in by_source
    ]


async def show_typing(
    pool: Pool, claims: Claims, reference: ConversationReference, correlation_id: UUID, *, typing: bool
) -> None:
    """Have the patient see that somebody types, or stopped. Where there is no way out nobody misses it."""
    async with session_transaction(pool, claims) as connection:
        conversation = await lock_conversation(connection, claims.clinic_id, reference)
        if conversation is None:
            raise conversation_not_found()
        source_id = conversation["source_id"]
        if source_id is None:
            sources = await active_evolution_sources(connection, claims.clinic_id)
            source_id = sources[0] if len(sources) == 1 else None
        if source_id is not None:
            await queue_typing(
                connection, claims.clinic_id, source_id, conversation["id"], correlation_id, typing=typing
            )
