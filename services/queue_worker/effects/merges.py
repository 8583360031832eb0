"""Two contacts that an event shows to be one person become one.

Each merge is written into the audit log: it joins what was two patients' words to the system until then.
"""

from collections.abc import Mapping, Sequence

from services.queue_worker import metrics
from services.queue_worker.effects.conversations import Conversation, Summary, refresh_summaries
from services.queue_worker.effects.keys import Key
from shared.db.contact_merging import hand_over, merge_contact, merge_conversation, note_merge
from shared.db.pool import Connection
from shared.events.merged import Moved


async def merge_contacts(
    connection: Connection, merges: Mapping[Key, Key], locked: Mapping[Key, Conversation]
) -> tuple[dict[Key, Conversation], dict[int, list[Moved]]]:
    """Make one contact of each pair (from, into). `locked` has their conversations, by contact, all locked.

    Returns the conversations as they are afterwards, and which went into which, by clinic.
    """
    remaining, moved = dict(locked), dict[int, list[Moved]]()
    for (clinic_id, contact), (_, into) in sorted(merges.items()):
        conversation, home = remaining.pop((clinic_id, contact), None), remaining.get((clinic_id, into))
        gone = None if conversation is None or home is None else conversation.id
        if conversation is not None and home is not None:
            last_version = await merge_conversation(connection, clinic_id, conversation.id, home.id)
            moved.setdefault(clinic_id, []).append(Moved(conversation.id, home.id, last_version + 1))
        elif conversation is not None:
            await hand_over(connection, clinic_id, conversation.id, into)
            remaining[clinic_id, into] = Conversation(clinic_id, conversation.id, into, conversation.opened)
        await merge_contact(connection, clinic_id, contact, into)
        await note_merge(connection, clinic_id, contact, into, gone)
        metrics.IDENTITY_MERGES.inc()
    return remaining, moved


async def merged_summaries(connection: Connection, moved: Mapping[int, Sequence[Moved]]) -> list[Summary]:
    """The entries of conversations that others went into, their last message found anew."""
    return [
        summary
        for clinic_id, pairs in moved.items()
        for summary in await refresh_summaries(connection, clinic_id, sorted({pair.home for pair in pairs}))
    ]
