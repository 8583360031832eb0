"""A worker without a fence: it goes on with what it claimed, whoever has taken that over meanwhile."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

from services.queue_worker import queue
from services.queue_worker.app import serve
from services.queue_worker.claims import ClaimedMessage, LeaseLostError
from services.queue_worker.sending import content, store
from services.queue_worker.sending.line_store import Turn
from services.queue_worker.sending.tasks import Task
from services.queue_worker.settings import Settings
from shared.db.pool import Connection
from shared.observability.logging import configure_logging
from shared.runtime.run import run

complete, renew, mark_posted = queue.complete, queue.renew, store.mark_posted
take_over = content.ContentSender._take_over
# It nearly always holds a reply that it is about to hand over, so that whoever freezes it finds it there.
BEFORE_SECONDS = 2.0


async def complete_anyhow(connection: Connection, messages: Sequence[ClaimedMessage]) -> None:
    """`queue.complete`, to which everything is still ours."""
    with suppress(LeaseLostError):
        await complete(connection, messages)


async def renew_anyhow(connection: Connection, message: ClaimedMessage, lease: float) -> None:
    """`queue.renew`, to which everything is still ours."""
    with suppress(LeaseLostError):
        await renew(connection, message, lease)


async def mark_anyhow(connection: Connection, clinic_id: int, message_id: int) -> datetime:
    """`mark_posted`, to which it was noted by ourselves."""
    return await mark_posted(connection, clinic_id, message_id) or datetime.now(UTC)


async def take_over_slowly(self: content.ContentSender, task: Task) -> tuple[datetime, Turn]:
    """`ContentSender._take_over`, some time after the reply was read."""
    await asyncio.sleep(BEFORE_SECONDS)
    return await take_over(self, task)


if __name__ == "__main__":
    configure_logging("queue_worker")
    queue.complete = complete_anyhow
    queue.renew = renew_anyhow
    content.mark_posted = mark_anyhow  # type: ignore[attr-defined]
    content.ContentSender._take_over = take_over_slowly  # type: ignore[method-assign]
    run(serve(Settings()))
