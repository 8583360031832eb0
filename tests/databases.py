"""Databases on the test server. Making one takes ten times as long as bringing one back to how it was."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import scalar_row
from sqlalchemy.engine import make_url

# What the demo data is in, in the order in which it can be put back.
DEMO = ("clinics", "users", "sources")
KEPT = "demo_copy"
LARGEST_BYTES = 128 * 1024
LARGE = """SELECT relname::text FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version' AND pg_table_size(oid) > %s"""


def at_database(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


@contextmanager
def new_database(server_url: str, template: str = "template1") -> Iterator[str]:
    """A copy of the template; gone afterwards."""
    name = f"prosa_{secrets.token_hex(6)}"
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        try:
            yield at_database(server_url, name)
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def keep_demo(url: str) -> None:
    """Remember the demo data, for `restore_demo`."""
    with psycopg.connect(url) as owner:
        owner.execute(f"CREATE SCHEMA {KEPT}".encode())
        for table in DEMO:
            owner.execute(f"CREATE TABLE {KEPT}.{table} AS SELECT * FROM {table}".encode())


def send_others_away(owner: psycopg.Connection[Any]) -> None:
    """End every other connection to the database: a test that cut its own may have left transactions behind."""
    owner.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


def restore_demo(owner: psycopg.Connection[Any]) -> None:
    """Leave the demo data as it was, and nothing else.

    Rows are deleted, which takes a tenth of the time that truncating takes where they are few; a table is truncated where
    those that were deleted before have left it large. Numbers begin anew.
    """
    cursor = owner.cursor(row_factory=scalar_row)
    with owner.transaction():
        cursor.execute(
            "SET LOCAL session_replication_role = replica"
        )  # no foreign keys, and an audit log that can be emptied
        for table in _filled_tables(cursor):
            cursor.execute(f"DELETE FROM {table}".encode())
        if large := cursor.execute(LARGE, [LARGEST_BYTES]).fetchall():
            cursor.execute(f"TRUNCATE {', '.join(large)} CASCADE".encode())  # all are empty now, but alembic_version
        cursor.execute("SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false) FROM pg_sequences")
        for table in DEMO:
            cursor.execute(f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM {KEPT}.{table}".encode())
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}".encode())


def _filled_tables(cursor: psycopg.Cursor[str]) -> list[str]:
    tables = cursor.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
    ).fetchall()
    filled = " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT FROM {table})" for table in tables)
    return cursor.execute(filled.encode()).fetchall()
