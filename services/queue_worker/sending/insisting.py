"""What Evolution answered is written down, also where Postgres is away for a while."""

import asyncio
from collections.abc import Awaitable, Callable

import psycopg
import structlog

from services.queue_worker.retry import UNAVAILABLE_DELAY_SECONDS, describe, error_class

log = structlog.get_logger(__name__)

WRITE_ATTEMPTS = 5


async def insist(step: Callable[[], Awaitable[None]]) -> None:
    """Repeat the step until Postgres takes it: nobody else knows the answer.

    Raises psycopg.Error where Postgres is there and refuses it again and again.
    """
    failures = 0
    while True:
        try:
            await step()
        except psycopg.Error as error:
            failures += error_class(error) != "unavailable"
            if failures == WRITE_ATTEMPTS:
                raise
            log.warning("answer_not_recorded", error=describe(error))
            await asyncio.sleep(UNAVAILABLE_DELAY_SECONDS)
        else:
            return
