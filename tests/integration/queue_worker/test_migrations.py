"""The schema's way into a database."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from shared.db.migrate import migrate
from tests.integration.queue_worker.databases import new_database

ROOT = Path(__file__).parents[3]


@pytest.fixture
def empty_database(postgres_url: str) -> Iterator[str]:
    """A database without a schema."""
    with new_database(postgres_url) as url:
        yield url


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
    command = [sys.executable, "-m", "shared.db.migrate"]
    environment = os.environ | {"DATABASE_URL": empty_database}
    migrators = [subprocess.Popen(command, env=environment, cwd=ROOT) for _ in range(3)]

    assert [migrator.wait(30) for migrator in migrators] == [0, 0, 0]
    assert len(schema(empty_database)["revision"]) == 1


def test_a_migration_that_fails_leaves_nothing_behind(empty_database: str) -> None:
    """All of it or nothing, so that the next attempt begins where this one did."""
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute("CREATE TABLE outbox (unexpected integer)")
        with pytest.raises(Exception, match="outbox"):
            migrate(empty_database)
        left = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()

    assert left == [("outbox",)]
