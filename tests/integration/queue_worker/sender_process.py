"""A sender alone in a process, to be killed: `python -m tests.integration.queue_worker.sender_process`."""

import asyncio
import os

import aiohttp

from shared.db.pool import open_pool
from tests.integration.queue_worker.outgoing import make_sender


async def main() -> None:
    async with (
        open_pool(os.environ["DATABASE_URL"], "prosa_worker", size=4) as pool,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http,
    ):
        await make_sender(pool, os.environ["EVOLUTION_API_URL"], http, timeout=0.5, max_attempts=1000).run()


if __name__ == "__main__":
    asyncio.run(main())
