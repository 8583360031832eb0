"""A note for colleagues: stored among the messages and told to who looks at the conversation, or nothing of it.

It never leaves the house. Nothing is queued for it, and the database refuses a note that could be sent or was.
"""

from collections.abc import Mapping
from typing import Any

from psycopg.rows import DictRow

from services.api.models.messages import NoteBody
from services.api.problems import client_message_id_taken, conversation_not_found
from services.api.references import ConversationReference
from services.api.sending import NOTE, Sent, sent_events
from services.api.sessions import Speaker, speaker_transaction
from services.api.stores.audit import note_audit
from services.api.stores.conversations import lock_conversation, touch_conversation
from services.api.stores.messages import find_client_message, insert_note
from services.api.telling import append_outbox
from shared.auth.tokens import Claims
from shared.db.pool import Pool
from shared.events.message import message_object


async def write_note(pool: Pool, claims: Claims, reference: ConversationReference, body: NoteBody) -> Sent:
    """Store a note, once for each client_message_id, under the conversation's lock. Raises ProblemError (401, 404, 409)."""
    async with speaker_transaction(pool, claims) as speaker:
        conversation = await lock_conversation(speaker.connection, claims.clinic_id, reference)
        if conversation is None:
            raise conversation_not_found()
        earlier = await _earlier(speaker, conversation, body)
        if earlier is not None:
            return Sent(message_object(earlier, (), conversation["timezone"]), replayed=True)
        return Sent(await _store(speaker, conversation, body), replayed=False)


async def _earlier(speaker: Speaker, conversation: DictRow, body: NoteBody) -> DictRow | None:
    """What the same client_message_id has stored. The lock makes two requests at once come here one after the other."""
    if body.client_message_id is None:
        return None
    earlier = await find_client_message(
        speaker.connection, speaker.clinic_id, conversation["id"], body.client_message_id
    )
    if earlier is not None and not is_same_note(earlier, speaker.user_id, body):
        raise client_message_id_taken()
    return earlier


def is_same_note(earlier: Mapping[str, Any], user_id: int, body: NoteBody) -> bool:
    """Whether a request repeats the one that stored a message: a message that was sent is no note."""
    stored = earlier["message_type"], earlier["sender_user_id"], earlier["content"]
    return stored == (NOTE, user_id, body.content)


async def _store(speaker: Speaker, conversation: DictRow, body: NoteBody) -> dict[str, Any]:
    """The conversation becomes a newer version, since there is more in it; its last message stays what it was."""
    connection, clinic_id, conversation_id = speaker.connection, speaker.clinic_id, conversation["id"]
    note = body.content, body.client_message_id
    row = await insert_note(connection, clinic_id, conversation_id, speaker.user_id, speaker.name, note)
    changed = await touch_conversation(connection, clinic_id, conversation_id)
    # Not what it says: what is in the audit log cannot be taken out again.
    audited = {"message_id": str(row["id"]), "version": changed["version"]}
    subject = "conversation", conversation_id
    await note_audit(connection, clinic_id, speaker.user_id, "conversation.noted", subject, audited)
    message = message_object(row, (), conversation["timezone"])
    await append_outbox(connection, clinic_id, sent_events(clinic_id, message, changed, conversation["timezone"]))
    return message
