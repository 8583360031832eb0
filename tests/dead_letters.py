"""Dead letters for tests, written past row-level security; every column can be overridden by its name."""

import itertools
import json
from typing import Any
from uuid import uuid4

import psycopg
from psycopg.rows import DictRow
from psycopg.sql import SQL, Identifier, Placeholder
from psycopg.types.json import Jsonb

Owner = psycopg.Connection[DictRow]
NEVER = itertools.count(1)


def add_dead_letter(owner: Owner, **columns: Any) -> DictRow:
    """One dead letter, returned as it was stored, with the issue of its kind."""
    payload = columns.pop("payload", {"event": "messages.upsert", "data": {"key": {"id": f"3EB0{next(NEVER)}"}}})
    given = {
        "original_message_id": uuid4(),
        "correlation_id": uuid4(),
        "clinic_id": 1,
        "source_id": 1,
        "source_kind": "evolution",
        "source_name": "demo-wa",
        "message_type": "messages.upsert",
        "payload": None if payload is None else Jsonb(payload),
        "raw": None if payload is None else json.dumps(payload).encode(),
        "error_message": "ShapeError: data.key is missing or not an object",
        "error_class": "permanent",
        "reason": "validation",
        "fingerprint": "a" * 16,
        **columns,
    }
    values = {name: Jsonb(value) if isinstance(value, dict | list) else value for name, value in given.items()}
    statement = SQL("INSERT INTO failed_messages ({}) VALUES ({}) RETURNING *").format(
        SQL(", ").join(map(Identifier, values)), SQL(", ").join(map(Placeholder, values))
    )
    row = owner.execute(statement, values).fetchone()
    assert row is not None
    owner.execute(
        "INSERT INTO dead_letter_issues (clinic_id, fingerprint, message_type, error_message) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        [row["clinic_id"], row["fingerprint"], row["message_type"], row["error_message"]],
    )
    return row


def add_dead_letters(owner: Owner, count: int, clinic_id: int = 1) -> None:
    """Many of twenty kinds, with payloads of a kilobyte, the last one the newest."""
    owner.execute(
        """
        INSERT INTO failed_messages (original_message_id, correlation_id, clinic_id, source_id, source_kind, source_name,
          message_type, payload, raw, error_message, error_class, reason, fingerprint, provider_id, conversation_ref,
          payload_size, first_seen_at, dead_at, failure_count)
        SELECT gen_random_uuid(), gen_random_uuid(), %(clinic)s, 1, 'evolution', 'demo-wa',
          CASE n %% 4 WHEN 0 THEN 'contacts.update' ELSE 'messages.upsert' END,
          jsonb_build_object('event', 'messages.upsert', 'n', n,
            'data', jsonb_build_object('text', repeat(md5(n::text), 30))),
          convert_to(repeat(md5(n::text), 30), 'UTF8'),
          'ShapeError: field ' || chr(97 + n %% 20) || ' is not a string', 'permanent',
          CASE n %% 3 WHEN 0 THEN 'bug' ELSE 'validation' END, lpad(to_hex(n %% 20), 16, '0'), 'M' || n,
          'C' || n %% 500, 1000,
          now() - make_interval(secs => %(count)s - n), now() - make_interval(secs => %(count)s - n), n %% 5
        FROM generate_series(1, %(count)s) AS n
        """,
        {"clinic": clinic_id, "count": count},
    )
    owner.execute(
        "INSERT INTO dead_letter_issues (clinic_id, fingerprint, message_type, error_message)"
        " SELECT clinic_id, fingerprint, min(message_type), min(error_message) FROM failed_messages GROUP BY 1, 2"
        " ON CONFLICT DO NOTHING"
    )


def the_dead_letter(owner: Owner, entry_id: int) -> DictRow:
    """It as it is now."""
    row = owner.execute("SELECT * FROM failed_messages WHERE id = %s", [entry_id]).fetchone()
    assert row is not None
    return row
