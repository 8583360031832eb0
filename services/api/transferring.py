"""Handing a conversation over: whose it is changes, the timeline says so, and everybody it concerns is told, or nothing."""

from collections.abc import Mapping
from typing import Any

from services.api.assignment import Expectation, Move, move_of
from services.api.models.conversations import Row, TransferBody, action_object, conversation_object
from services.api.problems import conversation_not_found
from services.api.references import ConversationReference, parse_id
from services.api.sending import list_event
from services.api.sessions import Speaker, speaker_transaction
from services.api.stores.assignments import add_action, change_entry, lock_entry
from services.api.stores.audit import note_audit
from services.api.telling import append_outbox
from shared.auth.tokens import Claims
from shared.db.pool import Pool
from shared.events.live import LiveEvent, live_event
from shared.events.notifications import message_notification


async def hand_over(pool: Pool, claims: Claims, reference: ConversationReference, body: TransferBody) -> dict[str, Any]:
    """Transfer a conversation, under its lock. Raises ProblemError (401, 404, 409)."""
    async with speaker_transaction(pool, claims) as speaker:
        conversation = await lock_entry(speaker.connection, claims.clinic_id, reference)
        if conversation is None:
            raise conversation_not_found()
        move = await move_of(speaker, conversation, parse_id(body.to_user_id) or 0, _expectation(body))
        if move is None or move.to is None:
            return {"conversation": conversation_object(conversation), "action": None, "transferred": False}
        return await _store(speaker, conversation, move, int(move.to["id"]), body.note or None)


async def _store(speaker: Speaker, conversation: Row, move: Move, to: int, note: str | None) -> dict[str, Any]:
    connection, clinic_id, zone = speaker.connection, speaker.clinic_id, conversation["timezone"]
    entry = {"assigned_to": to, "status": "active", "priority": conversation["priority"]}
    changed = {**conversation, **await change_entry(connection, clinic_id, conversation["id"], **entry)}
    noted = {**move.told(), "note": note}
    at = changed["updated_at"]
    row = await add_action(connection, clinic_id, conversation["id"], "conversation_transferred", noted, at)
    # Not the note: what is in the audit log cannot be taken out again.
    audited = {**noted, "note": note is not None, "version": changed["version"]}
    subject = "conversation", conversation["id"]
    await note_audit(connection, clinic_id, speaker.user_id, "conversation.transferred", subject, audited)
    action = action_object(row, zone)
    await append_outbox(connection, clinic_id, transfer_events(clinic_id, changed, move, action))
    return {"conversation": conversation_object(changed), "action": action, "transferred": True}


def transfer_events(
    clinic_id: int, conversation: Mapping[str, Any], move: Move, action: Mapping[str, Any]
) -> list[LiveEvent]:
    """What is told of a transfer: to who has the conversation open, to the clinic, and to whom it belongs now.

    The note is told to who looks at the conversation, as part of its timeline.
    """
    at, zone = conversation["updated_at"], conversation["timezone"]
    entry = conversation_object(conversation)
    has_note = action["action_data"]["note"] is not None
    more = {"note": has_note, "timestamp": entry["updated_at"], "version": entry["version"]}
    moved = {"conversation_id": entry["id"], **move.told(), **more}
    events = [
        live_event("conversation:transferred", "conversa", conversation["id"], moved, at),
        updated_event(conversation, action),
        live_event("conversation:transferred", "empresa", clinic_id, moved, at),
        list_event(clinic_id, conversation, zone),
    ]
    if (called := move.calls) is not None:
        about = {"from_user": move.by, "note": has_note}
        events.append(message_notification(called, "transferred", conversation, at, at, zone, **about))
    return events


def updated_event(conversation: Mapping[str, Any], action: Mapping[str, Any]) -> LiveEvent:
    """What people decided about a conversation, as it is now, and what the timeline says of it."""
    entry = conversation_object(conversation)
    decided = {name: entry[name] for name in ("assigned_to", "status", "priority", "version")}
    data = {"conversation_id": entry["id"], **decided, "action": action}
    return live_event("conversation:updated", "conversa", entry["id"], data, conversation["updated_at"])


def _expectation(body: TransferBody) -> Expectation | None:
    if "expected_assigned_to" not in body.model_fields_set:
        return None
    expected = body.expected_assigned_to
    # What can be no id is nobody's, but not nobody.
    return Expectation(None if expected is None else parse_id(expected) or 0)
