"""Two contacts become one: everything said to either is one conversation, and who looks for the other finds it.

The worker does it where an event shows that they are one person, the API where somebody says so. The messages keep their
times, so they fall into their places; nothing is renumbered and nothing is dropped. Conversations are locked before contacts,
each by its id, so that no two merges wait in a ring.
"""

from collections.abc import Mapping
from typing import Any

from psycopg.types.json import Jsonb

from shared.db.pool import Connection


async def hand_over(connection: Connection, clinic_id: int, conversation_id: int, contact_id: int) -> None:
    """Give a conversation to another contact, who has none."""
    await connection.execute(
        "UPDATE conversations SET contact_id = %s WHERE clinic_id = %s AND id = %s",
        [contact_id, clinic_id, conversation_id],
    )


async def merge_conversation(connection: Connection, clinic_id: int, gone: int, home: int) -> int:
    """Everything of `gone` becomes `home`'s; returns the last version of `gone`. Both are locked."""
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


async def merge_contact(connection: Connection, clinic_id: int, contact: int, into: int) -> None:
    """Let one contact have the other's addresses, the better of both names, a hold on either; the other is gone."""
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


async def note_merge(
    connection: Connection, clinic_id: int, contact: int, into: int, conversation: int | None, actor: int | None = None
) -> None:
    """Which contact and conversation went into a contact, and by whose decision. Ids alone: it outlives an erasure."""
    data = {"contact": str(contact), "conversation": None if conversation is None else str(conversation)}
    await connection.execute(
        "INSERT INTO audit_log (clinic_id, actor_user_id, action, subject_type, subject_id, data)"
        " VALUES (%s, %s, 'contact.merged', 'contact', %s, %s)",
        [clinic_id, actor, str(into), Jsonb(data)],
    )
