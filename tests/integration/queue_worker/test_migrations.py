"""The schema's way into a database."""

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from shared.db.migrate import migrate
from tests.conftest import at_database


@pytest.fixture
def empty_database(postgres_url: str) -> Iterator[str]:
    """A database without a schema."""
    name = f"prosa_{secrets.token_hex(6)}"
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}".encode())
        yield at_database(postgres_url, name)
        server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def schema(url: str) -> dict[str, Any]:
    """Tables with their columns, indexes, policies, grants, and the revision."""
    questions = {
        "columns": "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'",
        "indexes": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "policies": "SELECT tablename, policyname, roles, qual FROM pg_policies",
        "grants": "SELECT grantee, table_name, privilege_type FROM information_schema.role_table_grants",
        "revision": "SELECT version_num FROM alembic_version",
    }
    with psycopg.connect(url) as connection:
        return {name: sorted(map(repr, connection.execute(text.encode()))) for name, text in questions.items()}


def test_a_fresh_database_is_brought_up_and_a_second_time_nothing_changes(empty_database: str) -> None:
    """Migrating what is migrated is harmless."""
    migrate(empty_database)
    once = schema(empty_database)

    migrate(empty_database)

    assert schema(empty_database) == once
    assert len(once["revision"]) == 1


def test_two_migrators_at_once_wait_for_one_another(empty_database: str) -> None:
    """Several workers that start together leave the schema of one."""
    with ThreadPoolExecutor() as threads:
        list(threads.map(migrate, [empty_database] * 4))

    assert len(schema(empty_database)["revision"]) == 1


def test_a_migration_that_fails_leaves_nothing_behind(empty_database: str) -> None:
    """All of it or nothing, so that the next attempt begins where this one did."""
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute("CREATE TABLE outbox (unexpected integer)")
        with pytest.raises(Exception, match="outbox"):
            migrate(empty_database)
        left = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()

    assert left == [("outbox",)]
