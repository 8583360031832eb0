"""What a service's session is behind PgBouncer: the role's, bounded, in UTC; and no clinic's once its transaction is over."""

import asyncio
from typing import Any

import pytest
from psycopg_pool import PoolTimeout

from shared.db.pool import Pooling, open_pool, service_conninfo, session_settings
from shared.db.tenant import tenant_transaction
from tests.logins import ROLES
from tests.pooling.conftest import StartPooler
from tests.pooling.pgbouncer import CONFIGURATION

ONE = {"pool_size=4 ": "pool_size=1 ", "pool_size=24 ": "pool_size=1 "}
CLINICS = (1, 2)


SESSION = """
SELECT current_user AS role, current_setting('statement_timeout') AS bound, current_setting('jit') AS jit,
  current_setting('idle_in_transaction_session_timeout') AS idle, current_setting('enable_seqscan') AS scans,
  current_setting('plan_cache_mode') AS plans,
  current_setting('timezone') AS zone, current_setting('application_name') AS name
"""


async def session_of(url: str, role: str, pooling: Pooling) -> tuple[dict[str, Any], str | None]:
    """What the server says of a session, and which time zone the client reads its times in."""
    async with open_pool(url, role, size=1, pooling=pooling) as pool, pool.connection(timeout=5.0) as connection:
        [row] = await (await connection.execute(SESSION)).fetchall()
        return row, connection.info.timezone.tzname(None)


async def test_session_behind_the_pooler_is_what_it_is_without(database_url: str, start_pooler: StartPooler) -> None:
    """Role, bounds and time zone are those that a direct connection is given by its options."""
    async with start_pooler({}) as pooler:
        for login, role in ROLES.items():
            direct = await session_of(database_url, role, "session")
            pooled = await session_of(pooler.url(login, role), role, "transaction")

            assert pooled == direct
            assert direct[0]["role"] == role


async def test_transactions_of_two_clinics_share_a_connection_and_nothing_else(start_pooler: StartPooler) -> None:
    """Over a single connection to Postgres each transaction sees its own clinic, and between them nobody sees any."""
    async with (
        start_pooler(ONE) as pooler,
        open_pool(pooler.url("api", "prosa_api"), "prosa_api", size=4, pooling="transaction") as pool,
    ):
        await pool.wait(30)
        turn = asyncio.Semaphore(4)  # who waits for the pool itself is given two seconds

        async def seen_by(clinic: int) -> tuple[int, set[int]]:
            async with turn, tenant_transaction(pool, clinic) as connection:
                rows = await (await connection.execute("SELECT clinic_id, pg_sleep(0) FROM sources")).fetchall()
            return clinic, {int(row["clinic_id"]) for row in rows}

        async def seen_outside() -> int:
            async with turn, pool.connection() as connection:
                return len(await (await connection.execute("SELECT 1 FROM sources")).fetchall())

        seen = await asyncio.gather(*(seen_by(clinic) for _ in range(20) for clinic in CLINICS))
        outside = await asyncio.gather(*(seen_outside() for _ in range(8)))
        servers = [row for row in await pooler.shown("SERVERS") if str(row[2]) == "prosa_api"]

    assert seen == [(clinic, {clinic}) for _ in range(20) for clinic in CLINICS]
    assert outside == [0] * 8
    assert len(servers) == 1


async def test_service_refuses_a_pooler_that_did_not_take_on_its_role(start_pooler: StartPooler) -> None:
    """PgBouncer only logs that its connect_query failed, and a login may be anybody's."""
    async with (
        start_pooler({"SET role=prosa_worker;": "SET role=nobody_s;"}) as pooler,
        open_pool(pooler.url("worker", "prosa_worker"), "prosa_worker", size=1, pooling="transaction") as pool,
    ):
        with pytest.raises(PoolTimeout):
            async with pool.connection(timeout=1.0):
                pass


def test_configuration_gives_the_bounds_of_direct_connections() -> None:
    """deploy/pgbouncer/pgbouncer.ini sets what shared/db/pool.py sets; the time zone has a place of its own there."""
    text = CONFIGURATION.read_text("utf-8")
    for role in ROLES.values():
        settings = {name: value for name, value in session_settings(role).items() if name != "timezone"}
        query = "; ".join(f"SET {name}={value}" for name, value in settings.items())
        assert f"\n{role} = " in text
        assert f"timezone=UTC pool_size={4 if role == 'prosa_receiver' else 24} connect_query='{query}'" in text
    assert "options" not in service_conninfo("postgresql://x@y/z", "prosa_api", "transaction")
