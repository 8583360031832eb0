"""Dead letters as the worker leaves them, of the demo clinic."""

import json
from typing import Any
from uuid import uuid4

import psycopg
from psycopg.rows import DictRow

from tests.factories import CLINIC, n8n_message

Owner = psycopg.Connection[DictRow]

_INSERT = """
INSERT INTO failed_messages (original_message_id, correlation_id, clinic_id, source_id, message_type, payload, raw,
  error_message, error_class, failure_count, reason, fingerprint, source_kind, source_name, provider_id, payload_size,
  attempts, first_seen_at, dead_at, expires_at)
VALUES (%(id)s, %(id)s, %(clinic_id)s, (SELECT id FROM sources WHERE clinic_id = %(clinic_id)s AND kind = 'n8n'),
  %(event)s, %(payload)s, %(raw)s, %(error)s, 'transient', 3, %(reason)s, %(fingerprint)s, 'n8n', 'demo-n8n',
  %(provider_id)s, 100, %(attempts)s, now() - %(age)s::interval, now() - %(age)s::interval, now() + %(expires)s::interval)
RETURNING id
"""
_ISSUE = """
INSERT INTO dead_letter_issues (clinic_id, fingerprint, message_type, error_message) VALUES (%s, %s, %s, %s)
ON CONFLICT DO NOTHING
"""


def add_dead_letter(owner: Owner, payload: dict[str, Any] | None = None, **fields: Any) -> str:
    """A dead letter's id. Its payload is a message that is understood, unless another is given."""
    external_id = fields.get("provider_id") or uuid4().hex
    body = json.dumps(payload if payload is not None else n8n_message(external_id=external_id))
    given = {
        "id": uuid4(),
        "clinic_id": CLINIC,
        "event": "message.created",
        "payload": body,
        "raw": body.encode(),
        "error": "Postgres did not answer",
        "reason": "exhausted",
        "fingerprint": "5f1c0a9be2d34471",
        "provider_id": external_id,
        "attempts": json.dumps(
            [{"at": "2026-11-20T10:00:00+00:00", "duration_ms": 12, "worker": "w1", "error": "timeout"}]
        ),
        "age": "1 minute",
        "expires": "30 days",
    }
    values = {**given, **fields}
    owner.execute(_ISSUE, [values["clinic_id"], values["fingerprint"], values["event"], values["error"]])
    row = owner.execute(_INSERT, values).fetchone()
    assert row is not None
    return str(row["id"])


def unreadable_message() -> dict[str, Any]:
    """A payload that fails again: nobody is named in it."""
    said = n8n_message()
    del said["phone"]
    return said


def states(owner: Owner) -> dict[str, str]:
    """Every dead letter's state."""
    return {str(row["id"]): row["state"] for row in owner.execute("SELECT id, state FROM failed_messages").fetchall()}
