"""An agent's message: stored, queued for its way out and told to everybody who looks, or nothing of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.rows import DictRow

from services.api.models.messages import SendMessageBody
from services.api.problems import ProblemError, conversation_not_found
from services.api.references import ConversationReference
from services.api.stores.conversations import lock_conversation, refresh_last_message
from services.api.stores.messages import NewMessage, find_client_message, insert_message
from services.api.stores.queue import active_evolution_sources, queue_text
from shared.auth.tokens import Claims
from shared.db.outbox import append_outbox
from shared.db.pool import Connection, Pool
from shared.db.tenant import tenant_transaction
from shared.events.clinic_time import to_clinic_time
from shared.events.live import LiveEvent, live_event
from shared.events.message import message_object


@dataclass(frozen=True, slots=True)
class Sent:
    """The message as clients see it; `replayed` where an earlier request had stored it already."""

    message: dict[str, Any]
    replayed: bool


async def send_message(
    pool: Pool, claims: Claims, reference: ConversationReference, body: SendMessageBody, correlation_id: UUID
) -> Sent:
    """Store and queue a message, once for each client_message_id. One transaction, under the conversation's lock."""
    async with tenant_transaction(pool, claims.clinic_id) as connection:
        conversation = await lock_conversation(connection, claims.clinic_id, reference)
        if conversation is None:
            raise conversation_not_found()
        earlier = await _earlier(connection, claims, conversation, body)
        if earlier is not None:
            return Sent(message_object(earlier, (), conversation["timezone"]), replayed=True)
        message = await _store(connection, claims, conversation, body, correlation_id)
        return Sent(message, replayed=False)


async def _earlier(
    connection: Connection, claims: Claims, conversation: DictRow, body: SendMessageBody
) -> DictRow | None:
    """What the same client_message_id has stored. The lock makes two requests at once come here one after the other."""
    if body.client_message_id is None:
        return None
    earlier = await find_client_message(connection, claims.clinic_id, conversation["id"], body.client_message_id)
    if earlier is not None and not is_same_message(earlier, claims.user_id, body):
        raise ProblemError(
            409, "This client_message_id belongs to another message; take a new one.", code="client_message_id_taken"
        )
    return earlier


def is_same_message(earlier: Mapping[str, Any], user_id: int, body: SendMessageBody) -> bool:
    """Whether a request repeats the one that stored a message. What was edited since no longer tells what was asked."""
    if earlier["sender_user_id"] != user_id:
        return False
    changed_since = earlier["edited_at"] is not None or earlier["deleted_at"] is not None
    return changed_since or (earlier["content"], earlier["message_type"]) == (body.content, body.message_type)


async def _store(
    connection: Connection, claims: Claims, conversation: DictRow, body: SendMessageBody, correlation_id: UUID
) -> dict[str, Any]:
    source_id = conversation["source_id"] or await _only_way_out(connection, claims.clinic_id)
    row = await insert_message(connection, claims.clinic_id, _new_message(claims, conversation["id"], source_id, body))
    changed = await refresh_last_message(connection, claims.clinic_id, conversation["id"])
    await queue_text(
        connection,
        claims.clinic_id,
        source_id=source_id,
        conversation_id=conversation["id"],
        message_id=row["id"],
        correlation_id=correlation_id,
        at=row["timestamp"],
    )
    message = message_object(row, (), conversation["timezone"])
    await append_outbox(
        connection, claims.clinic_id, sent_events(claims.clinic_id, message, changed, conversation["timezone"])
    )
    return message


async def _only_way_out(connection: Connection, clinic_id: int) -> int:
    """The clinic's one active instance: where the conversation has none of its own, only that is no guess."""
    sources = await active_evolution_sources(connection, clinic_id)
    if len(sources) != 1:
        found = "has no active WhatsApp instance" if not sources else "has several WhatsApp instances"
        detail = f"This conversation has no WhatsApp instance to leave through, and the clinic {found}."
        raise ProblemError(409, detail, code="no_way_out")
    return sources[0]


def _new_message(claims: Claims, conversation_id: int, source_id: int, body: SendMessageBody) -> NewMessage:
    return NewMessage(
        conversation_id=conversation_id,
        source_id=source_id,
        sender_user_id=claims.user_id,
        sender_name=claims.name,
        content=body.content,
        message_type=body.message_type,
        client_message_id=body.client_message_id,
    )


def sent_events(
    clinic_id: int, message: Mapping[str, Any], conversation: Mapping[str, Any], zone_name: str
) -> list[LiveEvent]:
    """What is told of a new message: itself to who has the conversation open, and the list's change to the clinic."""
    at = conversation["updated_at"]
    change = {
        "conversationId": str(conversation["id"]),
        "clinicId": str(clinic_id),
        "eventType": "updated",
        "timestamp": to_clinic_time(at, zone_name),
        "version": conversation["version"],
    }
    return [
        live_event("message:new", "conversa", conversation["id"], message, at),
        live_event("conversation:list:updated", "empresa", clinic_id, change, at),
    ]
