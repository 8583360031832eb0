"""A worker that dies of one kind of message, as a segmentation fault would have it: run by tests as a process of its own."""

import asyncio
import json
import os
import signal
import sys

from services.queue_worker import burials, claims, queue
from services.queue_worker.claims import ClaimedMessage
from services.queue_worker.dead_letters import KILLED_ITS_WORKERS
from shared.db.pool import Pool, open_pool


async def main(lane: str) -> None:
    async with open_pool(os.environ["DATABASE_URL"], "prosa_worker", size=2) as pool:
        claim = claims.claim_batch if lane == "batch" else claims.claim_suspects
        limit = 10 if lane == "batch" else 1
        while claimed := await claim(pool, limit, 30.0):
            await work(pool, claimed)


async def work(pool: Pool, claimed: list[ClaimedMessage]) -> None:
    """As the processor does: what killed its workers is buried untouched, everything else is read and done."""
    for message in claimed:
        if claims.killed_its_workers(message):
            async with pool.connection() as connection:
                await burials.bury(connection, message, f"ShapeError: {KILLED_ITS_WORKERS}", "permanent")
            claimed = [other for other in claimed if other is not message]
        elif json.loads(message.payload).get("kill"):
            os.kill(os.getpid(), signal.SIGKILL)
    async with pool.connection() as connection, connection.transaction():
        for message in claimed:
            await connection.execute("SELECT set_config('prosa.clinic_id', '1', true)")
            await connection.execute(
                "INSERT INTO audit_log (clinic_id, action, subject_type, subject_id) VALUES (1, 'worked', 'message', %s)",
                [str(message.id)],
            )
        await queue.complete(connection, claimed)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
