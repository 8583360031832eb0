"""Works erasures off in paced batches. Nothing of one is in memory: killed anywhere, the next worker goes on."""

import asyncio

import psycopg
import structlog
from redis.exceptions import RedisError

from services.queue_worker import metrics
from services.queue_worker.erasing import jobs
from services.queue_worker.erasing.steps import STEPS, step_after
from services.queue_worker.erasing.surroundings import Surroundings
from services.queue_worker.retry import describe
from shared.db.pool import Pool
from shared.media.store import StoreError

log = structlog.get_logger(__name__)

ERASURE_INTERVAL_SECONDS = 1.0
# Between two batches, so that erasing is never all that the database does.
PACE_SECONDS = 0.05


async def work_erasures(pool: Pool, around: Surroundings) -> None:
    """Do what there is to do. What is away meanwhile is tried again the next time round."""
    try:
        busy = True
        while busy:
            busy = await advance(pool, around)
            await asyncio.sleep(PACE_SECONDS)
    except (RedisError, StoreError, TimeoutError, psycopg.IntegrityError) as error:
        log.warning("erasure_interrupted", error=describe(error))


async def advance(pool: Pool, around: Surroundings) -> bool:
    """One batch of one erasure, with its progress in the same transaction; False where there is nothing to do."""
    async with pool.connection() as connection, connection.transaction():
        erasure = await jobs.claim(connection)
        if erasure is None:
            return False
        if await jobs.is_held(erasure):
            await jobs.stop(erasure)
            return True
        progress = await STEPS[erasure.step](erasure, around)
        following = step_after(erasure.step, progress)
        await jobs.save(erasure, progress, following)
    if following is None:
        metrics.ERASED.inc()
        log.info("person_erased", erasure=erasure.id, clinic_id=erasure.clinic_id)
    return True
