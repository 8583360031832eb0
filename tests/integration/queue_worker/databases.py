"""Databases for tests that do not need one each."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import scalar_row

from tests.conftest import at_database


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


KEPT = ("alembic_version", "clinics", "users", "sources", "demo_sources")


def empty(owner: psycopg.Connection[Any]) -> None:
    """Take everything but the demo clinics, their people and their sources out of the tests' database."""
    owner.execute("SET session_replication_role = replica")  # the audit log refuses to be emptied otherwise
    with owner.cursor(row_factory=scalar_row) as cursor:
        tables = cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    owner.execute(f"TRUNCATE {', '.join(table for table in tables if table not in KEPT)} RESTART IDENTITY".encode())
    owner.execute("DELETE FROM clinics WHERE id > 2")
    owner.execute("DELETE FROM sources")
    owner.execute("INSERT INTO sources SELECT * FROM demo_sources")
    owner.execute("RESET session_replication_role")
