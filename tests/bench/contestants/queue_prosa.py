"""Our queue alone: claim, do nothing, complete. `… fill|drain DATABASE_URL PAYLOAD_FILE COUNT|BATCH SECONDS`

The same statements, transactions and number of loops as the worker's, with nothing between claim and completion.
"""

import asyncio
import json
import sys
import time
from pathlib import Path

import psycopg
import uvloop

from services.queue_worker import queue
from services.queue_worker.claiming import ReadyClaims
from shared.db.pool import Pool, open_pool
from shared.db.tenant import tenant_transaction

LOOPS = 2  # QUEUE_PROCESSORS
LEASE_SECONDS = 30.0
CLINIC = 1


def fill(url: str, payload: str, count: int) -> None:
    """Rows as the intake writes them: the event as jsonb, and its bytes as they came."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO message_queue (id, clinic_id, source_id, message_type, payload, raw, metadata)"
            " SELECT gen_random_uuid(), %(clinic)s, 1, 'messages.upsert', %(payload)s::text::jsonb,"
            " convert_to(%(payload)s::text, 'UTF8'), jsonb_build_object('digest', md5(n::text))"
            " FROM generate_series(1, %(count)s) AS n",
            {"clinic": CLINIC, "payload": payload, "count": count},
        )


async def drain(url: str, batch: int, seconds: float) -> None:
    """Wait for the word, empty the queue, and tell how long that took."""
    async with open_pool(url, "prosa_worker", size=LOOPS) as pool:
        await pool.wait()
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        started = time.time()
        jobs = await asyncio.gather(*(_loop(pool, batch, started + seconds) for _ in range(LOOPS)))
        print(json.dumps({"jobs": sum(jobs), "started": started, "ended": time.time()}), flush=True)
        await asyncio.to_thread(sys.stdin.read)


async def _loop(pool: Pool, batch: int, deadline: float) -> int:
    done, claim = 0, ReadyClaims()
    while time.time() < deadline and (claimed := await claim(pool, batch, LEASE_SECONDS)):
        async with tenant_transaction(pool, CLINIC) as connection:
            await queue.complete(connection, claimed)
        done += len(claimed)
    return done


if __name__ == "__main__":
    mode, database_url, payload_file, number, limit = sys.argv[1:6]
    if mode == "fill":
        fill(database_url, Path(payload_file).read_text("utf-8"), int(number))
    else:
        uvloop.run(drain(database_url, int(number), float(limit)))
