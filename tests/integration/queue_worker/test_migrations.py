"""The schema's way into a database."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from deploy.demo.seed import seed
from services.queue_worker.dead_letters import fingerprint, reason_of
from shared.db.migrate import migrate
from tests.databases import new_database
from tests.waiting import until

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


WAITING = """
SELECT l.locktype FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE NOT l.granted AND a.datname = current_database() ORDER BY 1
"""


async def test_a_migrator_waits_until_another_has_done_all(empty_database: str) -> None:
    """Between two migrations of the first, too: what that one has done is there by then, and stays if it ends there."""
    migrate(empty_database, "0001")
    command = [sys.executable, "-m", "shared.db.migrate"]
    environment = os.environ | {"DATABASE_URL": empty_database}
    with psycopg.connect(empty_database) as reader, psycopg.connect(empty_database, autocommit=True) as observer:

        def waiting_for(*what: str) -> bool:
            return [kind for (kind,) in observer.execute(WAITING.encode())] == list(what)

        reader.execute("SELECT 1 FROM failed_messages")  # which 0004 alters
        first = await asyncio.create_subprocess_exec(*command, env=environment, cwd=ROOT)
        await until(lambda: waiting_for("relation"), within=30, what="the first migrator at 0004")
        assert observer.execute("SELECT version_num FROM alembic_version").fetchall() == [("0003",)]
        second = await asyncio.create_subprocess_exec(*command, env=environment, cwd=ROOT)
        await until(lambda: waiting_for("advisory", "relation"), within=30, what="the second waiting for the first")
        reader.rollback()

    assert [await migrator.wait() for migrator in (first, second)] == [0, 0]
    assert len(schema(empty_database)["revision"]) == 1


LOCKED = """
SELECT c.relname FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
WHERE l.granted AND l.mode = 'AccessExclusiveLock' AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
"""


async def test_policies_of_many_tables_are_made_one_table_at_a_time(empty_database: str) -> None:
    """Whoever waits for one table holds no other, as a deadlock needs; and where it dies there, the next one does all."""
    migrate(empty_database, "0019")
    command = [sys.executable, "-m", "shared.db.migrate", "0020"]
    environment = os.environ | {"DATABASE_URL": empty_database}
    with psycopg.connect(empty_database) as reader, psycopg.connect(empty_database, autocommit=True) as observer:

        def waits() -> bool:
            return observer.execute(WAITING.encode()).fetchall() == [("relation",)]

        reader.execute("SELECT 1 FROM messages")
        migrator = await asyncio.create_subprocess_exec(*command, env=environment, cwd=ROOT)
        await until(waits, what="the migrator at a table that is read")
        locked = observer.execute(LOCKED.encode()).fetchall()
        migrator.kill()
        await migrator.wait()
        reader.rollback()
        await until(lambda: not observer.execute(WAITING.encode()).fetchall(), what="Postgres to notice its end")
        migrate(empty_database, "0020")
        policies = observer.execute("SELECT count(*) FROM pg_policies WHERE policyname = 'batch'").fetchone()

    assert locked == []
    assert policies == (13,)


async def test_nobody_waits_for_long_behind_a_migration_that_waits(empty_database: str) -> None:
    """A backup reads a table that a migration alters: services go on with it meanwhile, and the migration ends after it."""
    migrate(empty_database, "0020")
    command = [sys.executable, "-m", "shared.db.migrate"]
    environment = os.environ | {"DATABASE_URL": empty_database}
    with psycopg.connect(empty_database) as backup, psycopg.connect(empty_database, autocommit=True) as service:

        def waits() -> bool:
            return service.execute(WAITING.encode()).fetchall() == [("relation",)]

        backup.execute("SELECT 1 FROM webhook_events")
        migrator = await asyncio.create_subprocess_exec(*command, env=environment, cwd=ROOT, stderr=subprocess.PIPE)
        await until(waits, what="the migrator at a table that is read")
        service.execute("SET statement_timeout = '15s'")
        service.execute("UPDATE webhook_events SET ignored = 'x'")
        assert migrator.stderr is not None
        assert b"in use" in await migrator.stderr.readline()
        backup.rollback()
        assert await asyncio.wait_for(migrator.wait(), 60) == 0
        assert service.execute("SELECT version_num FROM alembic_version").fetchall() != [("0020",)]


def test_the_third_migration_that_fails_leaves_the_first_two(empty_database: str) -> None:
    """The version is the second's, of the third there is nothing, and the next attempt begins with it."""
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute("CREATE TABLE source_states (unexpected integer)")  # which 0003 makes
        with pytest.raises(Exception, match="source_states"):
            migrate(empty_database)
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("0002",)]
        made = "SELECT to_regclass('message_changes') IS NOT NULL, to_regclass('source_secrets') IS NOT NULL"
        assert connection.execute(made).fetchall() == [(True, False)]

        connection.execute("DROP TABLE source_states")
        migrate(empty_database)
        assert connection.execute(made).fetchall() == [(True, True)]


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


OLD_DEAD_LETTERS = (
    ("messages.upsert", "ShapeError: data.key.fromMe is not a boolean", "permanent", "validation"),
    ("messages.upsert", "ShapeError: every worker that handled this message died", "permanent", "poison"),
    ("messages.upsert", "DeadlockDetected: 40P01 in messages", "transient", "exhausted"),
    ("messages.upsert", "ShapeError: instance does not belong to this token", "permanent", "unknown_instance"),
    ("send.text", "Evolution refused the message (400)", "permanent", "refused"),
    (
        "send.text",
        "Evolution did not answer and no echo came: it is not known whether the patient got this message",
        "permanent",
        "unknown_outcome",
    ),
)


def test_dead_letters_of_the_first_schema_get_what_the_new_one_asks(empty_database: str) -> None:
    """Reasons, fingerprints and references as new ones have them, times and sizes of their own; nothing is lost."""
    migrate(empty_database, "0001")
    with psycopg.connect(empty_database, autocommit=True, row_factory=psycopg.rows.dict_row) as owner:
        owner.execute("INSERT INTO clinics (id, slug, name) VALUES (1, 'a', 'A')")
        owner.execute(
            "INSERT INTO sources (id, clinic_id, kind, name, token_hash) VALUES (1, 1, 'evolution', 'wa', sha256('x'))"
        )
        for message_type, error, error_class, _ in OLD_DEAD_LETTERS:
            owner.execute(
                "INSERT INTO failed_messages (original_message_id, correlation_id, clinic_id, source_id, message_type,"
                " payload, raw, error_message, error_class, created_at) VALUES (gen_random_uuid(), gen_random_uuid(), 1, 1,"
                ' %s, \'{"data": {"key": {"id": "M1", "remoteJid": "55@lid"}}, "conversation_id": "7"}\', \'abc\', %s, %s,'
                " '2026-01-01')",
                [message_type, error, error_class],
            )
        owner.execute(
            "INSERT INTO failed_messages (original_message_id, correlation_id, message_type, raw, error_message,"
            " error_class) VALUES (gen_random_uuid(), gen_random_uuid(), 'unknown', 'foreign', 'x', 'permanent')"
        )
        owner.execute(
            "INSERT INTO message_queue (clinic_id, source_id, message_type, payload) VALUES (1, 1, 'x', '{}')"
        )

        migrate(empty_database)

        *rows, foreign = owner.execute("SELECT * FROM failed_messages ORDER BY id").fetchall()
        for row, (message_type, error, error_class, reason) in zip(rows, OLD_DEAD_LETTERS, strict=True):
            assert row["reason"] == reason == reason_of(message_type, error_class, error)
            assert row["fingerprint"] == fingerprint(message_type, error_class, error)
            assert (row["source_kind"], row["source_name"], row["provider_id"]) == ("evolution", "wa", "M1")
            assert row["dead_at"] == row["first_seen_at"] == row["created_at"]
            assert (row["payload_size"], row["version"], row["attempts"]) == (3, 1, [])
            assert row["ordering_key"] == ("conversation:7" if message_type == "send.text" else None)
        assert (foreign["reason"], foreign["payload_size"]) == ("undeliverable", 7)
        issues = owner.execute("SELECT count(*) AS n FROM dead_letter_issues").fetchone()
        assert issues == {"n": len({row["fingerprint"] for row in rows})}
        assert owner.execute("SELECT killed, locked_by FROM message_queue").fetchall() == [
            {"killed": None, "locked_by": None}
        ]


def test_code_of_before_goes_on_burying_beside_the_new_schema(empty_database: str) -> None:
    """While versions are changed old workers write dead letters without the new columns."""
    migrate(empty_database)
    with psycopg.connect(empty_database, autocommit=True) as owner:
        owner.execute("SET ROLE prosa_worker")
        owner.execute(
            "INSERT INTO failed_messages (original_message_id, correlation_id, message_type, error_message, error_class)"
            " VALUES (gen_random_uuid(), gen_random_uuid(), 'x', 'x', 'permanent')"
        )
        assert owner.execute("SELECT state, version, dead_at IS NOT NULL FROM failed_messages").fetchall() == [
            ("dead", 1, True)
        ]


def test_sessions_of_the_previous_release_go_on(empty_database: str) -> None:
    """Nobody is signed out by the migration; code of before reads users and signs people in as it did."""
    migrate(empty_database, "0006")
    seed(empty_database)

    migrate(empty_database)

    with psycopg.connect(empty_database, autocommit=True) as owner:
        assert owner.execute("SELECT count(*) FROM users WHERE sessions_valid_from IS NOT NULL").fetchone() == (0,)
        owner.execute("SET ROLE prosa_api")
        assert owner.execute("SELECT role FROM find_login('ana@demo.test')").fetchone() == ("agent",)
        owner.execute("SET prosa.clinic_id = '1'")
        people = "SELECT id, clinic_id, email, name, role, active, created_at FROM users"
        assert {row[1] for row in owner.execute(people).fetchall()} == {1}
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            owner.execute("SELECT password_hash FROM users")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            owner.execute("UPDATE conversation_actions SET action_type = 'x'")


@pytest.mark.parametrize("table", ["contacts", "conversations", "labels"])
def test_what_refers_to_a_row_finds_it_by_its_id_from_the_first_one_on(empty_database: str, table: str) -> None:
    """Without statistics too, whatever indexes came later: else every reference is checked by reading the whole clinic."""
    migrate(empty_database)
    with psycopg.connect(empty_database) as connection:
        connection.execute("SET plan_cache_mode = force_generic_plan")
        connection.execute(
            f"PREPARE check_reference AS SELECT 1 FROM ONLY {table} x"
            " WHERE clinic_id = $1 AND id = $2 FOR KEY SHARE OF x".encode()
        )
        plan = str(connection.execute("EXPLAIN EXECUTE check_reference(1, 1)").fetchall())
    assert f"idx_{table}_clinic_id" in plan
