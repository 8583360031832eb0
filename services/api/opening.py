"""Opens what the API reads and writes with: the primary, for searches apart, and the replica where there is one."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from psycopg import AsyncCursor
from psycopg.rows import DictRow

from services.api import metrics
from services.api.reader import Reader
from services.api.replica import Replica
from services.api.settings import Settings
from shared.db.pool import Pool, open_pool
from shared.observability.pools import observe_pool

MOST_SEARCHES_WAITING = 16


@dataclass(frozen=True, slots=True)
class Databases:
    """The primary's pool, readers that go to the replica where they may, and the replica's pool.

    Searches have connections of their own: however many are asked for, they leave the others to lists and messages.
    """

    pool: Pool
    reader: Reader
    search_reader: Reader
    replica_pool: Pool | None


@asynccontextmanager
async def open_databases(settings: Settings, cursors: type[AsyncCursor[DictRow]]) -> AsyncIterator[Databases]:
    """Pools of connections as the API's role. No server need be there yet."""
    url, replica_url = settings.database_url, settings.database_replica_url
    async with AsyncExitStack() as stack:

        async def pool_of(name: str, url: str) -> Pool:
            main = not name.endswith("search")
            opened = await stack.enter_async_context(
                open_pool(
                    url,
                    "prosa_api",
                    size=settings.prosa_api_pool_size if main else settings.prosa_api_search_pool_size,
                    kept=None if main else 0,
                    waiting=1000 if main else MOST_SEARCHES_WAITING,
                    cursors=cursors,
                    pooling=settings.database_pooling,
                )
            )
            observe_pool(metrics.POOL_CONNECTIONS, metrics.POOL_WAITING, name, opened)
            return opened

        main, search = await pool_of("main", url), await pool_of("search", url)
        if not replica_url:
            yield Databases(main, Reader(main), Reader(search), None)
            return
        patience = settings.database_replica_patience_ms / 1000
        replica, searched = await pool_of("replica", replica_url), await pool_of("replica_search", replica_url)
        yield Databases(
            main, Reader(main, Replica(replica, patience)), Reader(search, Replica(searched, patience)), replica
        )
