"""A message told of as history and by itself at once, under two names of its patient."""

import asyncio

from services.queue_worker.effects.messages import PlacedMessage, Row, store_messages
from shared.db.pool import Pool
from shared.db.tenant import tenant_transaction
from tests.factories import message_fact
from tests.integration.queue_worker.queue_rows import Owner, somebody_waits
from tests.waiting import until


def two_conversations(owner: Owner) -> list[int]:
    rows = owner.execute(
        "WITH c AS (INSERT INTO contacts (clinic_id, name) SELECT 1, 'x' FROM generate_series(1, 2) RETURNING id)"
        " INSERT INTO conversations (clinic_id, contact_id) SELECT 1, id FROM c RETURNING id"
    ).fetchall()
    return [row["id"] for row in rows]


async def test_history_stored_meanwhile_is_awakened(owner: Owner, worker_pool: Pool) -> None:
    """Who waits for another's history to be stored cannot see it as it was, and makes it unread all the same."""
    quiet, loud = (
        PlacedMessage(message_fact(quiet=quiet), 1, conversation, 1)
        for conversation, quiet in zip(two_conversations(owner), (True, False), strict=True)
    )

    async def store_loud() -> list[Row]:
        async with tenant_transaction(worker_pool, 1) as connection:
            return await store_messages(connection, [loud])

    async with tenant_transaction(worker_pool, 1) as connection:
        [stored] = await store_messages(connection, [quiet])
        waiting = asyncio.create_task(store_loud())
        await until(lambda: somebody_waits(owner), what="the other to wait")
    [awakened] = await waiting
    assert (awakened["id"], awakened["inserted"], awakened["awakened"]) == (stored["id"], False, True)
