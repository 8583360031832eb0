"""The schema's way into a database."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from deploy.demo.seed import seed
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


OLD_ATTACHMENTS = """
  INSERT INTO contacts (id, clinic_id, name) VALUES (1, 1, 'Maria');
  INSERT INTO conversations (id, clinic_id, contact_id) VALUES (1, 1, 1);
  INSERT INTO messages (id, clinic_id, conversation_id, sender_type, content, source_id, provider_id) VALUES
    (1, 1, 1, 'patient', '', 1, 'A'), (2, 1, 1, 'patient', '', 2, 'n'), (3, 1, 1, 'professional', '', NULL, NULL);
  INSERT INTO message_attachments (clinic_id, message_id, file_name, file_path, metadata, created_at) VALUES
    (1, 1, 'asked', NULL, '{}', now()), (1, 1, 'linked', NULL, '{"media_url": "https://x/y"}', now()),
    (1, 1, 'old', NULL, '{}', now() - interval '20 days'), (1, 2, 'elsewhere', '/exames/a.pdf', '{}', now()),
    (1, 2, 'unknown', NULL, '{}', now()), (1, 3, 'nobody', NULL, '{}', now());
"""


def test_files_that_the_previous_release_only_described_are_fetched(empty_database: str) -> None:
    """What Evolution may still have becomes a job; the rest stays as it was, and old code goes on writing."""
    migrate(empty_database, "0004")
    seed(empty_database)
    with psycopg.connect(empty_database) as connection:
        connection.execute(OLD_ATTACHMENTS)

    migrate(empty_database)

    with psycopg.connect(empty_database) as connection:
        states: dict[str, str] = dict(connection.execute("SELECT file_name, state FROM message_attachments").fetchall())
        jobs = connection.execute(
            "SELECT a.file_name, j.origin, j.url FROM media_jobs j JOIN message_attachments a ON a.id = j.attachment_id"
            " ORDER BY a.id"
        ).fetchall()
        forced = "SELECT count(*) FROM pg_class WHERE relname IN ('messages', 'message_attachments', 'sources')"
        assert connection.execute(f"{forced} AND relforcerowsecurity".encode()).fetchone() == (3,)
        connection.execute("INSERT INTO message_attachments (clinic_id, message_id, file_name) VALUES (1, 1, 'a.pdf')")
    assert jobs == [("asked", "evolution", None), ("linked", "url", "https://x/y")]
    assert {name for name, state in states.items() if state == "pending"} == {"asked", "linked"}
    assert {state for name, state in states.items() if name not in {"asked", "linked"}} == {"none"}
