"""PgBouncer with the committed configuration, before the test server."""

import asyncio
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from deploy.local.account import unprivileged_account
from deploy.local.binaries import find_program
from deploy.local.settings import repository_root
from tests.ports import free_port
from tests.waiting import until

FOLDER = repository_root() / "deploy/pgbouncer"
CONFIGURATION = FOLDER / "pgbouncer.ini"
LOGINS = {"receiver": "prosa_receiver", "worker": "prosa_worker", "api": "prosa_api"}
STATISTICS = "pgbouncer_stats"
READY_WITHIN_SECONDS = 10.0


@dataclass(frozen=True)
class Logins:
    """One login a service, as operators are told to make them; `named` gives the test's own name of each."""

    named: Mapping[str, str]
    password: str


@dataclass(frozen=True)
class PgBouncer:
    """A running pooler."""

    port: int
    logins: Logins

    def url(self, login: str, database: str) -> str:
        """How a service reaches its database through it."""
        name = self.logins.named[login]
        return f"postgresql://{name}:{self.logins.password}@127.0.0.1:{self.port}/{database}"

    async def shown(self, what: str) -> list[tuple[object, ...]]:
        """What its console answers."""
        url = f"postgresql://{STATISTICS}:{self.logins.password}@127.0.0.1:{self.port}/pgbouncer"
        # The console speaks the simple protocol alone, and of no transactions.
        async with await psycopg.AsyncConnection.connect(
            url, autocommit=True, cursor_factory=psycopg.AsyncClientCursor
        ) as console:
            return await (await console.execute(f"SHOW {what}".encode())).fetchall()


@contextmanager
def service_logins(server_url: str) -> Iterator[Logins]:
    """Logins that are members of their service's role and nothing else; gone afterwards, for they are the whole server's."""
    mark, password = secrets.token_hex(4), secrets.token_hex(16)
    named = {login: f"{login}_{mark}" for login in LOGINS}
    with psycopg.connect(server_url, autocommit=True) as server:
        for login, role in LOGINS.items():
            statement = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {} IN ROLE {}")
            server.execute(statement.format(sql.Identifier(named[login]), sql.Literal(password), sql.Identifier(role)))
        try:
            yield Logins(named, password)
        finally:
            for name in named.values():
                server.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


@asynccontextmanager
async def pgbouncer(database_url: str, logins: Logins, changes: Mapping[str, str]) -> AsyncIterator[PgBouncer]:
    """The pooler, once it answers. `changes` replaces parts of the committed file, each of which must be there."""
    port = free_port()
    with _folder() as folder:
        configuration = _configuration(folder, database_url, port, logins, changes)
        program = [str(find_program("pgbouncer")), *_as_somebody(), str(configuration)]
        log = (folder / "output.log").open("wb")
        process = await asyncio.create_subprocess_exec(*program, stdout=log, stderr=log)
        try:
            await until(lambda: _listens(process, port, folder), within=READY_WITHIN_SECONDS, what="PgBouncer")
            yield PgBouncer(port, logins)
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            log.close()


async def _listens(process: asyncio.subprocess.Process, port: int, folder: Path) -> bool:
    assert process.returncode is None, (folder / "output.log").read_text()
    with suppress(OSError):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        return True
    return False


@contextmanager
def _folder() -> Iterator[Path]:
    """One that its account can enter: pytest's are root's alone where root runs the tests."""
    folder = Path(tempfile.mkdtemp(prefix="prosa-pgbouncer-", dir="/var/tmp"))
    try:
        if account := unprivileged_account():
            os.chown(folder, account.uid, account.gid)
        yield folder
    finally:
        shutil.rmtree(folder)


def _as_somebody() -> list[str]:
    # Like Postgres, it refuses to be root.
    account = unprivileged_account()
    return ["-u", account.name] if account else []


def _configuration(folder: Path, database_url: str, port: int, logins: Logins, changes: Mapping[str, str]) -> Path:
    server = make_url(database_url)
    users = folder / "userlist.txt"
    users.write_text("".join(f'"{name}" "{logins.password}"\n' for name in (*logins.named.values(), STATISTICS)))
    places = {
        "host=127.0.0.1 port=5432 dbname=prosa ": f"host={server.host} port={server.port} dbname={server.database} ",
        "listen_port = 6432": f"listen_port = {port}",
        "/run/postgresql/pgbouncer.pid": str(folder / "pid"),
        "/var/log/postgresql/pgbouncer.log": str(folder / "log"),
        "/etc/pgbouncer/userlist.txt": str(users),
    }
    text = CONFIGURATION.read_text("utf-8")
    for known, replacement in {**places, **changes}.items():
        text, times = re.subn(re.escape(known), lambda _found, new=replacement: new, text)  # type: ignore[misc]
        assert times, f"{known} is not in pgbouncer.ini any more"
    path = folder / "pgbouncer.ini"
    path.write_text(text, "utf-8")
    return path
