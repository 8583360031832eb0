"""Everything events have left in the database, but for what only says when and in which order they came."""

import hashlib
import json
from typing import Any

from tests.integration.queue_worker.queue_rows import Owner

# By what the rows are about, never by ids, versions or the time of their writing: those differ with the order of arrival.
_QUESTIONS = {
    "people": """
        SELECT array_agg(i.kind || ':' || i.value ORDER BY i.kind, i.value) AS addresses, c.name, c.name_origin,
          c.name_at::text, c.phone, c.picture_url, c.picture_at
        FROM contacts c JOIN contact_identities i ON i.contact_id = c.id GROUP BY c.id""",
    "conversations": """
        SELECT (SELECT min(i.kind || ':' || i.value) FROM contact_identities i WHERE i.contact_id = v.contact_id) AS who,
          s.name AS source, v.heard_at, v.heard_address, v.external_id, v.status, v.unread_count, v.last_message,
          v.last_message_type, v.last_message_sender, v.last_message_at, m.provider_id AS last
        FROM conversations v LEFT JOIN messages m ON m.id = v.last_message_id LEFT JOIN sources s ON s.id = v.source_id""",
    "messages": """
        SELECT (SELECT min(i.kind || ':' || i.value) FROM contact_identities i WHERE i.contact_id = v.contact_id) AS who,
          m.source_id, m.provider_id, m.sender_type, m.sender_name, m.content, m.original_content, m.message_type,
          m."timestamp", m.delivery_status, m.reply_to, m.metadata, m.reactions, m.edited_at, m.deleted_at, m.quiet,
          (SELECT array_agg(a.file_name || a.metadata::text ORDER BY a.id) FROM message_attachments a
           WHERE a.message_id = m.id) AS files
        FROM messages m JOIN conversations v ON v.id = m.conversation_id""",
    "actions": """
        SELECT (SELECT min(i.kind || ':' || i.value) FROM contact_identities i WHERE i.contact_id = v.contact_id) AS who,
          a.action_type, a.action_data, a.created_at, a.dedupe_key
        FROM conversation_actions a JOIN conversations v ON v.id = a.conversation_id""",
    "changes": 'SELECT source_id, provider_id, kind, slot, "at", dated, value, data, settled FROM message_changes',
    "lines": "SELECT id, state, state_reason, state_at FROM sources",
    "states": 'SELECT source_id, state, reason, "at" FROM source_states',
    "ignored": "SELECT event_type, ignored, payload FROM webhook_events WHERE ignored IS NOT NULL",
    "dead": "SELECT message_type, error_class, error_message FROM failed_messages",
    "queue": "SELECT message_type, status FROM message_queue",
}


def state_of(owner: Owner) -> dict[str, list[str]]:
    """Each table's rows as text, sorted."""
    return {
        name: sorted(
            json.dumps(row, default=str, sort_keys=True) for row in owner.execute(question.encode()).fetchall()
        )
        for name, question in _QUESTIONS.items()
    }


def fingerprint(state: dict[str, Any]) -> str:
    """A hash of a state."""
    return hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()


def difference(one: dict[str, list[str]], other: dict[str, list[str]]) -> str:
    """The rows that only one of two states has."""
    lines = []
    for table, rows in one.items():
        lines += [f"{table} - {row}" for row in rows if row not in other[table]]
        lines += [f"{table} + {row}" for row in other[table] if row not in rows]
    return "\n".join(lines)
