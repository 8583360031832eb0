"""A worker that replays and whose effect is one entry for each message: a process of its own, for tests to kill."""

import asyncio
import os

from services.queue_worker import claims, queue
from services.queue_worker.operating.releasing import release_due
from services.queue_worker.operating.replays import step_replays
from shared.db.pool import open_pool


async def main() -> None:
    async with open_pool(os.environ["DATABASE_URL"], "prosa_worker", size=2) as pool:
        while True:
            await queue.take_back_expired(pool)
            await step_replays(pool)
            await release_due(pool)
            for claim in (claims.claim_batch, claims.claim_suspects):
                while claimed := await claim(pool, 10, 0.3):
                    async with pool.connection() as connection, connection.transaction():
                        await connection.execute("SELECT set_config('prosa.clinic_id', '1', true)")
                        for message in claimed:
                            await connection.execute(
                                "INSERT INTO audit_log (clinic_id, action, subject_type, subject_id)"
                                " VALUES (1, 'effect', 'message', %s)",
                                [str(message.id)],
                            )
                        await queue.complete(connection, claimed)
            await asyncio.sleep(0.02)


if __name__ == "__main__":
    asyncio.run(main())
