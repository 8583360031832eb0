"""A worker to which every delivery is a new one: no deduplication."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

from services.queue_worker.app import serve
from services.queue_worker.ingest import inbox
from services.queue_worker.ingest.arrivals import Arrival
from services.queue_worker.settings import Settings
from shared.db.pool import Connection
from shared.observability.logging import configure_logging
from shared.runtime.run import run

enqueue = inbox._enqueue


async def enqueue_as_new(connection: Connection, arrived: Sequence[Arrival]) -> int:
    """`inbox._enqueue`, of webhooks that nobody has seen before."""
    return await enqueue(
        connection, [replace(arrival, id=uuid4(), digest=secrets.token_bytes(32)) for arrival in arrived]
    )


if __name__ == "__main__":
    configure_logging("queue_worker")
    inbox._enqueue = enqueue_as_new
    run(serve(Settings()))
