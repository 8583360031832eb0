"""Handing a conversation over: whose it is changes, the timeline says so, and everybody it concerns is told, or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from services.api.models.conversations import Row, TransferBody, action_object, conversation_object
from services.api.problems import conversation_not_found, stale_assignment, user_not_found
from services.api.references import ConversationReference, parse_id
from services.api.rights import may
from services.api.sending import list_event
from services.api.sessions import Speaker, speaker_transaction
from services.api.stores.assignments import add_action, assign, lock_entry
from services.api.stores.audit import note_audit
from services.api.stores.people import keep_people
from services.api.telling import append_outbox
from shared.auth.tokens import Claims
from shared.db.pool import Pool
from shared.events.live import LiveEvent, live_event
from shared.events.notifications import message_notification

Step = Literal["transfer", "already", "stale"]
Person = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Expectation:
    """Whose the conversation is, as the caller last saw it. None is nobody."""

    assigned_to: int | None


@dataclass(frozen=True, slots=True)
class _Handover:
    """What is to be done and told. `was` is the user it belonged to."""

    was: Person | None
    to: Person
    by: Person
    note: str | None


def next_step(holder: int | None, to: int, by: int, expected: Expectation | None, *, any_ones: bool) -> Step:
    """What asking for a transfer comes to. Pure.

    Who expects something must be right. Who does not may give away what is theirs or nobody's, or with the right to it
    anyone's. What is done already stays done, whatever was expected: the answer to an earlier request may have been lost.
    """
    if holder == to:
        return "already"
    if expected is not None:
        return "transfer" if expected.assigned_to == holder else "stale"
    return "transfer" if any_ones or holder in (None, by) else "stale"


async def hand_over(pool: Pool, claims: Claims, reference: ConversationReference, body: TransferBody) -> dict[str, Any]:
    """Transfer a conversation, under its lock. Raises ProblemError (401, 404, 409)."""
    async with speaker_transaction(pool, claims) as speaker:
        conversation = await lock_entry(speaker.connection, claims.clinic_id, reference)
        if conversation is None:
            raise conversation_not_found()
        holder, to = conversation["assigned_to"], parse_id(body.to_user_id) or 0
        people = await keep_people(speaker.connection, claims.clinic_id, {to, holder or to})
        if to not in people or not people[to]["active"]:
            raise user_not_found()
        was = _person(people[holder]) if holder in people else None
        match next_step(holder, to, claims.user_id, _expectation(body), any_ones=may(speaker.role, "reassign")):
            case "already":
                return {"conversation": conversation_object(conversation), "action": None, "transferred": False}
            case "stale":
                raise stale_assignment(was, conversation["version"])
        by = {"id": str(speaker.user_id), "name": speaker.name}
        return await _store(speaker, conversation, _Handover(was, _person(people[to]), by, body.note or None))


async def _store(speaker: Speaker, conversation: Row, handover: _Handover) -> dict[str, Any]:
    connection, clinic_id, zone = speaker.connection, speaker.clinic_id, conversation["timezone"]
    changed = {**conversation, **await assign(connection, clinic_id, conversation["id"], int(handover.to["id"]))}
    between = {"from_user": handover.was, "to_user": handover.to, "by": handover.by}
    row = await add_action(
        connection,
        clinic_id,
        conversation["id"],
        "conversation_transferred",
        {**between, "note": handover.note},
        changed["updated_at"],
    )
    # Not the note: what is in the audit log cannot be taken out again.
    noted = {**between, "note": handover.note is not None, "version": changed["version"]}
    subject = "conversation", conversation["id"]
    await note_audit(connection, clinic_id, speaker.user_id, "conversation.transferred", subject, noted)
    action = action_object(row, zone)
    await append_outbox(connection, clinic_id, transfer_events(clinic_id, changed, handover, action))
    return {"conversation": conversation_object(changed), "action": action, "transferred": True}


def transfer_events(
    clinic_id: int, conversation: Row, handover: _Handover, action: Mapping[str, Any]
) -> list[LiveEvent]:
    """What is told of a transfer: to who has the conversation open, to the clinic, and to whom it belongs now.

    The note is told to who looks at the conversation, as part of its timeline.
    """
    at, zone, ids = conversation["updated_at"], conversation["timezone"], {"conversation_id": str(conversation["id"])}
    entry = conversation_object(conversation)
    changes = {name: entry[name] for name in ("assigned_to", "status", "version")}
    moved = {
        **ids,
        "from_user": handover.was,
        "to_user": handover.to,
        "by": handover.by,
        "note": handover.note is not None,
        "timestamp": entry["updated_at"],
        "version": conversation["version"],
    }
    events = [
        live_event("conversation:transferred", "conversa", conversation["id"], moved, at),
        live_event("conversation:updated", "conversa", conversation["id"], {**ids, **changes, "action": action}, at),
        live_event("conversation:transferred", "empresa", clinic_id, moved, at),
        list_event(clinic_id, conversation, zone),
    ]
    if handover.to["id"] != handover.by["id"]:
        more = {"from_user": handover.by, "note": handover.note is not None}
        events.append(message_notification(int(handover.to["id"]), "transferred", dict(conversation), at, zone, **more))
    return events


def _expectation(body: TransferBody) -> Expectation | None:
    if "expected_assigned_to" not in body.model_fields_set:
        return None
    expected = body.expected_assigned_to
    # What can be no id is nobody's, but not nobody.
    return Expectation(None if expected is None else parse_id(expected) or 0)


def _person(row: Row) -> Person:
    return {"id": str(row["id"]), "name": row["name"]}
