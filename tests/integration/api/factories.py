"""Rows for tests, written past row-level security; every column can be overridden by its name."""

import itertools
from datetime import UTC, datetime
from typing import Any, LiteralString

import psycopg
from psycopg.rows import DictRow
from psycopg.sql import SQL, Identifier, Placeholder
from psycopg.types.json import Jsonb

Owner = psycopg.Connection[DictRow]

_numbers = itertools.count(1)

# The column's default is before all time, which no datetime can hold.
EARLIER = datetime(2020, 1, 1, tzinfo=UTC)
_BEGINNINGS = {"sources": {"state_at": EARLIER}, "contacts": {"picture_at": EARLIER}}


def insert(owner: Owner, table: LiteralString, **columns: Any) -> DictRow:
    """One row, returned as it was stored."""
    columns = _BEGINNINGS.get(table, {}) | columns
    statement = SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING *").format(
        Identifier(table),
        SQL(", ").join(map(Identifier, columns)),
        SQL(", ").join(map(Placeholder, columns)),
    )
    values = {name: Jsonb(value) if isinstance(value, dict | list) else value for name, value in columns.items()}
    row = owner.execute(statement, values).fetchone()
    assert row is not None
    return row


def add_contact(owner: Owner, clinic_id: int = 1, **columns: Any) -> DictRow:
    number = next(_numbers)
    return insert(
        owner,
        "contacts",
        **{
            "clinic_id": clinic_id,
            "name": f"Contato {number}",
            "phone": f"55119{number:08}",
            "name_at": EARLIER,
            "picture_at": EARLIER,
            **columns,
        },
    )


def add_conversation(owner: Owner, clinic_id: int = 1, **columns: Any) -> DictRow:
    contact_id = columns.pop("contact_id", None) or add_contact(owner, clinic_id)["id"]
    return insert(owner, "conversations", **{"clinic_id": clinic_id, "contact_id": contact_id, **columns})


def add_message(owner: Owner, conversation: DictRow, **columns: Any) -> DictRow:
    return insert(
        owner,
        "messages",
        **{
            "clinic_id": conversation["clinic_id"],
            "conversation_id": conversation["id"],
            "sender_type": "patient",
            "content": f"Mensagem {next(_numbers)}",
            **columns,
        },
    )


def source_id(owner: Owner, name: str) -> int:
    row = owner.execute("SELECT id FROM sources WHERE name = %s", [name]).fetchone()
    assert row is not None
    return int(row["id"])


def count(owner: Owner, table: LiteralString) -> int:
    """How many rows there are; of the audit log those of what was done, since who looked at what comes when it may."""
    done = SQL(" WHERE action <> 'conversation.read'" if table == "audit_log" else "")
    row = owner.execute(SQL("SELECT count(*) AS rows FROM {}{}").format(Identifier(table), done)).fetchone()
    assert row is not None
    return int(row["rows"])
