"""What people decide about a conversation: whose it is, whether it is open, how urgent. One transaction, or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.api.assignment import Expectation, Move, move_of
from services.api.models.conversations import ChangeBody, action_object, conversation_object
from services.api.problems import conversation_not_found, stale_version
from services.api.references import ConversationReference, parse_id
from services.api.sending import list_event
from services.api.sessions import Speaker, speaker_transaction
from services.api.stores.assignments import add_action, change_entry, lock_entry
from services.api.stores.audit import note_audit
from services.api.telling import append_outbox
from services.api.transferring import updated_event
from shared.auth.tokens import Claims
from shared.db.pool import Pool
from shared.events.live import LiveEvent
from shared.events.notifications import message_notification

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Decision:
    """One thing that is another now: its column, what it becomes, and what the timeline says of it."""

    column: str
    value: Any
    action_type: str
    told: Mapping[str, Any]
    move: Move | None = None


async def decide(
    pool: Pool, claims: Claims, reference: ConversationReference, body: ChangeBody, version: int | None
) -> dict[str, Any]:
    """Change a conversation, under its lock. Raises ProblemError (401, 404, 409, 412).

    Whoever says which version they have seen is believed to have seen whose it is.
    """
    async with speaker_transaction(pool, claims) as speaker:
        conversation = await lock_entry(speaker.connection, claims.clinic_id, reference)
        if conversation is None:
            raise conversation_not_found()
        if version not in (None, conversation["version"]):
            raise stale_version(conversation_object(conversation))
        seen = None if version is None else Expectation(conversation["assigned_to"])
        decisions = [
            *await _assignment(speaker, conversation, body, seen),
            *state_decisions(speaker, conversation, body),
        ]
        if not decisions:
            return {"conversation": conversation_object(conversation), "changed": False}
        return {"conversation": await _store(speaker, conversation, decisions), "changed": True}


async def _assignment(
    speaker: Speaker, conversation: Row, body: ChangeBody, seen: Expectation | None
) -> list[Decision]:
    if "assigned_to" not in body.model_fields_set:
        return []
    to = None if body.assigned_to is None else parse_id(body.assigned_to) or 0
    move = await move_of(speaker, conversation, to, seen)
    if move is None:
        return []
    return [Decision("assigned_to", to, "conversation_assigned", move.told(), move)]


def state_decisions(speaker: Speaker, conversation: Row, body: ChangeBody) -> list[Decision]:
    """What is decided of whether it is open and how urgent; what is so already is no decision."""
    by = {"by": {"id": str(speaker.user_id), "name": speaker.name}}
    decisions = []
    if body.status is not None and body.status != conversation["status"]:
        action = "conversation_archived" if body.status == "archived" else "conversation_reopened"
        decisions.append(Decision("status", body.status, action, by))
    if body.priority is not None and body.priority != conversation["priority"]:
        told = {"from": conversation["priority"], "to": body.priority, **by}
        decisions.append(Decision("priority", body.priority, "priority_changed", told))
    return decisions


async def _store(speaker: Speaker, conversation: Row, decisions: list[Decision]) -> dict[str, Any]:
    connection, clinic_id = speaker.connection, speaker.clinic_id
    entry = {name: conversation[name] for name in ("assigned_to", "status", "priority")}
    entry |= {decision.column: decision.value for decision in decisions}
    changed = {**conversation, **await change_entry(connection, clinic_id, conversation["id"], **entry)}
    actions = [
        await add_action(
            connection, clinic_id, conversation["id"], decision.action_type, dict(decision.told), changed["updated_at"]
        )
        for decision in decisions
    ]
    before = {decision.column: conversation[decision.column] for decision in decisions}
    audited = {"before": before, "after": {name: changed[name] for name in before}, "version": changed["version"]}
    subject = "conversation", conversation["id"]
    await note_audit(connection, clinic_id, speaker.user_id, "conversation.changed", subject, audited)
    shown = [action_object(row, conversation["timezone"]) for row in actions]
    await append_outbox(connection, clinic_id, decided_events(clinic_id, changed, decisions, shown))
    return conversation_object(changed)


def decided_events(
    clinic_id: int, conversation: Row, decisions: list[Decision], actions: list[dict[str, Any]]
) -> list[LiveEvent]:
    """What is told: to who has the conversation open, to the clinic's lists, and to whom it belongs now."""
    at, zone = conversation["updated_at"], conversation["timezone"]
    events = [updated_event(conversation, action) for action in actions]
    events.append(list_event(clinic_id, conversation, zone))
    for decision in decisions:
        if decision.move is not None and (called := decision.move.calls) is not None:
            about = {"from_user": decision.move.by}
            events.append(message_notification(called, "assigned", conversation, at, at, zone, **about))
    return events
