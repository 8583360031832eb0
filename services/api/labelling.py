"""Labels put on conversations and taken off: the timeline says so, and everybody it concerns is told, or nothing."""

from collections.abc import Mapping
from typing import Any

from services.api.labels import existing_label
from services.api.models.conversations import action_object, conversation_object
from services.api.problems import conversation_not_found
from services.api.references import ConversationReference
from services.api.sending import list_event
from services.api.sessions import Speaker, speaker_transaction
from services.api.stores.assignments import add_action, lock_entry
from services.api.stores.audit import note_audit
from services.api.stores.conversations import touch_conversation
from services.api.stores.labels import put_on, take_off
from services.api.telling import append_outbox
from services.api.transferring import updated_event
from shared.auth.tokens import Claims
from shared.db.pool import Pool

Row = Mapping[str, Any]


async def label_conversation(
    pool: Pool, claims: Claims, reference: ConversationReference, label: str, *, on: bool
) -> dict[str, Any]:
    """Put a label on a conversation or take it off, under its lock. Raises ProblemError (401, 404).

    What is so already stays so.
    """
    async with speaker_transaction(pool, claims) as speaker:
        conversation = await lock_entry(speaker.connection, claims.clinic_id, reference)
        if conversation is None:
            raise conversation_not_found()
        row = await existing_label(speaker.connection, claims.clinic_id, label, "KEY SHARE")
        change = put_on if on else take_off
        if not await change(speaker.connection, claims.clinic_id, conversation["id"], row["id"]):
            return {"conversation": conversation_object(conversation), "changed": False}
        return {"conversation": await _tell(speaker, conversation, row, on=on), "changed": True}


async def _tell(speaker: Speaker, conversation: Row, label: Row, *, on: bool) -> dict[str, Any]:
    connection, clinic_id, conversation_id = speaker.connection, speaker.clinic_id, conversation["id"]
    ids = {*conversation["label_ids"], label["id"]} if on else {*conversation["label_ids"]} - {label["id"]}
    touched = await touch_conversation(connection, clinic_id, conversation_id)
    changed = {**conversation, **touched, "label_ids": sorted(ids)}
    action_type = "label_added" if on else "label_removed"
    named = {"id": str(label["id"]), "name": label["name"], "colour": label["colour"]}
    told = {"label": named, "by": {"id": str(speaker.user_id), "name": speaker.name}}
    row = await add_action(connection, clinic_id, conversation_id, action_type, told, changed["updated_at"])
    audited = {"label": named, "version": changed["version"]}
    subject = "conversation", conversation_id
    await note_audit(connection, clinic_id, speaker.user_id, f"conversation.{action_type}", subject, audited)
    zone = conversation["timezone"]
    events = [updated_event(changed, action_object(row, zone)), list_event(clinic_id, changed, zone)]
    await append_outbox(connection, clinic_id, events)
    return conversation_object(changed)
