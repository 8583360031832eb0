"""A worker with the fault that the suite has to find: it acknowledges before the commit. No part of the product."""

import asyncio

from aio_pika.abc import AbstractChannel

from services.queue_worker.app import serve
from services.queue_worker.ingest.intake import Intake, _Deliveries
from services.queue_worker.settings import Settings
from shared.db.pool import ping
from shared.observability.logging import configure_logging
from shared.runtime.run import run

# It is nearly always between its two halves, so that whoever kills it finds it there.
BETWEEN_SECONDS = 0.3


async def drain(self: Intake, channel: AbstractChannel, deliveries: _Deliveries) -> None:
    """`Intake._drain`, with its two halves exchanged."""
    while batch := await deliveries.take():
        arrived, last_tag = batch
        underlay = await channel.get_underlay_channel()
        await underlay.basic_ack(last_tag, multiple=True)
        await asyncio.sleep(BETWEEN_SECONDS)
        await ping(self._pool)  # of a Postgres that stands still, or what was sent to it is stored as it goes on
        if not await self._store(arrived, deliveries):
            return


if __name__ == "__main__":
    configure_logging("queue_worker")
    Intake._drain = drain  # type: ignore[method-assign]
    run(serve(Settings()))
