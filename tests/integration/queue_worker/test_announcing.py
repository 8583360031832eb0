"""What happens is queued for the clinic's own systems with its effect, or not at all."""

from datetime import UTC, datetime

import psycopg
import pytest

from services.queue_worker import claims
from shared.db.outbox import append_outbox
from shared.db.pool import Pool
from shared.db.tenant import tenant_transaction
from shared.events.live import LiveEvent, live_event
from tests.factories import OTHER_INSTANCE, evolution_message, n8n_action
from tests.integration.queue_worker.destinations import add_destination, deliveries
from tests.integration.queue_worker.queue_rows import Owner
from tests.integration.queue_worker.working import LEASE, message, outbox, process, processor, take_in


def told(message_id: str = "7") -> LiveEvent:
    data = {"id": message_id, "conversation_id": "1", "content": "olá"}
    return live_event("message:new", "conversa", 1, data, datetime.now(UTC))


async def test_a_patients_message_is_queued_for_whoever_wants_it(worker_pool: Pool, owner: Owner) -> None:
    """One delivery for each destination of the clinic that wants the event, with the message as REST shows it."""
    wanting = {add_destination(owner), add_destination(owner, events=["message.created"])}
    add_destination(owner, events=["conversation.transferred"])
    add_destination(owner, enabled=False, disabled_reason="user")
    add_destination(owner, clinic_id=2)
    await process(worker_pool, evolution_message("A", "dói aqui"))
    found = deliveries(owner)
    assert {row["ordering_key"] for row in found} == {f"destination:{destination}" for destination in wanting}
    assert {(row["clinic_id"], row["source_id"], row["message_type"]) for row in found} == {
        (1, None, "deliver.message.created")
    }
    [frame] = [entry["event"] for entry in outbox(owner) if entry["event"]["type"] == "message:new"]
    for row in found:
        assert row["payload"] == {"type": "message.created", "timestamp": frame["timestamp"], "data": frame["data"]}
        assert row["payload"]["data"]["id"] == str(message(owner)["id"])


async def test_without_destinations_nothing_is_queued(worker_pool: Pool, owner: Owner) -> None:
    """Agents are told all the same."""
    await process(worker_pool, evolution_message("A"))
    assert outbox(owner)
    assert deliveries(owner) == []


async def test_who_delivers_is_woken_where_there_is_something_to_deliver(worker_pool: Pool, owner: Owner) -> None:
    """The commit tells how many: most batches have none, and a look at the queue for nothing costs what a message does."""
    told: list[int] = []
    for provider_id in ("A", "B"):
        await take_in(worker_pool, evolution_message(provider_id))
        await processor(worker_pool, committed=told.append).work(await claims.claim_batch(worker_pool, 10, LEASE))
        add_destination(owner)
        add_destination(owner, events=["message.created"])
    assert told == [0, 2]


@pytest.mark.artificial_events
async def test_what_is_not_committed_is_not_announced(worker_pool: Pool, owner: Owner) -> None:
    """The delivery is of the transaction that tells agents."""
    add_destination(owner)

    async def failing() -> None:
        async with tenant_transaction(worker_pool, 1) as connection:
            await append_outbox(connection, 1, [told()])
            await connection.execute("SELECT 1 / 0")

    with pytest.raises(psycopg.errors.DivisionByZero):
        await failing()
    assert (outbox(owner), deliveries(owner)) == ([], [])


async def test_a_repeated_webhook_announces_nothing(worker_pool: Pool, owner: Owner) -> None:
    """Neither the same bytes nor the same message in other words."""
    add_destination(owner)
    await process(worker_pool, evolution_message("A"))
    await process(worker_pool, evolution_message("A"))
    await process(worker_pool, evolution_message("A", event="messages.upsert", date_time="2026-01-01T00:00:00.000Z"))
    assert len(deliveries(owner)) == 1


@pytest.mark.artificial_events
async def test_what_is_told_twice_has_one_id(worker_pool: Pool, owner: Owner) -> None:
    """Each destination has an id of its own for it, the same whenever it is told."""
    add_destination(owner)
    add_destination(owner)
    ids = []
    for _ in range(2):
        async with tenant_transaction(worker_pool, 1) as connection:
            await append_outbox(connection, 1, [told(), told()])
        ids.append({row["id"] for row in deliveries(owner)})
        owner.execute("DELETE FROM message_queue")
    assert len(ids[0]) == 2
    assert ids[0] == ids[1]


async def test_history_is_not_announced(worker_pool: Pool, owner: Owner) -> None:
    """What an instance brings of before is no news: nobody's bot is to answer it."""
    add_destination(owner)
    await process(worker_pool, evolution_message("A", event="messages.set"))
    assert message(owner)["quiet"]
    assert deliveries(owner) == []


async def test_an_action_is_announced_as_a_change_of_the_conversation(worker_pool: Pool, owner: Owner) -> None:
    """With the action, which is what changed."""
    add_destination(owner)
    await process(worker_pool, n8n_action(), source_id=2, kind="n8n")
    [row] = [row for row in deliveries(owner) if row["message_type"] == "deliver.conversation.updated"]
    assert row["payload"]["data"]["action"]["action_type"] == n8n_action()["action_type"]


async def test_deliveries_are_claimed_as_nothing_else(worker_pool: Pool, owner: Owner) -> None:
    """Neither processors nor senders nor the documents' function take them."""
    add_destination(owner)
    await process(worker_pool, evolution_message("A"))
    for claim in (claims.claim_batch, claims.claim_suspects, claims.claim_heads, claims.claim_signals):
        assert await claim(worker_pool, 10, 30.0) == []
    assert owner.execute("SELECT * FROM get_next_queue_message()").fetchall() == []


async def test_another_clinics_destination_hears_nothing(worker_pool: Pool, owner: Owner) -> None:
    """Each clinic's events go to its own."""
    ours, theirs = add_destination(owner), add_destination(owner, clinic_id=2)
    await process(worker_pool, evolution_message("A"))
    await process(worker_pool, evolution_message("B", instance=OTHER_INSTANCE), source_id=3, clinic_id=2)
    assert {(row["clinic_id"], row["ordering_key"]) for row in deliveries(owner)} == {
        (1, f"destination:{ours}"),
        (2, f"destination:{theirs}"),
    }
