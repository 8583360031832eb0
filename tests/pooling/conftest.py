"""Services before a PgBouncer before the test server."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager

import psycopg
import pytest
from psycopg import sql

from deploy.local.binaries import missing
from deploy.local.packages import install
from deploy.local.problem import Problem
from deploy.local.progress import Progress
from deploy.local.settings import repository_root
from tests.e2e.conftest import environment
from tests.lacking import give_up
from tests.logins import Logins, own_logins
from tests.pooling.pgbouncer import PgBouncer, pgbouncer

__all__ = ["environment"]

StartPooler = Callable[[Mapping[str, str]], AbstractAsyncContextManager[PgBouncer]]


@pytest.fixture(scope="session")
def pooler_program() -> None:
    """PgBouncer, installed where it is missing, as the local stack installs its servers."""
    root = repository_root()
    try:
        install(missing(["pgbouncer"]), root, root / ".local" / "packages.log", Progress())
    except Problem as problem:
        give_up(problem.report())


@pytest.fixture
def logins(database_url: str) -> Iterator[Logins]:
    with own_logins(database_url) as made:
        yield made


@pytest.fixture
def start_pooler(pooler_program: None, database_url: str, logins: Logins) -> Iterator[StartPooler]:
    """Starts the pooler, over a database whose own idea of time is a clinic's: what services say must not depend on it."""
    name = psycopg.conninfo.conninfo_to_dict(database_url)["dbname"]
    database = sql.Identifier(str(name))
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute(sql.SQL("ALTER DATABASE {} SET timezone = 'America/Sao_Paulo'").format(database))
        yield lambda changes: pgbouncer(database_url, logins, changes)
        owner.execute(sql.SQL("ALTER DATABASE {} RESET timezone").format(database))
