"""Deletes what clinics want deleted, in paced batches. Killed anywhere, the next round finds what is left."""

import asyncio
from collections.abc import Awaitable, Callable

import psycopg
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
from shared.db.retention_turns import try_turn
from shared.db.tenant import tenant_transaction
from shared.media.store import MediaStore, StoreError

log = structlog.get_logger(__name__)

RETENTION_ROUND_SECONDS = 600.0
# Between two batches, so that deleting is never all that the database does.
PACE_SECONDS = 0.1

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
        except (StoreError, TimeoutError, psycopg.Error) as error:  # one clinic's trouble is not the next one's
            log.warning("retention_interrupted", clinic_id=rule.clinic_id, what=rule.what, error=describe(error))


async def keep_rule(pool: Pool, store: MediaStore, rule: Rule) -> None:
    """Delete what one rule names, to the end. One worker does at a time; another one's turn comes in another round."""
    after: int | None = 0
    while after is not None:
        async with tenant_transaction(pool, rule.clinic_id) as connection:
            mine = await try_turn(connection, rule.clinic_id, rule.what)
            after = await _DELETE[rule.what](connection, store, rule, after) if mine else None
        await asyncio.sleep(PACE_SECONDS)
