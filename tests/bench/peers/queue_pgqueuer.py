"""pgqueuer over asyncpg and uvloop. `… fill|drain DATABASE_URL PAYLOAD_FILE COUNT|BATCH SECONDS`"""

# mypy: ignore-errors

import asyncio
import json
import sys
import time
from datetime import timedelta
from pathlib import Path

import asyncpg
import uvloop
from pgqueuer.db import AsyncpgDriver, AsyncpgPoolDriver
from pgqueuer.qm import QueueManager
from pgqueuer.queries import Queries
from pgqueuer.types import QueueExecutionMode

MODE, URL, PAYLOAD, NUMBER, SECONDS = sys.argv[1:6]
CHUNK = 5_000


async def fill() -> None:
    connection = await asyncpg.connect(URL)
    queries = Queries(AsyncpgDriver(connection))
    await queries.install()
    payload = Path(PAYLOAD).read_bytes()  # noqa: ASYNC240 - before anything else happens
    for start in range(0, int(NUMBER), CHUNK):
        size = min(CHUNK, int(NUMBER) - start)
        await queries.enqueue(["noop"] * size, [payload] * size, [0] * size)
    await connection.close()


async def drain() -> None:
    pool = await asyncpg.create_pool(URL, min_size=4, max_size=4)
    manager = QueueManager(Queries(AsyncpgPoolDriver(pool)))
    times = []

    @manager.entrypoint("noop")
    async def noop(job) -> None:
        times.append(time.time())

    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    asyncio.get_running_loop().call_later(float(SECONDS), manager.shutdown.set)
    await manager.run(dequeue_timeout=timedelta(milliseconds=50), batch_size=int(NUMBER), mode=QueueExecutionMode.drain)
    print(
        json.dumps({"jobs": len(times), "started": min(times, default=0), "ended": max(times, default=0)}), flush=True
    )
    sys.stdin.read()


if __name__ == "__main__":
    uvloop.run(fill() if MODE == "fill" else drain())
