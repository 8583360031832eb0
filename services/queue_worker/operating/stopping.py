"""What an operator takes out of the queue goes to the dead letters, from where it can be replayed."""

import json

from services.queue_worker import burials, metrics
from services.queue_worker.claims import ClaimedMessage, LeaseLostError
from services.queue_worker.dead_letters import STOPPED_BY_OPERATOR
from services.queue_worker.send_kinds import CONTENT
from services.queue_worker.sending.answers import NotSent
from services.queue_worker.sending.store import record_failed
from shared.db.pool import Pool
from shared.db.tenant import tenant_transaction


async def stop(pool: Pool, message: ClaimedMessage) -> None:
    """Bury a message that was claimed for it; agents see of a reply that it did not go out."""
    try:
        async with tenant_transaction(pool, message.clinic_id or 0) as connection:
            about = message_of_send(message)
            if message.clinic_id is not None and about is not None:
                await record_failed(
                    connection,
                    message.clinic_id,
                    message.timezone or "UTC",
                    about,
                    NotSent("stopped", "permanent"),
                    message.id,
                )
            await burials.bury(connection, message, STOPPED_BY_OPERATOR, "stopped", "exhausted")
    except LeaseLostError:
        metrics.LEASES_LOST.inc()
        return
    metrics.DEAD.labels("stopped").inc()
    metrics.count_replay(message.metadata, "dead")


def message_of_send(message: ClaimedMessage) -> int | None:
    """The stored message that a send's payload names."""
    if message.message_type not in CONTENT:
        return None
    try:
        return int(json.loads(message.payload)["message_id"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
