"""Connections to Postgres: one pool a process, under the service's own role."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from psycopg import AsyncConnection, AsyncCursor
from psycopg.conninfo import make_conninfo
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import set_json_loads
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
    database_url: str,
    role: str,
    *,
    size: int,
    kept: int | None = None,
    waiting: int = 1000,
    cursors: type[AsyncCursor[DictRow]] = AsyncCursor,
) -> AsyncIterator[Pool]:
    """Open a pool of `size` autocommit connections, of which `kept` (else all) are made before they are wanted, and for which
    so many may wait. Postgres may be away: connections are made when it is back.
    """
    pool: Pool = AsyncConnectionPool(
        service_conninfo(database_url, role),
        connection_class=AsyncConnection[DictRow],
        kwargs={"autocommit": True, "row_factory": dict_row, "cursor_factory": cursors},
        min_size=size if kept is None else kept,
        max_size=size,
        timeout=2.0,
        max_waiting=waiting,
        reconnect_timeout=0,
        configure=_configure,
        open=False,
        name=role,
    )
    await pool.open(wait=False)
    try:
        yield pool
    finally:
        await pool.close(timeout=5.0)


async def _configure(connection: Connection) -> None:
    set_json_loads(load_json, connection)


# Longer ones may not fit into 64 bits, which is where the fast decoder begins to round.
_LONG_NUMBER = re.compile(rb"\d{19}")


def load_json(text: str | bytes) -> Any:
    """What a column of JSON holds, every integer as it is: an integration's data may have any."""
    data = text.encode() if isinstance(text, str) else text
    return json.loads(data) if _LONG_NUMBER.search(data) else orjson.loads(data)


async def ping(pool: Pool) -> None:
    """Raise where Postgres does not answer."""
    async with pool.connection(timeout=1.0) as connection:
        await connection.execute("SELECT 1")
