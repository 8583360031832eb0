"""Connections to Postgres: one pool a process, under the service's own role."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from psycopg import AsyncConnection, AsyncCursor
from psycopg.conninfo import make_conninfo
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

Connection = AsyncConnection[DictRow]
Pool = AsyncConnectionPool[Connection]

CONNECT_TIMEOUT_SECONDS = 3
STATEMENT_TIMEOUT_MS = 15_000
IDLE_IN_TRANSACTION_TIMEOUT_MS = 30_000


def service_conninfo(database_url: str, role: str) -> str:
    """The connection string under which a service works: its least-privilege role, bounded statements, its name.

    Plans of prepared statements are kept, and may have been made while a table was empty: none is to scan a whole table that
    has an index to go by.
    """
    options = (
        f"-c role={role} -c statement_timeout={STATEMENT_TIMEOUT_MS}"
        f" -c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_TIMEOUT_MS} -c timezone=UTC -c jit=off"
        " -c enable_seqscan=off"
    )
    return make_conninfo(database_url, options=options, application_name=role, connect_timeout=CONNECT_TIMEOUT_SECONDS)


@asynccontextmanager
async def open_pool(
    database_url: str, role: str, *, size: int, cursors: type[AsyncCursor[DictRow]] = AsyncCursor
) -> AsyncIterator[Pool]:
    """Open a pool of `size` autocommit connections. Postgres may be away: connections are made when it is back."""
    pool: Pool = AsyncConnectionPool(
        service_conninfo(database_url, role),
        connection_class=AsyncConnection[DictRow],
        kwargs={"autocommit": True, "row_factory": dict_row, "cursor_factory": cursors},
        min_size=size,
        max_size=size,
        timeout=2.0,
        max_waiting=1000,
        reconnect_timeout=0,
        open=False,
        name=role,
    )
    await pool.open(wait=False)
    try:
        yield pool
    finally:
        await pool.close(timeout=5.0)


async def ping(pool: Pool) -> None:
    """Raise where Postgres does not answer."""
    async with pool.connection(timeout=1.0) as connection:
        await connection.execute("SELECT 1")
