"""What happened around a conversation: read page by page, and added to by hand. Each function is one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg.rows import DictRow

from services.api.cursors import CursorKind, Position, encode_cursor
from services.api.models.actions import ActionBody
from services.api.models.conversations import PageQuery, action_object
from services.api.problems import client_action_id_taken, conversation_not_found
from services.api.reader import Reader
from services.api.reading import list_position
from services.api.references import ConversationReference
from services.api.sending import list_event
from services.api.sessions import Speaker, speaker_transaction
from services.api.stores.assignments import add_action
from services.api.stores.audit import note_audit
from services.api.stores.conversations import find_conversation, lock_conversation, touch_conversation
from services.api.stores.timeline import find_client_action, list_actions
from services.api.telling import append_outbox
from shared.auth.tokens import Claims
from shared.db.pool import Connection, Pool
from shared.events.live import live_event


@dataclass(frozen=True, slots=True)
class Added:
    """The action as clients see it; `replayed` where an earlier request had added it already."""

    action: dict[str, Any]
    replayed: bool


async def read_actions(
    reader: Reader, claims: Claims, reference: ConversationReference, query: PageQuery
) -> dict[str, Any]:
    """A page of a conversation's actions, newest first. Raises ProblemError (400, 404)."""
    before = None if query.cursor is None else list_position(CursorKind.ACTIONS, "cursor", query.cursor)

    async def listed(connection: Connection) -> tuple[DictRow, list[DictRow]]:
        conversation = await find_conversation(connection, claims.clinic_id, reference)
        if conversation is None:
            raise conversation_not_found()
        # One more than asked for: it says whether there is another page.
        rows = await list_actions(connection, claims.clinic_id, conversation["id"], before, query.limit + 1)
        return conversation, rows

    conversation, rows = await reader.read_for(claims, listed)
    page = rows[: query.limit]
    last = page[-1] if len(rows) > query.limit else None
    return {
        "actions": [action_object(row, conversation["timezone"]) for row in page],
        "next_cursor": last and encode_cursor(CursorKind.ACTIONS, Position(last["created_at"], last["id"])),
    }


async def add_to_timeline(pool: Pool, claims: Claims, reference: ConversationReference, body: ActionBody) -> Added:
    """Add an action, once for each client_action_id, under the conversation's lock. Raises ProblemError (401, 404, 409)."""
    async with speaker_transaction(pool, claims) as speaker:
        conversation = await lock_conversation(speaker.connection, claims.clinic_id, reference)
        if conversation is None:
            raise conversation_not_found()
        data = {**body.action_data, "by": {"id": str(speaker.user_id), "name": speaker.name}}
        earlier = await _earlier(speaker, conversation, body, data)
        if earlier is not None:
            return Added(action_object(earlier, conversation["timezone"]), replayed=True)
        return Added(await _store(speaker, conversation, body, data), replayed=False)


async def _earlier(speaker: Speaker, conversation: DictRow, body: ActionBody, data: dict[str, Any]) -> DictRow | None:
    """What the same client_action_id has added. The lock makes two requests at once come here one after the other."""
    if body.client_action_id is None:
        return None
    earlier = await find_client_action(speaker.connection, speaker.clinic_id, conversation["id"], body.client_action_id)
    if earlier is not None and not is_same_action(earlier, body.action_type, data):
        raise client_action_id_taken()
    return earlier


def is_same_action(earlier: Mapping[str, Any], action_type: str, data: Mapping[str, Any]) -> bool:
    """Whether a request repeats the one that added an action. Its author may have been renamed since."""
    stored = earlier["action_data"]
    same_person = stored["by"]["id"] == data["by"]["id"]
    return same_person and (earlier["action_type"], {**stored, "by": data["by"]}) == (action_type, data)


async def _store(speaker: Speaker, conversation: DictRow, body: ActionBody, data: dict[str, Any]) -> dict[str, Any]:
    connection, clinic_id, conversation_id = speaker.connection, speaker.clinic_id, conversation["id"]
    changed = await touch_conversation(connection, clinic_id, conversation_id)
    row = await add_action(
        connection,
        clinic_id,
        conversation_id,
        body.action_type,
        data,
        changed["updated_at"],
        body.client_action_id,
    )
    # Not the data, which may say what a patient has: what is in the audit log cannot be taken out again.
    audited = {"action_id": str(row["id"]), "action_type": body.action_type, "version": changed["version"]}
    subject = "conversation", conversation_id
    await note_audit(connection, clinic_id, speaker.user_id, "conversation.action_added", subject, audited)
    action = action_object(row, conversation["timezone"])
    told = {"conversation_id": str(conversation_id), "version": changed["version"], "action": action}
    events = [
        live_event("conversation:updated", "conversa", conversation_id, told, changed["updated_at"]),
        list_event(clinic_id, changed, conversation["timezone"]),
    ]
    await append_outbox(connection, clinic_id, events)
    return action
