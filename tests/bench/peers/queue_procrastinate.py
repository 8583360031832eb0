"""Procrastinate, which fetches jobs one by one. `… fill|drain DATABASE_URL PAYLOAD_FILE COUNT|CONCURRENCY SECONDS`"""

# mypy: ignore-errors

import asyncio
import contextlib
import json
import logging
import sys
import time
from pathlib import Path

import procrastinate
import uvloop

MODE, URL, PAYLOAD, NUMBER, SECONDS = sys.argv[1:6]
CHUNK = 1_000
times = []
logging.disable(logging.WARNING)
app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=URL, min_size=1, max_size=20))


@app.task(name="noop")
async def noop(**payload) -> None:
    times.append(time.time())


async def fill() -> None:
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        payload = json.loads(Path(PAYLOAD).read_bytes())  # noqa: ASYNC240 - before anything else happens
        for start in range(0, int(NUMBER), CHUNK):
            await noop.batch_defer_async(*[payload] * min(CHUNK, int(NUMBER) - start))


async def drain() -> None:
    async with app.open_async():
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(float(SECONDS)):
                await app.run_worker_async(
                    concurrency=int(NUMBER),
                    wait=False,
                    listen_notify=False,
                    install_signal_handlers=False,
                    delete_jobs="always",
                )
        report = {"jobs": len(times), "started": min(times, default=0), "ended": max(times, default=0)}
        print(json.dumps(report), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    uvloop.run(fill() if MODE == "fill" else drain())
