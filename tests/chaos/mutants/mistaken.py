"""A worker that takes all events of a batch for its first clinic's: what patients said is stored in another clinic."""

from collections.abc import Sequence
from dataclasses import replace

from services.queue_worker import processor
from services.queue_worker.app import serve
from services.queue_worker.effects.apply import Interpreted, apply_facts
from services.queue_worker.settings import Settings
from shared.db.pool import Connection
from shared.observability.logging import configure_logging
from shared.runtime.run import run


async def apply_to_the_first(connection: Connection, interpreted: Sequence[Interpreted]) -> int:
    """`apply_facts`, of one clinic."""
    first = interpreted[0].clinic
    return await apply_facts(connection, [replace(event, clinic=first) for event in interpreted])


if __name__ == "__main__":
    configure_logging("queue_worker")
    processor.apply_facts = apply_to_the_first  # type: ignore[attr-defined]
    run(serve(Settings()))
