"""A service's own login: enough for the service, and for nothing else."""

import logging
import secrets
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege, InvalidParameterValue
from psycopg.rows import DictRow
from sqlalchemy.engine import make_url

from shared.db.login_passwords import LoginsError
from shared.db.logins import main, make_logins
from shared.db.pool import open_pool, service_conninfo
from shared.observability.connecting import ConnectingFailures
from tests.databases import new_database
from tests.factories import evolution_message
from tests.integration.queue_worker.working import process
from tests.logins import ROLES, Logins, by_variable, drop, new_passwords, own_logins
from tests.waiting import until

Database = psycopg.Connection[DictRow]

# What each role must not see, though another service's may.
NOT_THEIRS = {
    "receiver": ("SELECT * FROM conversations", "SELECT * FROM users", "SELECT * FROM find_login('ana@demo.test')"),
    "worker": ("SELECT * FROM users", "SELECT * FROM audit_log", "SELECT token_hash FROM sources"),
    "api": ("SELECT password_hash FROM users", "SELECT * FROM webhook_events", "SELECT * FROM source_secrets"),
}


@pytest.fixture
def logins(database_url: str) -> Iterator[Logins]:
    with own_logins(database_url) as made:
        yield made


@pytest.fixture
def suffix(database_url: str) -> Iterator[str]:
    """Names that nobody has; what is made under them goes."""
    mark = f"_{secrets.token_hex(4)}"
    yield mark
    drop(database_url, [login + mark for login in ROLES])


def refused(connection: psycopg.Connection[Any], statement: sql.SQL | sql.Composed) -> bool:
    try:
        with connection.transaction():
            connection.execute(statement)
    except (InsufficientPrivilege, InvalidParameterValue):  # or a role of another test, which is gone by now
        return True
    return False


class Listening(logging.Handler):
    """Keeps what is logged."""

    def __init__(self, told: list[str]) -> None:
        super().__init__()
        self._told = told

    def emit(self, record: logging.LogRecord) -> None:
        self._told.append(record.getMessage())


def signs_in(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError as error:
        if "password authentication failed" in str(error):
            return False
        raise
    return True


async def test_workers_login_does_what_a_worker_does(database_url: str, logins: Logins, owner: Database) -> None:
    """From an event to a stored message, with the pool that the worker opens."""
    async with open_pool(logins.url("worker", database_url), "prosa_worker", size=2) as pool:
        await process(pool, evolution_message("A"))

    assert len(owner.execute("SELECT 1 FROM messages").fetchall()) == 1


@pytest.mark.parametrize("login", ROLES)
def test_login_cannot_become_anybody_else(database_url: str, logins: Logins, login: str, owner: Database) -> None:
    """Of all roles that the server has, the owner among them, it can take on its service's alone."""
    others = [row["name"] for row in owner.execute("SELECT rolname AS name FROM pg_roles").fetchall()]
    with psycopg.connect(logins.url(login, database_url), autocommit=True) as session:
        allowed = [
            name for name in others if not refused(session, sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(name)))
        ]

    assert set(allowed) == {ROLES[login], logins.named[login]}
    assert str(make_url(database_url).username) in others


@pytest.mark.parametrize("login", ROLES)
def test_login_may_do_nothing_without_its_role(database_url: str, logins: Logins, login: str, owner: Database) -> None:
    """Whoever leaves the role of a service that was taken over is left with nothing to read."""
    tables = [
        row["name"]
        for row in owner.execute("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'").fetchall()
    ]
    conninfo = service_conninfo(logins.url(login, database_url), ROLES[login])
    with psycopg.connect(conninfo, autocommit=True) as session:
        session.execute("SET ROLE NONE")
        seen = [name for name in tables if not refused(session, sql.SQL("TABLE {}").format(sql.Identifier(name)))]

    assert seen == []
    assert len(tables) > len(ROLES)


@pytest.mark.parametrize("login", ROLES)
def test_login_may_in_its_role_what_the_role_may(database_url: str, logins: Logins, login: str) -> None:
    """And nothing more: what is another service's stays closed."""
    conninfo = service_conninfo(logins.url(login, database_url), ROLES[login])
    with psycopg.connect(conninfo, autocommit=True) as session:
        assert session.execute("SELECT current_user, session_user").fetchone() == (ROLES[login], logins.named[login])
        session.execute("SELECT id, name FROM sources")
        for statement in NOT_THEIRS[login]:
            assert refused(session, sql.SQL(statement)), statement


def test_second_call_gives_the_password_that_is_given_now(
    database_url: str, logins: Logins, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The former one opens nothing any more, sessions go on, and a login whose password is not given keeps its own."""
    before, api = logins.url("worker", database_url), logins.url("api", database_url)
    fresh = new_passwords()["worker"]
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("WORKER_DATABASE_PASSWORD", fresh)
    with psycopg.connect(service_conninfo(before, "prosa_worker"), autocommit=True) as session:
        assert main(["--suffix", logins.suffix]) == 0
        session.execute("SELECT 1 FROM message_queue")

    after = Logins(logins.suffix, {**logins.passwords, "worker": fresh}).url("worker", database_url)
    assert [signs_in(url) for url in (before, after, api)] == [False, True, True]
    assert main(["--suffix", logins.suffix]) == 0
    assert signs_in(after)
    said = capsys.readouterr()
    assert "api" in said.out
    assert fresh not in said.out + said.err


async def test_service_that_is_not_taken_in_says_why(
    database_url: str, logins: Logins, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, though its pool tries again and again; and the password that it tried is not shown."""
    told: list[str] = []
    pools = logging.getLogger("psycopg.pool")
    monkeypatch.setattr(pools, "filters", [ConnectingFailures(lambda: 0.0)])
    monkeypatch.setattr(pools, "handlers", [Listening(told)])
    wrong = Logins(logins.suffix, new_passwords())
    async with open_pool(wrong.url("worker", database_url), "prosa_worker", size=4):
        await until(lambda: said(told, "password authentication failed"), what="the reason")
    async with open_pool(logins.url("api", database_url), "prosa_worker", size=4):
        await until(lambda: said(told, "permission denied to set role"), what="the other reason")

    assert len(told) == len(set(told))
    assert wrong.passwords["worker"] not in "".join(told)


def said(lines: list[str], words: str) -> bool:
    return any(words in line for line in lines)


def test_password_is_in_no_statement(database_url: str, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that logs all statements is shown a verifier, out of which nobody makes the password."""
    logged: list[str] = []
    connect = psycopg.connect

    def overheard(url: str, **options: Any) -> psycopg.Connection[Any]:
        # The server sends its log to this client.
        connection = connect(url, options="-c log_statement=all -c client_min_messages=log", **options)
        connection.add_notice_handler(lambda notice: logged.append(notice.message_primary or ""))
        return connection

    monkeypatch.setattr(psycopg, "connect", overheard)
    passwords = new_passwords()
    make_logins(database_url, by_variable(passwords), suffix)

    said = "\n".join(logged)
    assert said.count("CREATE ROLE") == len(ROLES)
    assert [word for word in passwords.values() if word in said] == []


def test_role_of_somebody_else_is_left_alone(database_url: str, suffix: str, owner: Database) -> None:
    """One login that has the name already, and is more or something else, keeps its password; the others are not made."""
    theirs = sql.Identifier("api" + suffix)
    owner.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'their-own-password'").format(theirs))
    for make_it in ("GRANT prosa_login TO {}", "GRANT prosa_api TO {}"):
        with pytest.raises(LoginsError, match="not of prosa_api alone"):
            make_logins(database_url, by_variable(new_passwords()), suffix)
        owner.execute(sql.SQL(make_it).format(theirs))
    owner.execute(sql.SQL("REVOKE prosa_login FROM {}").format(theirs))
    owner.execute(sql.SQL("ALTER ROLE {} CREATEDB").format(theirs))
    with pytest.raises(LoginsError, match="more than sign in"):
        make_logins(database_url, by_variable(new_passwords()), suffix)

    assert signs_in(Logins(suffix, {"api": "their-own-password"}).url("api", database_url))
    there = owner.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE %s", [f"%{suffix}"]).fetchall()
    assert [row["rolname"] for row in there] == ["api" + suffix]


def test_login_that_was_made_by_hand_is_taken_over(database_url: str, suffix: str, owner: Database) -> None:
    """As earlier releases told operators to make it: it had its role's rights at once, and has not any more."""
    name = sql.Identifier("worker" + suffix)
    owner.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'by-hand' IN ROLE prosa_worker").format(name))
    passwords = new_passwords()
    make_logins(database_url, by_variable(passwords), suffix)

    with psycopg.connect(Logins(suffix, passwords).url("worker", database_url), autocommit=True) as session:
        assert refused(session, sql.SQL("SELECT 1 FROM message_queue"))
        session.execute("SET ROLE prosa_worker")
        session.execute("SELECT 1 FROM message_queue")


def test_owner_needs_not_be_a_superuser(postgres_url: str, suffix: str) -> None:
    """With CREATEROLE it makes logins, also for a database that not everybody may connect to; without, it is told so."""
    word = secrets.token_hex(16)
    migrator = sql.Identifier("migrator" + suffix)
    with new_database(postgres_url) as url, psycopg.connect(url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(migrator, word))
        database = sql.Identifier(str(make_url(url).database))
        server.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(database, migrator))
        server.execute(sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(database))
        own = make_url(url).set(username="migrator" + suffix, password=word).render_as_string(hide_password=False)
        passwords = new_passwords()
        try:
            with pytest.raises(InsufficientPrivilege):
                make_logins(own, by_variable(passwords), suffix)
            server.execute(sql.SQL("ALTER ROLE {} CREATEROLE").format(migrator))
            make_logins(own, by_variable(passwords), suffix)

            conninfo = service_conninfo(Logins(suffix, passwords).url("api", url), "prosa_api")
            with psycopg.connect(conninfo) as session:
                assert session.execute("SELECT current_user").fetchone() == ("prosa_api",)
        finally:
            drop(url, [login + suffix for login in ROLES])
            server.execute(sql.SQL("ALTER DATABASE {} OWNER TO CURRENT_USER").format(database))
            drop(url, ["migrator" + suffix])
