"""Deletes what clinics want deleted, in paced batches. Killed anywhere, the next round finds what is left."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from services.queue_worker.retaining.classes import (
    delete_old_dead_letters,
    delete_old_media,
    delete_old_messages,
    delete_old_reads,
)
from services.queue_worker.retaining.rules import Class, Rule, rules
from services.queue_worker.retry import describe
from shared.db.pool import Connection, Pool
from shared.db.tenant import tenant_transaction
from shared.media.store import MediaStore, StoreError

log = structlog.get_logger(__name__)

RETENTION_ROUND_SECONDS = 600.0
# Between two batches, so that deleting is never all that the database does.
PACE_SECONDS = 0.1
# One worker deletes for a clinic at a time; another one's turn comes in another round.
_LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended('prosa retention ' || %s, 0)) AS mine"

Delete = Callable[[Connection, MediaStore, Rule, int], Awaitable[int | None]]

_DELETE: dict[Class, Delete] = {
    "messages": delete_old_messages,
    "media": delete_old_media,
    "dead_letters": delete_old_dead_letters,
    "reads": delete_old_reads,
}


async def keep_rules(pool: Pool, store: MediaStore) -> None:
    """One round over all rules."""
    for rule in await rules(pool):
        try:
            await keep_rule(pool, store, rule)
        except (StoreError, TimeoutError) as error:
            log.warning("retention_interrupted", clinic_id=rule.clinic_id, what=rule.what, error=describe(error))


async def keep_rule(pool: Pool, store: MediaStore, rule: Rule) -> None:
    """Delete what one rule names, to the end."""
    after: int | None = 0
    while after is not None:
        async with tenant_transaction(pool, rule.clinic_id) as connection:
            row = await (await connection.execute(_LOCK, [f"{rule.clinic_id} {rule.what}"])).fetchone()
            after = await _DELETE[rule.what](connection, store, rule, after) if row and row["mine"] else None
        await asyncio.sleep(PACE_SECONDS)
