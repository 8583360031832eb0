"""An agent's message: stored, queued for its way out and told to everybody who looks, or nothing of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from psycopg.rows import DictRow

from services.api.models.messages import SendMessageBody
from services.api.problems import (
    ProblemError,
    client_message_id_taken,
    conversation_not_found,
    invalid_parameter,
)
from services.api.references import ConversationReference, parse_id
from services.api.sessions import session_transaction
from services.api.stores.attachments import take_uploads
from services.api.stores.conversations import lock_conversation, refresh_last_message
from services.api.stores.messages import (
    NewMessage,
    find_client_message,
    find_provider_id,
    insert_message,
    list_attachments,
)
from services.api.stores.queue import SendOrder, active_evolution_sources, queue_send
from services.api.telling import append_outbox
from shared.auth.tokens import Claims
from shared.db.pool import Connection, Pool
from shared.events.clinic_time import to_clinic_time
from shared.events.live import LiveEvent, live_event
from shared.events.message import message_object

# The type of what is written for colleagues. It stands among the messages and is never sent.
NOTE = "note"


@dataclass(frozen=True, slots=True)
class Sent:
    """The message as clients see it; `replayed` where an earlier request had stored it already."""

    message: dict[str, Any]
    replayed: bool


async def send_message(
    pool: Pool, claims: Claims, reference: ConversationReference, body: SendMessageBody, correlation_id: UUID
) -> Sent:
    """Store and queue a message, once for each client_message_id. One transaction, under the conversation's lock."""
    async with session_transaction(pool, claims) as connection:
        conversation = await lock_conversation(connection, claims.clinic_id, reference)
        if conversation is None:
            raise conversation_not_found()
        earlier = await _earlier(connection, claims, conversation, body)
        if earlier is not None:
            files = await list_attachments(connection, claims.clinic_id, [earlier["id"]])
            return Sent(message_object(earlier, files, conversation["timezone"]), replayed=True)
        message = await _store(connection, claims, conversation, body, correlation_id)
        return Sent(message, replayed=False)


async def _earlier(
    connection: Connection, claims: Claims, conversation: DictRow, body: SendMessageBody
) -> DictRow | None:
    """What the same client_message_id has stored. The lock makes two requests at once come here one after the other."""
    if body.client_message_id is None:
        return None
    earlier = await find_client_message(connection, claims.clinic_id, conversation["id"], body.client_message_id)
    if earlier is None:
        return None
    files = await list_attachments(connection, claims.clinic_id, [earlier["id"]])
    if not is_same_message(earlier, claims.user_id, body, [str(file["id"]) for file in files]):
        raise client_message_id_taken()
    return earlier


def is_same_message(
    earlier: Mapping[str, Any], user_id: int, body: SendMessageBody, attachment_ids: Sequence[str] = ()
) -> bool:
    """Whether a request repeats the one that stored a message. What was edited since no longer tells what was asked."""
    if earlier["sender_user_id"] != user_id or earlier["message_type"] == NOTE:
        return False
    changed_since = earlier["edited_at"] is not None or earlier["deleted_at"] is not None
    same_files = [reference.id for reference in body.attachments or ()] == list(attachment_ids)
    same_words = (earlier["content"], earlier["message_type"]) == (body.content, body.message_type)
    return changed_since or (same_words and same_files)


async def _store(
    connection: Connection, claims: Claims, conversation: DictRow, body: SendMessageBody, correlation_id: UUID
) -> dict[str, Any]:
    clinic_id = claims.clinic_id
    source_id = conversation["source_id"] or await only_way_out(connection, clinic_id)
    reply_to = await _answered(connection, clinic_id, conversation["id"], body.reply_to)
    row = await insert_message(
        connection,
        clinic_id,
        replace(_new_message(claims, conversation["id"], source_id, body, reply_to), told_by=correlation_id),
    )
    files = await _take_files(connection, claims, row["id"], body)
    changed = await refresh_last_message(connection, clinic_id, conversation["id"])
    await queue_send(connection, clinic_id, message_order(row, source_id), correlation_id)
    message = message_object(row, files, conversation["timezone"])
    await append_outbox(connection, clinic_id, sent_events(clinic_id, message, changed, conversation["timezone"]))
    return message


def message_order(row: Mapping[str, Any], source_id: int, **more: Any) -> SendOrder:
    """Have a stored message sent, after the conversation's others: its own time orders it, unless it is sent again."""
    kind = "send.text" if row["message_type"] == "text" else "send.media"
    return SendOrder(
        kind="send.audio" if row["message_type"] == "audio" else kind,
        source_id=source_id,
        lane=f"conversation:{row['conversation_id']}",
        payload={"message_id": str(row["id"]), "conversation_id": str(row["conversation_id"]), **more},
        at=row.get("now") or row["timestamp"],
    )


async def _answered(connection: Connection, clinic_id: int, conversation_id: int, message_id: str | None) -> str | None:
    """WhatsApp's id of the message that is answered."""
    if message_id is None:
        return None
    own_id = parse_id(message_id)
    answered = own_id and await find_provider_id(connection, clinic_id, conversation_id, own_id)
    if not answered:
        raise invalid_parameter("reply_to", "There is no such message in this conversation")
    if answered["provider_id"] is None or answered["deleted_at"] is not None:
        detail = "A message that was not sent, or was deleted, cannot be answered by quoting it."
        raise ProblemError(409, detail, code="not_quotable")
    return str(answered["provider_id"])


async def _take_files(
    connection: Connection, claims: Claims, message_id: int, body: SendMessageBody
) -> Sequence[Mapping[str, Any]]:
    if not body.attachments:
        return ()
    ids = [parse_id(reference.id) for reference in body.attachments]
    known = [attachment_id for attachment_id in ids if attachment_id is not None]
    taken = await take_uploads(connection, claims.clinic_id, claims.user_id, message_id, known)
    if len(taken) != len(ids):
        detail = "The attachment does not exist, has expired, or was sent already; upload the file again."
        raise ProblemError(409, detail, code="attachment_not_available")
    return taken


async def only_way_out(connection: Connection, clinic_id: int) -> int:
    """The clinic's one active instance: where the conversation has none of its own, only that is no guess."""
    sources = await active_evolution_sources(connection, clinic_id)
    if len(sources) != 1:
        found = "has no active WhatsApp instance" if not sources else "has several WhatsApp instances"
        detail = f"This conversation has no WhatsApp instance to leave through, and the clinic {found}."
        raise ProblemError(409, detail, code="no_way_out")
    return sources[0]


def _new_message(
    claims: Claims, conversation_id: int, source_id: int, body: SendMessageBody, reply_to: str | None
) -> NewMessage:
    return NewMessage(
        conversation_id=conversation_id,
        source_id=source_id,
        sender_user_id=claims.user_id,
        sender_name=claims.name,
        content=body.content,
        message_type=body.message_type,
        client_message_id=body.client_message_id,
        reply_to=reply_to,
    )


def sent_events(
    clinic_id: int, message: Mapping[str, Any], conversation: Mapping[str, Any], zone_name: str
) -> list[LiveEvent]:
    """What is told of a new message: itself to who has the conversation open, and the list's change to the clinic."""
    at = conversation["updated_at"]
    return [
        live_event("message:new", "conversa", conversation["id"], message, at),
        list_event(clinic_id, conversation, zone_name),
    ]


def list_event(clinic_id: int, conversation: Mapping[str, Any], zone_name: str) -> LiveEvent:
    """That a conversation's entry in the clinic's list is a newer one."""
    at = conversation["updated_at"]
    change = {
        "conversationId": str(conversation["id"]),
        "clinicId": str(clinic_id),
        "eventType": "updated",
        "timestamp": to_clinic_time(at, zone_name),
        "version": conversation["version"],
    }
    return live_event("conversation:list:updated", "empresa", clinic_id, change, at)
