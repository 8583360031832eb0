import itertools
from collections.abc import Callable
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg.rows import DictRow

from services.api import opening
from services.api.cursors import CursorKind, Position, encode_cursor
from shared.db.pool import open_pool
from tests.integration.api.client import Caller
from tests.integration.api.conftest import Serve
from tests.integration.api.factories import Owner, add_conversation, count, source_id
from tests.integration.api.one_of_everything import BIG, one_of_everything
from tests.integration.api.tenant_tables import (
    BEYOND_ITS_CLINIC,
    broad_policies,
    changes,
    clinic_column,
    reached,
    readings,
    rows_of,
    service_roles,
    smuggled,
    tenant_tables,
    writable_columns,
)

pytestmark = pytest.mark.artificial_events

PATH = "/api/conversations-simple"


@pytest.fixture
def theirs(owner: Owner) -> DictRow:
    return one_of_everything(owner)


EFFECTS: tuple[LiteralString, ...] = ("messages", "message_queue", "outbox", "conversation_actions", "audit_log")


async def find_nothing(carla: Caller, owner: Owner, theirs: DictRow) -> None:
    """Read, page, ask for and write to another clinic's conversation: 404, the same as for what is nowhere."""
    nowhere = (await carla.get(f"{PATH}/999999")).problem(404)
    before = {table: count(owner, table) for table in EFFECTS}
    [them] = owner.execute("SELECT id FROM users WHERE email = 'bruno@demo.test'").fetchall()
    for reference in (theirs["id"], BIG):
        for suffix in ("", "/messages", "/access"):
            assert (await carla.get(f"{PATH}/{reference}{suffix}")).problem(404) == nowhere
        (await carla.send(reference, content="x", client_message_id="c-1")).problem(404)
        assert (await carla.post(f"{PATH}/{reference}/read", {})).problem(404) == nowhere
        transfer = await carla.post(f"{PATH}/{reference}/transfer", {"to_user_id": str(them["id"])})
        assert transfer.problem(404) == nowhere
        change = await carla.call("PATCH", f"{PATH}/{reference}", json={"status": "archived"})
        assert change.problem(404) == nowhere
    assert before == {table: count(owner, table) for table in EFFECTS}


async def list_nothing(carla: Caller, owner: Owner, theirs: DictRow) -> None:
    """Neither by filter nor by search nor by a cursor or user of theirs; the total counts none either."""
    user = owner.execute("SELECT id FROM users WHERE email = 'ana@demo.test'").fetchone()
    assert user is not None
    cursor = encode_cursor(CursorKind.CONVERSATIONS, Position(theirs["activity_at"], theirs["id"] + 1))
    for params in ({}, {"q": "Maria"}, {"cursor": cursor}, {"assigned_to": str(user["id"])}, {"status": "active"}):
        body = (await carla.get(PATH, **params)).ok()
        assert (body["conversations"], body["total"], body["next_cursor"]) == ([], 0, None)
    assert [user["name"] for user in (await carla.get("/api/users")).ok()["users"]] == ["Carla Nunes"]
    queue = (await carla.get("/api/queue")).ok()
    assert (queue["depth"]["pending"], queue["dlq"], queue["by_type"]) == (0, 0, {})


async def test_another_clinics_things_do_not_exist(ana: Caller, carla: Caller, owner: Owner, theirs: DictRow) -> None:
    """What is there for its own clinic is nowhere for another one."""
    await find_nothing(carla, owner, theirs)
    await list_nothing(carla, owner, theirs)
    for reference in (theirs["id"], BIG):
        for suffix in ("", "/messages", "/access"):
            (await ana.get(f"{PATH}/{reference}{suffix}")).ok()
    assert (await ana.get("/api/queue")).ok()["depth"]["pending"] == 1


async def test_the_queries_alone_keep_clinics_apart(
    serve: Serve, token_of: Callable[..., str], owner: Owner, theirs: DictRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same under a role that row-level security does not hold: a policy that is lost shows nothing either."""
    monkeypatch.setattr(opening, "open_pool", lambda url, _role, **options: open_pool(url, owner.info.user, **options))
    async with serve() as api:
        carla = Caller(api, token_of("carla@outra.test"))
        await find_nothing(carla, owner, theirs)
        await list_nothing(carla, owner, theirs)


async def test_the_same_external_id_in_two_clinics_is_two_conversations(
    ana: Caller, carla: Caller, owner: Owner, theirs: DictRow
) -> None:
    """Each clinic finds its own."""
    own = add_conversation(owner, clinic_id=2, external_id=BIG)
    assert (await ana.get(f"{PATH}/{BIG}/access")).ok() == {"conversation_id": str(theirs["id"])}
    assert (await carla.get(f"{PATH}/{BIG}/access")).ok() == {"conversation_id": str(own["id"])}


async def test_an_external_id_does_not_reach_into_another_clinic(carla: Caller, owner: Owner, theirs: DictRow) -> None:
    """Their own id as our external id is ours."""
    own = add_conversation(owner, clinic_id=2, external_id=str(theirs["id"]))
    assert (await carla.get(f"{PATH}/{theirs['id']}/access")).ok() == {"conversation_id": str(own["id"])}


async def test_another_clinics_message_is_no_place_to_page_from(carla: Caller, owner: Owner, theirs: DictRow) -> None:
    """`before` is looked for in the conversation only."""
    own = add_conversation(owner, clinic_id=2)
    message = owner.execute("SELECT id FROM messages WHERE conversation_id = %s", [theirs["id"]]).fetchone()
    assert message is not None
    (await carla.get(f"{PATH}/{own['id']}/messages", before=str(message["id"]))).problem(400)


async def test_another_clinics_instance_is_no_way_out(carla: Caller, owner: Owner, theirs: DictRow) -> None:
    """A conversation that came to name a foreign source sends through its own clinic's."""
    own = add_conversation(owner, clinic_id=2, source_id=theirs["source_id"])
    (await carla.send(own["id"], content="x")).ok(status=201)
    [queued] = owner.execute("SELECT source_id FROM message_queue WHERE clinic_id = 2").fetchall()
    assert queued["source_id"] == source_id(owner, "outra-wa")


async def test_another_clinics_user_is_given_nothing(
    serve: Serve, token_of: Callable[..., str], owner: Owner, theirs: DictRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The query alone does not find them, under a role that sees everybody."""
    monkeypatch.setattr(opening, "open_pool", lambda url, _role, **options: open_pool(url, owner.info.user, **options))
    own = add_conversation(owner, clinic_id=2)
    [them] = owner.execute("SELECT id FROM users WHERE email = 'bruno@demo.test'").fetchall()
    async with serve() as api:
        carla = Caller(api, token_of("carla@outra.test"))
        refused = await carla.post(f"{PATH}/{own['id']}/transfer", {"to_user_id": str(them["id"])})
        assert refused.problem(404)["code"] == "user_not_found"


async def test_a_token_of_another_clinic_ends_nobodys_sessions(
    serve: Serve, token_of: Callable[..., str], owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user is found in their own clinic only: a token that names another's is no session, and ends none."""
    monkeypatch.setattr(opening, "open_pool", lambda url, _role, **options: open_pool(url, owner.info.user, **options))
    async with serve() as api:
        mixed = Caller(api, token_of("ana@demo.test", clinic_id=2))
        for path in ("/api/auth/logout", "/api/auth/refresh"):
            (await mixed.post(path, None)).problem(401)
    assert owner.execute("SELECT 1 FROM users WHERE sessions_valid_from IS NOT NULL").fetchall() == []


OTHER_SETTINGS = ("2", "", "999")


def test_no_role_reads_or_changes_another_clinics_rows(owner: Owner, theirs: DictRow) -> None:
    """Statements without any condition, for each role, table and column: they reach the clinic's own rows at most."""
    for role, table in itertools.product(service_roles(owner), tenant_tables(owner)):
        assert rows_of(owner, table, 1), f"{table} has no row of clinic 1: `theirs` must add one"
        if table in BEYOND_ITS_CLINIC.get(role, set()):
            continue
        for clinic in OTHER_SETTINGS:
            own = rows_of(owner, table, int(clinic or 0))
            for statement in (readings(table), *changes(owner, role, table)):
                assert reached(owner, role, clinic, statement) <= own, (role, clinic, statement.as_string())


def test_no_role_writes_a_row_into_another_clinic(owner: Owner, theirs: DictRow) -> None:
    """A copy of a row of clinic 1 is refused in the place of any other, for each role and table that it may add to."""
    tried = set()
    for role, table in itertools.product(service_roles(owner), tenant_tables(owner)):
        if table in BEYOND_ITS_CLINIC.get(role, set()):
            continue
        if clinic_column(table) not in writable_columns(owner, role, table, "INSERT"):
            continue
        tried.add((role, table))
        for clinic in OTHER_SETTINGS:
            refused = smuggled(owner, role, table, clinic)
            assert refused is not None, (role, table, clinic)
            assert "row-level security" in refused, (role, table, clinic)
    assert {("prosa_api", "messages"), ("prosa_api", "audit_log"), ("prosa_worker", "contacts")} <= tried


def test_only_known_policies_show_a_role_more_than_one_clinic(owner: Owner) -> None:
    """The walks above leave out what a role is meant to see: a migration that adds to it is found here."""
    assert broad_policies(owner) == BEYOND_ITS_CLINIC


def test_the_walk_finds_a_table_whose_policy_is_lost(owner: Owner, theirs: DictRow) -> None:
    """It proves something: with row-level security off it sees, changes and writes another clinic's rows."""
    with owner.transaction(force_rollback=True):
        owner.execute("ALTER TABLE messages DISABLE ROW LEVEL SECURITY")
        assert reached(owner, "prosa_api", "2", readings("messages")) == 1
        assert max(reached(owner, "prosa_api", "2", change) for change in changes(owner, "prosa_api", "messages")) == 1
        with pytest.raises(psycopg.errors.UniqueViolation), owner.transaction():
            smuggled(owner, "prosa_api", "messages", "2")


def test_every_tenant_table_forces_row_level_security(owner: Owner) -> None:
    """A table added later without it is found here."""
    rows = owner.execute(
        "SELECT relname FROM pg_class WHERE relname = ANY(%s) AND relrowsecurity AND relforcerowsecurity",
        [tenant_tables(owner)],
    ).fetchall()
    assert {row["relname"] for row in rows} == set(tenant_tables(owner))


@pytest.mark.parametrize("clinic", ["2", ""])
@pytest.mark.parametrize(
    ("statement", "values"),
    [
        ("INSERT INTO messages (clinic_id, conversation_id, sender_type, content) VALUES (1, %s, 'ai', 'x')", ["id"]),
        ("INSERT INTO message_queue (clinic_id, message_type, payload) VALUES (1, 'send.text', '{}')", []),
        ("INSERT INTO outbox (clinic_id, channel, event) VALUES (1, 'empresa:1', '{}')", []),
        ("INSERT INTO audit_log (clinic_id, action, subject_type, subject_id) VALUES (1, 'x', 'y', 'z')", []),
    ],
)
def test_nothing_is_written_into_another_clinic(
    owner: Owner, theirs: DictRow, statement: Any, values: list[str], clinic: str
) -> None:
    """Row-level security refuses what a wrong clinic_id in a statement would do."""
    with owner.transaction(force_rollback=True):
        owner.execute("SET LOCAL ROLE prosa_api")
        owner.execute("SELECT set_config('prosa.clinic_id', %s, true)", [clinic])
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
            owner.execute(statement, [theirs[name] for name in values])


@pytest.mark.parametrize("statement", ["UPDATE conversations SET unread_count = 9", "UPDATE messages SET content = ''"])
def test_nothing_is_changed_in_another_clinic(owner: Owner, theirs: DictRow, statement: Any) -> None:
    """An UPDATE without a clinic reaches the tenant's own rows only."""
    with owner.transaction(force_rollback=True):
        owner.execute("SET LOCAL ROLE prosa_api")
        owner.execute("SELECT set_config('prosa.clinic_id', '2', true)")
        assert owner.execute(statement).rowcount == 0


def test_password_hashes_are_closed_to_the_api(owner: Owner) -> None:
    """Only find_login reads them, one exact address at a time."""
    with owner.transaction(force_rollback=True):
        owner.execute("SET LOCAL ROLE prosa_api")
        owner.execute("SELECT set_config('prosa.clinic_id', '1', true)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            owner.execute("SELECT password_hash FROM users")
