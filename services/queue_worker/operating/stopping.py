"""What an operator takes out of the queue goes to the dead letters, from where it can be replayed."""

import json

from services.queue_worker import burials, metrics
from services.queue_worker.claims import ClaimedMessage, LeaseLostError
from services.queue_worker.dead_letters import STOPPED_BY_OPERATOR
from services.queue_worker.send_kinds import CONTENT
from services.queue_worker.sending.answers import NotSent
from services.queue_worker.sending.store import may_have_arrived, record_failed
from shared.db.pool import Connection, Pool
from shared.db.tenant import tenant_transaction
from shared.events.dead_letter import DeathReason


async def stop(pool: Pool, message: ClaimedMessage) -> None:
    """Bury a message that was claimed for it; agents see of a reply that it did not go out."""
    try:
        async with tenant_transaction(pool, message.clinic_id or 0) as connection:
            reason = await _stop_send(connection, message)
            await burials.bury(connection, message, STOPPED_BY_OPERATOR, "stopped", reason)
    except LeaseLostError:
        metrics.LEASES_LOST.inc()
        return
    metrics.DEAD.labels("stopped").inc()
    metrics.count_replay(message.metadata, "dead")


async def _stop_send(connection: Connection, message: ClaimedMessage) -> DeathReason:
    """Show agents that a reply does not go out. One that was handed over and not answered may have gone out all the same."""
    about = message_of_send(message)
    if message.clinic_id is None or about is None:
        return "exhausted"
    unknown = await may_have_arrived(connection, message.clinic_id, about)
    failure = NotSent("outcome_unknown" if unknown else "stopped", "permanent")
    await record_failed(connection, message.clinic_id, message.timezone or "UTC", about, failure, message.id)
    return "unknown_outcome" if unknown else "exhausted"


def message_of_send(message: ClaimedMessage) -> int | None:
    """The stored message that a send's payload names."""
    if message.message_type not in CONTENT:
        return None
    try:
        return int(json.loads(message.payload)["message_id"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
