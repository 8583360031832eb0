"""PgBouncer with the committed configuration, before the test server."""

import asyncio
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from deploy.local.account import unprivileged_account
from deploy.local.binaries import find_program
from deploy.local.settings import repository_root
from tests.logins import Logins
from tests.ports import free_port
from tests.waiting import until

FOLDER = repository_root() / "deploy/pgbouncer"
CONFIGURATION = FOLDER / "pgbouncer.ini"
STATISTICS, STATISTICS_PASSWORD = "pgbouncer_stats", "not-a-login-of-postgres"
READY_WITHIN_SECONDS = 10.0


@dataclass(frozen=True)
class PgBouncer:
    """A running pooler."""

    port: int
    logins: Logins

    def url(self, login: str, database: str) -> str:
        """How a service reaches its database through it."""
        server = f"postgresql://127.0.0.1:{self.port}/{database}"
        return self.logins.url(login, server)

    async def shown(self, what: str) -> list[tuple[object, ...]]:
        """What its console answers."""
        url = f"postgresql://{STATISTICS}:{STATISTICS_PASSWORD}@127.0.0.1:{self.port}/pgbouncer"
        # The console speaks the simple protocol alone, and of no transactions.
        async with await psycopg.AsyncConnection.connect(
            url, autocommit=True, cursor_factory=psycopg.AsyncClientCursor
        ) as console:
            return await (await console.execute(f"SHOW {what}".encode())).fetchall()


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
    listed = {
        **{logins.named[login]: word for login, word in logins.passwords.items()},
        STATISTICS: STATISTICS_PASSWORD,
    }
    users.write_text("".join(f'"{name}" "{password}"\n' for name, password in listed.items()))
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
