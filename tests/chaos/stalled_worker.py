"""A worker that stands still for longer than its leases last, while another takes over what it held, and then goes on."""

import asyncio
import signal
from contextlib import AbstractAsyncContextManager, suppress

import psycopg

from tests.chaos.site import Site
from tests.ports import free_port
from tests.product import Product, running_product
from tests.waiting import until

TAKEN_OVER_WITHIN_SECONDS = 8.0
BETWEEN_STALLS = (0.5, 1.5)  # seconds
HELD = "SELECT count(*) FROM message_queue WHERE status = 'processing' AND locked_by LIKE %s"


async def worker_stalled(site: Site, seconds: float) -> None:
    """Two workers; one is frozen until the other has what it held, again and again."""
    deadline = asyncio.get_running_loop().time() + seconds
    async with _relief(site):
        while asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(site.chance.uniform(*BETWEEN_STALLS))
            await _stall(site, site.product.processes["queue_worker"])


async def _stall(site: Site, worker: asyncio.subprocess.Process) -> None:
    worker.send_signal(signal.SIGSTOP)
    try:
        # What it holds in a transaction is nobody's until it goes on.
        with suppress(AssertionError):
            await until(lambda: _holds_nothing(site, worker.pid), within=TAKEN_OVER_WITHIN_SECONDS)
    finally:
        worker.send_signal(signal.SIGCONT)


def _relief(site: Site) -> AbstractAsyncContextManager[Product]:
    logs = site.product.logs / "relief"
    logs.mkdir()
    environment = {**site.product.environment, "WORKER_PORT": str(free_port())}
    return running_product(logs, environment, "queue_worker", modules=site.product.modules)


async def _holds_nothing(site: Site, pid: int) -> bool:
    async with await psycopg.AsyncConnection.connect(site.database_url, autocommit=True) as connection:
        row = await (await connection.execute(HELD, [f"%:{pid}:%"])).fetchone()
        return row == (0,)
