"""How the stand-in is served."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

from deploy.demo.evolution.announcer import Announcer
from deploy.demo.evolution.courier import Courier, RetryPolicy
from deploy.demo.evolution.instances import Instance
from deploy.demo.evolution.routes import StandIn, create_app

HOST = "127.0.0.1"
DEFAULT_PORT = 8085
DEFAULT_KEY = "development-evolution-key"

_SHUTDOWN_SECONDS = 1.0


@asynccontextmanager
async def serving(
    instances: dict[str, Instance],
    *,
    port: int = DEFAULT_PORT,
    api_key: str = DEFAULT_KEY,
    pace: float = 1.0,
    seed: int | None = None,
    policy: RetryPolicy | None = None,
) -> AsyncIterator[StandIn]:
    """Serve the stand-in until the block ends. Raises OSError where the port is taken."""
    chance = random.Random(seed)  # noqa: S311 - it plays patients' habits, not secrets
    async with aiohttp.ClientSession() as http:
        courier = Courier(http, chance, policy or RetryPolicy())
        announcer = Announcer(courier, f"http://{HOST}:{port}", chance, pace)
        stand_in = StandIn(instances, api_key, announcer)
        runner = web.AppRunner(create_app(stand_in), access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
        await runner.setup()
        try:
            await web.TCPSite(runner, HOST, port).start()
            yield stand_in
        finally:
            await runner.cleanup()
            await announcer.stop()
