"""Every recorded event of Evolution, through the inbox, the queue and its effects: none is lost, none is dead."""

import random
from collections import Counter
from typing import Any

from services.queue_worker.facts import ChangeFact, Ignored, MessageFact
from shared.db.pool import Pool
from tests.factories import INSTANCE
from tests.integration.queue_worker.queue_rows import Owner, dead, queued
from tests.integration.queue_worker.working import messages, take_in, work, work_to_the_end
from tests.unit.interpretation.events import recorded
from tests.unit.interpretation.test_evolution_fixtures import EXPECTED

FACTS = [fact for facts in EXPECTED.values() for fact in facts]
ORDERS = (1, 2)


def as_of_the_demo_clinic(name: str) -> Any:
    return recorded(name) | {"instance": INSTANCE}


async def take_in_everything(pool: Pool, order: int) -> None:
    """Everything twice, in some order, in batches of some size."""
    names = [*EXPECTED, *EXPECTED]
    random.Random(order).shuffle(names)
    while names:
        batch = [names.pop() for _ in range(min(len(names), 1 + order * 7))]
        await take_in(pool, *map(as_of_the_demo_clinic, batch))
        await work(pool)


async def test_every_recorded_event_ends_as_it_should(owner: Owner, worker_pool: Pool) -> None:
    """Told twice and shuffled: each message stands once, each change is kept, what is ignored is kept unless it is noise."""
    for order in ORDERS:
        await take_in_everything(worker_pool, order)
    await work_to_the_end(worker_pool, owner)

    assert (dead(owner), queued(owner)) == ([], [])
    said = {fact.provider_id for fact in FACTS if isinstance(fact, MessageFact) and "digest" not in fact.provider_id}
    assert {row["provider_id"] for row in messages(owner) if "digest" not in row["provider_id"]} == said
    kept = owner.execute("SELECT ignored, payload FROM webhook_events WHERE ignored IS NOT NULL").fetchall()
    expected = Counter(fact.reason for fact in FACTS if isinstance(fact, Ignored) and fact.keep)
    assert Counter(row["ignored"] for row in kept) == expected
    assert all(row["payload"] for row in kept)


async def test_recorded_changes_are_shown_or_wait(owner: Owner, worker_pool: Pool) -> None:
    """The edit and the revocation of a recorded message are shown with it; those of messages never recorded wait."""
    await take_in_everything(worker_pool, 1)
    await work_to_the_end(worker_pool, owner)

    [changed] = [row for row in messages(owner) if row["provider_id"] == "AC00009103D165AE397609A6A20D78F1"]
    assert changed["deleted_at"] is not None
    rows = owner.execute("SELECT provider_id FROM message_changes WHERE kind <> 'status'").fetchall()
    assert {row["provider_id"] for row in rows} == {fact.target for fact in FACTS if isinstance(fact, ChangeFact)}
