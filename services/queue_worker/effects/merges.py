"""Two contacts found to be one person: everything said to either is one conversation, and who looks for the other finds it.

The messages keep their times, so they fall into their places; nothing is renumbered and nothing is dropped. Each merge is
written into the audit log: it joins what was two patients' words to the system until then.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from psycopg.types.json import Jsonb

from services.queue_worker import metrics
from services.queue_worker.effects.conversations import Conversation, Summary, refresh_summaries
from shared.db.pool import Connection
from shared.events.clinic_time import to_clinic_time
from shared.events.live import LiveEvent, live_event


class Moved(NamedTuple):
    """A conversation that went into another; `version` is newer than any that it had."""

    gone: int
    home: int
    version: int


async def merge_contacts(
    connection: Connection, clinic_id: int, merges: Mapping[int, int], locked: Mapping[int, Conversation]
) -> tuple[dict[int, Conversation], list[Moved]]:
    """Make one contact of each pair (from, into). `locked` has their conversations, by contact, all locked.

    Returns the conversations as they are afterwards, and which went into which.
    """
    remaining, moved = dict(locked), list[Moved]()
    for contact, into in sorted(merges.items()):
        conversation, home = remaining.pop(contact, None), remaining.get(into)
        if conversation is not None and home is not None:
            last_version = await _merge_conversation(connection, clinic_id, conversation.id, home.id)
            moved.append(Moved(conversation.id, home.id, last_version + 1))
        elif conversation is not None:
            await _hand_over(connection, clinic_id, conversation.id, into)
            remaining[into] = Conversation(conversation.id, into, conversation.opened)
        await _merge_contact(connection, clinic_id, contact, into)
        await _audit(connection, clinic_id, contact, into, moved[-1:] if conversation and home else [])
        metrics.IDENTITY_MERGES.inc()
    return remaining, moved


async def _hand_over(connection: Connection, clinic_id: int, conversation_id: int, contact_id: int) -> None:
    await connection.execute(
        "UPDATE conversations SET contact_id = %s WHERE clinic_id = %s AND id = %s",
        [contact_id, clinic_id, conversation_id],
    )


async def _merge_conversation(connection: Connection, clinic_id: int, gone: int, home: int) -> int:
    """Everything of `gone` becomes `home`'s; returns the last version of `gone`."""
    values = {"clinic_id": clinic_id, "gone": gone, "home": home}
    # The same client's id in both: the message stays, what its repetition would be recognised by does not.
    await connection.execute(
        "UPDATE messages m SET conversation_id = %(home)s, version = version + 1, client_message_id ="
        " CASE WHEN EXISTS (SELECT FROM messages o WHERE o.conversation_id = %(home)s"
        "   AND o.client_message_id = m.client_message_id) THEN NULL ELSE m.client_message_id END"
        " WHERE clinic_id = %(clinic_id)s AND conversation_id = %(gone)s",
        values,
    )
    await connection.execute(
        "UPDATE conversation_actions SET conversation_id = %(home)s"
        " WHERE clinic_id = %(clinic_id)s AND conversation_id = %(gone)s",
        values,
    )
    await connection.execute(
        "UPDATE message_queue SET ordering_key = 'conversation:' || %(home)s::text"
        " WHERE clinic_id = %(clinic_id)s AND ordering_key = 'conversation:' || %(gone)s::text",
        values,
    )
    await connection.execute(
        "UPDATE conversation_merges SET into_conversation_id = %(home)s"
        " WHERE clinic_id = %(clinic_id)s AND into_conversation_id = %(gone)s",
        values,
    )
    # What `gone` has of them goes with it.
    await connection.execute(
        "INSERT INTO conversation_labels (clinic_id, conversation_id, label_id)"
        " SELECT clinic_id, %(home)s, label_id FROM conversation_labels"
        " WHERE clinic_id = %(clinic_id)s AND conversation_id = %(gone)s ON CONFLICT DO NOTHING",
        values,
    )
    cursor = await connection.execute(
        "DELETE FROM conversations WHERE clinic_id = %(clinic_id)s AND id = %(gone)s RETURNING *", values
    )
    [row] = await cursor.fetchall()
    await _take_over(connection, clinic_id, row, home)
    return int(row["version"])


_PRIORITY = "array_position(ARRAY['low', 'normal', 'high', 'urgent'], {}::text)"


async def _take_over(connection: Connection, clinic_id: int, gone: Mapping[str, Any], home: int) -> None:
    """The entry of `home` says of both what matters more: open, urgent, somebody's, unread, last heard on."""
    await connection.execute(
        f"""
        UPDATE conversations c SET
          unread_count = c.unread_count + %(unread_count)s,
          status = CASE WHEN 'active' IN (c.status, %(status)s) THEN 'active' ELSE c.status END,
          priority = CASE WHEN {_PRIORITY.format("%(priority)s")} > {_PRIORITY.format("c.priority")} THEN %(priority)s
            ELSE c.priority END,
          assigned_to = coalesce(c.assigned_to, %(assigned_to)s),
          external_id = coalesce(c.external_id, %(external_id)s),
          source_id = CASE WHEN %(heard_at)s > c.heard_at OR c.heard_at IS NULL THEN coalesce(%(source_id)s, c.source_id)
            ELSE coalesce(c.source_id, %(source_id)s) END,
          heard_address = CASE WHEN c.heard_at IS NULL OR (%(heard_at)s, coalesce(%(heard_address)s, '') COLLATE "C")
            > (c.heard_at, coalesce(c.heard_address, '') COLLATE "C") THEN %(heard_address)s ELSE c.heard_address END,
          heard_at = greatest(c.heard_at, %(heard_at)s),
          created_at = least(c.created_at, %(created_at)s)
        WHERE c.clinic_id = %(clinic_id)s AND c.id = %(home)s
        """.encode(),  # noqa: S608 - built from constants
        {**gone, "clinic_id": clinic_id, "home": home},
    )
    await connection.execute(
        "INSERT INTO conversation_merges (clinic_id, from_conversation_id, from_external_id, into_conversation_id)"
        " VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
        [clinic_id, gone["id"], gone["external_id"], home],
    )


async def _merge_contact(connection: Connection, clinic_id: int, contact: int, into: int) -> None:
    await connection.execute(
        "UPDATE contact_identities SET contact_id = %s WHERE clinic_id = %s AND contact_id = %s",
        [into, clinic_id, contact],
    )
    await connection.execute(
        _MERGE_CONTACT.encode(),
        {"clinic_id": clinic_id, "gone": contact, "into": into},
    )


_RANK = "array_position(ARRAY['address', 'profile', 'integration', 'agent'], {0}.name_origin)"
# The better of two names, by origin, then by time; a number beats the digits of a LID.
_NAMED = "(" + _RANK + """, {0}.name_origin <> 'address' OR {0}.phone IS NOT NULL, {0}.name_at, {0}.name COLLATE "C")"""
_BETTER = f"{_NAMED.format('g')} > {_NAMED.format('c')}"
_MERGE_CONTACT = f"""
WITH g AS (DELETE FROM contacts WHERE clinic_id = %(clinic_id)s AND id = %(gone)s RETURNING *)
UPDATE contacts c SET
  name = CASE WHEN {_BETTER} THEN g.name ELSE c.name END,
  name_origin = CASE WHEN {_BETTER} THEN g.name_origin ELSE c.name_origin END,
  name_at = CASE WHEN {_BETTER} THEN g.name_at ELSE c.name_at END,
  phone = coalesce(c.phone, g.phone), email = coalesce(c.email, g.email),
  picture_url = CASE WHEN c.picture_at IS NULL OR g.picture_at > c.picture_at THEN g.picture_url ELSE c.picture_url END,
  picture_at = greatest(c.picture_at, g.picture_at),
  held_at = coalesce(c.held_at, g.held_at), held_by = coalesce(c.held_by, g.held_by),
  hold_reason = coalesce(c.hold_reason, g.hold_reason),
  created_at = least(c.created_at, g.created_at), updated_at = now()
FROM g WHERE c.clinic_id = %(clinic_id)s AND c.id = %(into)s
"""  # noqa: S608 - built from constants


async def _audit(connection: Connection, clinic_id: int, contact: int, into: int, moved: list[Moved]) -> None:
    data = {"contact": str(contact), "conversation": str(moved[0].gone) if moved else None}
    await connection.execute(
        "INSERT INTO audit_log (clinic_id, action, subject_type, subject_id, data)"
        " VALUES (%s, 'contact.merged', 'contact', %s, %s)",
        [clinic_id, str(into), Jsonb(data)],
    )


async def merged_summaries(connection: Connection, clinic_id: int, moved: list[Moved]) -> list[Summary]:
    """The entries of conversations that others went into, their last message found anew."""
    return await refresh_summaries(connection, clinic_id, sorted({pair.home for pair in moved})) if moved else []


def merge_events(
    moved: list[Moved], versions: Mapping[int, int], clinic_id: int, zone: str, now: datetime
) -> list[LiveEvent]:
    """Who looks at a conversation that is gone is told where it went; who looks at the other, that there is more in it.

    `versions` has those of the conversations that remain.
    """
    known = {pair.gone: pair.version for pair in moved} | dict(versions)
    events: list[LiveEvent] = []
    for gone, home, last_version in moved:
        ids = {"merged_from": str(gone), "merged_into": str(home)}
        for conversation, version in ((gone, last_version), (home, known.get(home))):
            data = {"conversation_id": str(conversation), **ids, "version": version}
            events.append(live_event("conversation:updated", "conversa", conversation, data, now))
        entry = {
            "conversationId": str(gone),
            "clinicId": str(clinic_id),
            "eventType": "deleted",
            "timestamp": to_clinic_time(now, zone),
            "mergedInto": str(home),
            "version": last_version,
        }
        events.append(live_event("conversation:list:updated", "empresa", clinic_id, entry, now))
    return events
