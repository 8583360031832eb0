"""A worker whose relay remembers how far it has come, and never looks back: ids become visible out of order."""

from psycopg.rows import scalar_row

from services.queue_worker.app import serve
from services.queue_worker.relay import BATCH, Relay, _entry
from services.queue_worker.settings import Settings
from shared.observability.logging import configure_logging
from shared.runtime.run import run

cursors = {"outbox": 0}


async def relay_after_the_cursor(self: Relay) -> int:
    """`Relay.relay_once`, beginning after the last entry that was ever taken."""
    async with self._pool.connection() as connection, connection.transaction():
        found = await connection.cursor(row_factory=scalar_row).execute(
            "SELECT id FROM outbox WHERE id > %s ORDER BY id LIMIT %s", [cursors["outbox"], BATCH]
        )
        ids = await found.fetchall()
        cursors["outbox"] = max(ids, default=cursors["outbox"])
        taken = await connection.execute("DELETE FROM outbox WHERE id = ANY (%s) RETURNING *", [ids])
        rows = sorted(await taken.fetchall(), key=lambda row: int(row["id"]))
        await self._publish([_entry(row) for row in rows])
    return len(rows)


if __name__ == "__main__":
    configure_logging("queue_worker")
    Relay.relay_once = relay_after_the_cursor  # type: ignore[method-assign]
    run(serve(Settings()))
