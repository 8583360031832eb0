"""How many conversations there are is kept, and is always what counting them would say."""

import asyncio
import random

from services.queue_worker import conversation_counts
from services.queue_worker.conversation_counts import add_up
from shared.db.pool import Pool
from shared.db.tenant import tenant_transaction
from tests.integration.queue_worker.queue_rows import Owner

DIFFERENCES = """
SELECT count(*) AS n FROM (
  SELECT clinic_id, status, priority, assigned_to, sum(n) FROM (
    SELECT clinic_id, status, priority, assigned_to, 1 AS n FROM conversations
    UNION ALL SELECT clinic_id, status, priority, assigned_to, -conversations FROM conversation_counts
  ) AS kept_and_counted GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0
) AS different
"""


def differences(owner: Owner) -> int:
    row = owner.execute(DIFFERENCES).fetchone()
    assert row is not None
    return int(row["n"])


def rows(owner: Owner) -> int:
    row = owner.execute("SELECT count(*) AS n FROM conversation_counts").fetchone()
    assert row is not None
    return int(row["n"])


async def some_changes(pool: Pool, clinic: int, seed: int) -> None:
    """A hundred transactions of one clinic: conversations open, move, are taken over and go; some are rolled back."""
    chance = random.Random(seed)
    for number in range(100):
        try:
            async with tenant_transaction(pool, clinic) as connection:
                await connection.execute(
                    "WITH c AS (INSERT INTO contacts (clinic_id, name) SELECT %s, 'x' FROM generate_series(1, 3)"
                    " RETURNING id)"
                    " INSERT INTO conversations (clinic_id, contact_id) SELECT %s, id FROM c",
                    [clinic, clinic],
                )
                await connection.execute(
                    "UPDATE conversations SET status = (ARRAY['active', 'archived'])[1 + id %% 2], unread_count = 1"
                    " WHERE clinic_id = %s AND id %% 7 = %s",
                    [clinic, chance.randrange(7)],
                )
                await connection.execute(
                    "UPDATE conversations SET priority = 'high' WHERE clinic_id = %s AND id %% 5 = %s",
                    [clinic, chance.randrange(5)],
                )
                if number % 10 == 3:
                    await connection.execute(
                        "DELETE FROM conversations WHERE clinic_id = %s AND id %% 11 = %s",
                        [clinic, chance.randrange(11)],
                    )
                if number % 7 == 2:
                    raise ZeroDivisionError
        except ZeroDivisionError:
            continue


async def test_counts_are_right_at_every_moment(owner: Owner, worker_pool: Pool) -> None:
    """While two clinics change and two workers add up, all at once: before, during and after."""
    done = asyncio.Event()
    taken: list[int] = []

    async def keep_adding_up() -> None:
        while not done.is_set():
            taken.append(await add_up(worker_pool))
            assert differences(owner) == 0

    adding = [asyncio.create_task(keep_adding_up()) for _ in range(2)]
    await asyncio.gather(some_changes(worker_pool, 1, 1), some_changes(worker_pool, 2, 2))
    done.set()
    await asyncio.gather(*adding)
    taken.append(await add_up(worker_pool))  # where the workers had no turn while there was enough
    assert sum(taken) > 0
    assert differences(owner) == 0
    assert rows(owner) < conversation_counts.SURPLUS * 3


async def test_what_is_added_up_is_left_alone(owner: Owner, worker_pool: Pool) -> None:
    """A desk where little happens costs nothing."""
    await some_changes(worker_pool, 1, 3)
    while await add_up(worker_pool):
        pass
    before = rows(owner)
    assert await add_up(worker_pool) == 0
    assert rows(owner) == before
