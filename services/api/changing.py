"""What an agent does with a message that is there: reacts, edits, deletes, sends again. One transaction each.

The change itself is made by Evolution, and shown once it is: what is answered here is the message as it is now.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from psycopg.rows import DictRow

from services.api.problems import ProblemError, conversation_not_found, message_not_found
from services.api.references import ConversationReference, parse_id
from services.api.sending import Sent, list_event, message_order, only_way_out
from services.api.sessions import session_transaction
from services.api.stores.conversations import lock_conversation, touch_conversation
from services.api.stores.messages import list_attachments, lock_message, restore_pending
from services.api.stores.queue import SendOrder, is_way_out, queue_send, take_back_dead_send
from services.api.telling import append_outbox
from shared.auth.tokens import Claims
from shared.db.pool import Connection, Pool
from shared.events.live import live_event
from shared.events.message import message_object

# WhatsApp refuses later ones.
EDITABLE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Subject:
    """A message and its conversation, both locked until the transaction ends."""

    connection: Connection
    claims: Claims
    conversation: DictRow
    message: DictRow

    async def object(self, row: DictRow | None = None) -> dict[str, Any]:
        """The message as clients see it."""
        files = await list_attachments(self.connection, self.claims.clinic_id, [self.message["id"]])
        return message_object(row or self.message, files, self.conversation["timezone"])


async def react(
    pool: Pool, claims: Claims, reference: ConversationReference, message_id: str, emoji: str, correlation_id: UUID
) -> dict[str, Any]:
    """Have a reaction set, or taken back where `emoji` is empty."""
    async with _subject(pool, claims, reference, message_id) as subject:
        _require_sent(subject.message)
        await _order_change(subject, "send.reaction", correlation_id, text=emoji)
        return await subject.object()


async def edit(
    pool: Pool, claims: Claims, reference: ConversationReference, message_id: str, content: str, correlation_id: UUID
) -> dict[str, Any]:
    """Have other words put in the place of a text of ours."""
    async with _subject(pool, claims, reference, message_id) as subject:
        _require_editable(subject.message)
        if content != subject.message["content"]:
            await _order_change(subject, "send.edit", correlation_id, text=content)
        return await subject.object()


async def delete(
    pool: Pool, claims: Claims, reference: ConversationReference, message_id: str, correlation_id: UUID
) -> dict[str, Any]:
    """Have a message of ours deleted for everybody. One that is deleted already stays so."""
    async with _subject(pool, claims, reference, message_id) as subject:
        _require_ours(subject.message)
        if subject.message["deleted_at"] is None:
            _require_sent(subject.message)
            await _order_change(subject, "send.delete", correlation_id)
        return await subject.object()


async def retry(
    pool: Pool, claims: Claims, reference: ConversationReference, message_id: str, correlation_id: UUID
) -> Sent:
    """Send a failed message again: the only way out of `failed`. Asked twice, it is sent once.

    Where it is not known whether it arrived, that is looked into again before it is sent.
    """
    async with _subject(pool, claims, reference, message_id) as subject:
        message = subject.message
        if message["delivery_status"] == "pending":
            return Sent(await subject.object(), replayed=True)
        if message["delivery_status"] != "failed" or message["provider_id"] is not None:
            raise ProblemError(409, "Only a message that failed can be sent again.", code="not_failed")
        return Sent(await _send_again(subject, correlation_id), replayed=False)


async def _send_again(subject: Subject, correlation_id: UUID) -> dict[str, Any]:
    connection, clinic_id, message = subject.connection, subject.claims.clinic_id, subject.message
    source_id = message["source_id"]
    if not await is_way_out(connection, clinic_id, source_id):
        source_id = subject.conversation["source_id"] or await only_way_out(connection, clinic_id)
    failure = message["metadata"].get("failure") or {}
    if dead_letter := failure.get("dead_letter"):
        await take_back_dead_send(connection, clinic_id, dead_letter, subject.claims.user_id)
    unclear = {} if message["posted_at"] is None else {"unclear_since": message["posted_at"].isoformat()}
    row = await restore_pending(connection, clinic_id, message["id"])
    await queue_send(
        connection, clinic_id, message_order(row | {"now": message["now"]}, source_id, **unclear), correlation_id
    )
    return await _tell(subject, row)


async def _tell(subject: Subject, row: DictRow) -> dict[str, Any]:
    """Tell agents how the message is now."""
    clinic_id, conversation = subject.claims.clinic_id, subject.conversation
    shown = await subject.object(row)
    changed = await touch_conversation(subject.connection, clinic_id, conversation["id"])
    updated = live_event("message:updated", "conversa", conversation["id"], shown, changed["updated_at"])
    await append_outbox(
        subject.connection, clinic_id, [updated, list_event(clinic_id, changed, conversation["timezone"])]
    )
    return shown


@asynccontextmanager
async def _subject(
    pool: Pool, claims: Claims, reference: ConversationReference, message_id: str
) -> AsyncIterator[Subject]:
    own_id = parse_id(message_id)
    async with session_transaction(pool, claims) as connection:
        conversation = await lock_conversation(connection, claims.clinic_id, reference)
        if conversation is None:
            raise conversation_not_found()
        message = own_id and await lock_message(connection, claims.clinic_id, conversation["id"], own_id)
        if not message:
            raise message_not_found()
        yield Subject(connection, claims, conversation, message)


async def _order_change(subject: Subject, kind: str, correlation_id: UUID, **more: Any) -> None:
    """Through the message's own instance: another knows it under no name."""
    clinic_id, message = subject.claims.clinic_id, subject.message
    if not await is_way_out(subject.connection, clinic_id, message["source_id"]):
        raise ProblemError(409, "The WhatsApp instance of this message is not active.", code="no_way_out")
    order = SendOrder(
        kind=kind,
        source_id=message["source_id"],
        lane=f"conversation:{message['conversation_id']}",
        payload={"message_id": str(message["id"]), "conversation_id": str(message["conversation_id"]), **more},
        at=message["now"],
    )
    await queue_send(subject.connection, clinic_id, order, correlation_id)


def _require_sent(message: DictRow) -> None:
    if message["deleted_at"] is not None:
        raise ProblemError(409, "This message was deleted.", code="message_deleted")
    if message["provider_id"] is None:
        raise ProblemError(409, "This message has not been sent, so WhatsApp does not know it.", code="not_sent")


def _require_ours(message: DictRow) -> None:
    if message["sender_type"] not in ("professional", "ai"):
        raise ProblemError(409, "Only the clinic's own messages can be changed.", code="not_ours")


def _require_editable(message: DictRow) -> None:
    _require_ours(message)
    _require_sent(message)
    if message["message_type"] != "text":
        raise ProblemError(409, "Only texts can be edited.", code="not_text")
    if message["now"] - message["timestamp"] > EDITABLE:
        raise ProblemError(409, "WhatsApp allows edits for 15 minutes.", code="edit_too_late")
