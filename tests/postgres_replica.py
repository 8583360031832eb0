"""A replica of the test server: a second Postgres, made by pg_basebackup, that follows it."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from deploy.local import daemon as daemons
from deploy.local.account import Account, unprivileged_account
from deploy.local.binaries import find_postgres, search_path
from deploy.local.daemon import Daemon, Launch
from deploy.local.postgres import server_command
from deploy.local.probes import probe_postgres
from tests.databases import at_database
from tests.lacking import give_up
from tests.ports import free_port

ENVIRONMENT = {"PATH": search_path(), "LANG": "C", "LC_ALL": "C"}


@dataclass(frozen=True)
class PostgresReplica:
    """Follows, unless it is told to pause."""

    url: str

    def of(self, database_url: str) -> str:
        """Its copy of a database."""
        return at_database(self.url, str(make_url(database_url).database))

    def pause(self) -> None:
        """Apply nothing more of what comes from the primary."""
        self._execute("SELECT pg_wal_replay_pause()")

    def resume(self) -> None:
        self._execute("SELECT pg_wal_replay_resume()")

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as server:
            server.execute(statement.encode())


@contextmanager
def postgres_replica(primary_url: str) -> Iterator[PostgresReplica]:
    """A replica that takes connections, gone after the block."""
    account, port = unprivileged_account(), free_port()
    with psycopg.connect(primary_url) as primary:
        major = primary.info.server_version // 10_000
    found = find_postgres(major)
    if found is None:
        give_up(f"Postgres {major} is not installed")
    with _folder(account) as folder:
        data = folder / "data"
        _copy(found[1], primary_url, data, account)
        # Nobody tests what it keeps.
        server = _daemon([*server_command(found[1], data, port), "-c", "fsync=off"], port, folder, account)
        try:
            daemons.start(server)
            daemons.await_ready(server)
            yield PostgresReplica(make_url(primary_url).set(port=port).render_as_string(hide_password=False))
        finally:
            daemons.stop(server)
            if server.child is not None:
                server.child.wait(30)


@contextmanager
def _folder(account: Account | None) -> Iterator[Path]:
    """One that the server's account can enter: pytest's are root's alone where root runs the tests."""
    folder = Path(tempfile.mkdtemp(prefix="prosa-replica-", dir="/var/tmp"))
    try:
        if account is not None:
            os.chown(folder, account.uid, account.gid)
        yield folder
    finally:
        shutil.rmtree(folder)


def _copy(programs: Path, primary_url: str, data: Path, account: Account | None) -> None:
    # -R has it follow the server that it is a copy of.
    command = [str(programs / "pg_basebackup"), "-d", primary_url, "-D", str(data), "-R", "-X", "stream", "-c", "fast"]
    options: dict[str, Any] = account.popen_arguments() if account else {}
    done = subprocess.run(
        [*command, "--no-sync"], capture_output=True, text=True, check=False, cwd="/", env=ENVIRONMENT, **options
    )
    assert done.returncode == 0, done.stderr


def _daemon(command: list[str], port: int, folder: Path, account: Account | None) -> Daemon:
    return Daemon(
        name="postgres replica",
        ports=(port,),
        log=folder / "log",
        record_file=folder / "record.json",
        probe=lambda: probe_postgres("127.0.0.1", port),
        prepare=lambda: Launch(command, ENVIRONMENT, folder / "data", account),
        owns=lambda _listener: True,
        stop_steps=((signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0)),
    )
