"""What each role may see and do: tenants are kept apart by Postgres itself, whatever a query forgets."""

import asyncio
from collections.abc import Iterator

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege, RaiseException
from psycopg.rows import DictRow, dict_row

from shared.db.pool import open_pool, service_conninfo
from tests.databases import new_database
from tests.factories import OTHER_INSTANCE, evolution_message, n8n_action
from tests.integration.queue_worker.working import process

Connection = psycopg.Connection[DictRow]

TENANT_TABLES = (
    "contacts",
    "contact_identities",
    "conversations",
    "messages",
    "message_attachments",
    "conversation_actions",
)


@pytest.fixture(scope="module")
def two_clinics(postgres_url: str, template_database: str) -> Iterator[str]:
    """A database with a conversation, and everything in it, in each of two clinics. Tests leave it as it is."""
    with new_database(postgres_url, template_database) as url:
        asyncio.run(fill(url))
        yield url


async def fill(url: str) -> None:
    picture = {"imageMessage": {"mimetype": "image/jpeg"}}
    theirs = evolution_message("A", instance=OTHER_INSTANCE, message=picture)
    async with open_pool(url, "prosa_worker", size=1) as pool:
        await process(pool, evolution_message("A", message=picture))
        await process(pool, n8n_action(), source_id=2, kind="n8n")
        await process(pool, theirs, source_id=3, clinic_id=2)
    with psycopg.connect(url) as owner:
        owner.execute(
            "INSERT INTO conversation_actions (clinic_id, conversation_id, action_type)"
            " SELECT 2, id, 'note' FROM conversations WHERE clinic_id = 2"
        )
        owner.execute("INSERT INTO audit_log (clinic_id, action, subject_type, subject_id) VALUES (1, 'a', 'b', 'c')")


@pytest.fixture
def owner(two_clinics: str) -> Iterator[Connection]:
    """A look past row-level security."""
    with psycopg.connect(two_clinics, row_factory=dict_row) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def worker(two_clinics: str) -> Iterator[Connection]:
    """A session under the worker's role."""
    with psycopg.connect(service_conninfo(two_clinics, "prosa_worker"), row_factory=dict_row) as connection:
        yield connection
        connection.rollback()


def enter(connection: Connection, clinic_id: int | str) -> None:
    connection.execute("SELECT set_config('prosa.clinic_id', %s, true)", [str(clinic_id)])


def clinics_seen(connection: Connection, table: str) -> set[int]:
    return {row["clinic_id"] for row in connection.execute(f"SELECT clinic_id FROM {table}".encode())}


@pytest.mark.parametrize("table", TENANT_TABLES)
def test_without_a_clinic_nothing_is_seen(worker: Connection, table: str) -> None:
    """A transaction that forgot to say whose it is sees no tenant's rows at all."""
    assert clinics_seen(worker, table) == set()


@pytest.mark.parametrize("table", TENANT_TABLES)
def test_a_clinic_sees_its_own_rows_only(worker: Connection, table: str) -> None:
    """Every table has rows of both clinics; each clinic's transaction sees its own."""
    enter(worker, 2)
    assert clinics_seen(worker, table) == {2}
    enter(worker, 1)
    assert clinics_seen(worker, table) == {1}


def test_the_clinic_ends_with_its_transaction(worker: Connection) -> None:
    """The next transaction on the same connection begins with nobody's eyes."""
    enter(worker, 1)
    worker.commit()

    assert clinics_seen(worker, "conversations") == set()


def test_a_row_cannot_be_written_for_another_clinic(worker: Connection) -> None:
    """Whatever a statement says, it writes for the transaction's clinic."""
    enter(worker, 2)

    with pytest.raises(InsufficientPrivilege, match="row-level security"):
        worker.execute("INSERT INTO contacts (clinic_id, name) VALUES (1, 'a stranger')")


def test_a_row_cannot_be_moved_to_another_clinic(worker: Connection) -> None:
    """Nor is one given away."""
    enter(worker, 2)

    with pytest.raises(InsufficientPrivilege, match="row-level security"):
        worker.execute("UPDATE contacts SET clinic_id = 1")


@pytest.mark.parametrize("change", ["UPDATE conversations SET status = 'archived'", "DELETE FROM messages"])
def test_another_clinics_rows_are_neither_changed_nor_deleted(worker: Connection, change: str) -> None:
    """A statement without a condition stays at home: it finds one row, though there are two."""
    enter(worker, 2)

    assert worker.execute(change.encode()).rowcount == 1


def test_a_message_cannot_be_put_into_another_clinics_conversation(worker: Connection, owner: Connection) -> None:
    """The key of a conversation has its clinic in it."""
    foreign = owner.execute("SELECT id FROM conversations WHERE clinic_id = 1").fetchone()
    assert foreign is not None
    enter(worker, 2)

    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        worker.execute(
            "INSERT INTO messages (clinic_id, conversation_id, sender_type, content) VALUES (2, %s, 'ai', 'oi')",
            [foreign["id"]],
        )


@pytest.mark.parametrize("nonsense", ["", "0", "-1", "999"])
def test_a_clinic_that_does_not_exist_sees_nothing(worker: Connection, nonsense: str) -> None:
    """Fail closed."""
    enter(worker, nonsense)

    assert clinics_seen(worker, "messages") == set()


@pytest.mark.parametrize("table", [*TENANT_TABLES, "users", "sources", "webhook_events", "message_queue", "outbox"])
def test_every_tenant_table_forces_its_policy(owner: Connection, table: str) -> None:
    """Row-level security also holds for the tables' owner."""
    row = owner.execute(
        "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = %s", [table]
    ).fetchone()

    assert row == {"relrowsecurity": True, "relforcerowsecurity": True}


def test_no_table_of_tenants_is_forgotten(owner: Connection) -> None:
    """Whatever has a clinic_id has a policy."""
    rows = owner.execute(
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'clinic_id'"
        " WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND NOT c.relforcerowsecurity"
    ).fetchall()

    assert rows == []


@pytest.mark.parametrize(
    "role", ["prosa_receiver", "prosa_worker", "prosa_api", "prosa_login", "prosa_audit", "prosa_services"]
)
def test_no_role_can_step_around_the_policies(owner: Connection, role: str) -> None:
    """None bypasses row-level security, none owns a table, none can log in."""
    row = owner.execute(
        "SELECT rolbypassrls, rolsuper, rolcanlogin, (SELECT count(*) FROM pg_class WHERE relowner = r.oid) AS owned"
        " FROM pg_roles r WHERE rolname = %s",
        [role],
    ).fetchone()

    assert row == {"rolbypassrls": False, "rolsuper": False, "rolcanlogin": False, "owned": 0}


def test_the_receiver_sees_what_a_token_needs_and_nothing_else(two_clinics: str) -> None:
    """Columns of `sources` that map a token to a tenant; no other column, no other table, no writing."""
    conninfo = service_conninfo(two_clinics, "prosa_receiver")
    with psycopg.connect(conninfo, autocommit=True) as receiver:
        seen = receiver.execute("SELECT id, clinic_id, kind, name, token_hash, active FROM sources").fetchall()
        assert len(seen) == 3
        for forbidden in (
            "SELECT created_at FROM sources",
            "SELECT * FROM conversations",
            "SELECT * FROM message_queue",
            "SELECT * FROM users",
            "UPDATE sources SET active = false",
            "SELECT * FROM find_login('ana@demo.test')",
        ):
            with pytest.raises(InsufficientPrivilege):
                receiver.execute(forbidden.encode())


def test_the_worker_cannot_read_what_is_not_its_business(worker: Connection) -> None:
    """Passwords and the audit log."""
    for forbidden in ("SELECT * FROM users", "SELECT * FROM audit_log"):
        with pytest.raises(InsufficientPrivilege), worker.transaction():
            worker.execute(forbidden.encode())


@pytest.mark.parametrize("change", ["UPDATE audit_log SET action = 'x'", "DELETE FROM audit_log", "TRUNCATE audit_log"])
def test_the_audit_log_is_append_only(owner: Connection, change: str) -> None:
    """Not even its owner rewrites it."""
    with pytest.raises(RaiseException, match="append-only"):
        owner.execute(change.encode())
