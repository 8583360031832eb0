"""The inbox: events are stored once, and what Postgres refuses is kept among the dead, alone."""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from typing import Any

import pytest

from services.queue_worker import claims
from services.queue_worker.ingest.arrivals import arrivals
from services.queue_worker.ingest.inbox import HOMELESS, UNREADABLE, forget_old_events, store_arrivals
from shared.db.pool import Pool
from shared.events.envelope import WebhookEnvelope
from tests.factories import delivery, envelope, evolution_message, moment, n8n_message
from tests.integration.queue_worker.queue_rows import Owner, dead, queued

NUL = b'{"event":"messages.upsert","text":"\\u0000"}'
HALF_AN_EMOJI = b'{"event":"messages.upsert","text":"\\ud83d"}'
DEEP = b'{"event":' + b"[" * 20_000 + b"]" * 20_000 + b"}"
HUGE_NUMBER = b'{"event":"messages.upsert","n":1e400000}'
POISONS = {"NUL": NUL, "half an emoji": HALF_AN_EMOJI, "20,000 deep": DEEP, "a huge number": HUGE_NUMBER}


def webhook(body: Any, **fields: Any) -> WebhookEnvelope:
    return envelope(body, **{"source_id": 1, **fields})


async def store(pool: Pool, webhooks: Sequence[WebhookEnvelope]) -> int:
    """Store webhooks as if one AMQP message had brought them."""
    return await store_arrivals(pool, arrivals(delivery(*webhooks)))


def events(owner: Owner) -> list[dict[str, Any]]:
    return owner.execute("SELECT * FROM webhook_events ORDER BY id").fetchall()


async def test_a_batch_is_stored_and_queued_in_its_order(owner: Owner, worker_pool: Pool) -> None:
    """Each event becomes one row of the inbox and one of the queue, with the receiver's time and id."""
    webhooks = [webhook(evolution_message(f"M{n}"), received_at=moment(n)) for n in range(5)]

    fresh = await store(worker_pool, webhooks)

    assert fresh == 5
    rows = queued(owner)
    assert [row["id"] for row in rows] == [webhook.event_id for webhook in webhooks]
    assert [row["payload"]["data"]["key"]["id"] for row in rows] == ["M0", "M1", "M2", "M3", "M4"]
    assert [row["created_at"] for row in rows] == [moment(n) for n in range(5)]
    assert {(row["clinic_id"], row["source_id"], row["message_type"]) for row in rows} == {(1, 1, "messages.upsert")}
    assert rows[0]["metadata"] == {"digest": hashlib.sha256(webhooks[0].body).hexdigest()}
    assert len(events(owner)) == 5


async def test_a_redelivered_message_has_no_second_effect(owner: Owner, worker_pool: Pool) -> None:
    """The broker delivers again what it got no acknowledgement for: all of it is known."""
    webhooks = [webhook(evolution_message(f"M{n}")) for n in range(5)]
    await store(worker_pool, webhooks)

    assert await store(worker_pool, webhooks) == 0

    assert len(queued(owner)) == len(events(owner)) == 5


async def test_a_redelivery_after_the_work_was_done_has_no_effect_either(owner: Owner, worker_pool: Pool) -> None:
    """The queue forgets what is done, the inbox does not."""
    webhooks = [webhook(evolution_message(f"M{n}")) for n in range(5)]
    await store(worker_pool, webhooks)
    owner.execute("DELETE FROM message_queue")

    assert await store(worker_pool, webhooks) == 0

    assert queued(owner) == []


async def test_what_was_published_twice_may_be_in_one_batch_twice(owner: Owner, worker_pool: Pool) -> None:
    """A receiver that got no confirm publishes again, under the same id: both may come in one batch."""
    twice = webhook(evolution_message("A"))

    assert await store(worker_pool, [twice, webhook(evolution_message("B")), twice]) == 2

    assert [row["payload"]["data"]["key"]["id"] for row in queued(owner)].count("A") == 1
    assert len(queued(owner)) == 2


async def test_a_senders_retry_is_known_by_its_bytes(owner: Owner, worker_pool: Pool) -> None:
    """Evolution sends the same bytes again, and each time the receiver gives them another id."""
    first, again = webhook(evolution_message("A")), webhook(evolution_message("A"))

    assert await store(worker_pool, [first, again]) == 1
    assert await store(worker_pool, [webhook(evolution_message("A"))]) == 0

    assert [row["id"] for row in queued(owner)] == [first.event_id]


async def test_the_same_bytes_of_two_sources_are_two_events(owner: Owner, worker_pool: Pool) -> None:
    """Two clinics' instances may say the same; neither's event is taken for the other's."""
    await store(worker_pool, [webhook({"event": "call"}), webhook({"event": "call"}, source_id=3, clinic_id=2)])

    assert sorted((row["clinic_id"], row["source_id"]) for row in queued(owner)) == [(1, 1), (2, 3)]


async def test_intakes_at_once_store_each_event_once(owner: Owner, worker_pool: Pool) -> None:
    """Four workers take in the same hundred events at the same time, in different orders."""
    webhooks = [webhook(evolution_message(f"M{n}")) for n in range(100)]
    turned = [webhooks[n:] + webhooks[:n] for n in (0, 25, 50, 75)]

    fresh = await asyncio.gather(*(store(worker_pool, part) for part in turned))

    assert sum(fresh) == 100
    assert len(queued(owner)) == 100


@pytest.mark.parametrize("poison", POISONS.values(), ids=POISONS)
async def test_poison_is_kept_with_its_bytes_and_costs_nobody_else(
    owner: Owner, worker_pool: Pool, poison: bytes
) -> None:
    """Among twenty good events one that jsonb refuses goes to the dead letters as it came; the others are queued."""
    good = [webhook(evolution_message(f"M{n}")) for n in range(20)]
    bad = webhook(poison)

    assert await store(worker_pool, [*good[:13], bad, *good[13:]]) == 20

    [entry] = dead(owner)
    assert bytes(entry["raw"]) == poison
    assert entry["payload"] is None
    assert (entry["clinic_id"], entry["source_id"], entry["correlation_id"]) == (1, 1, bad.event_id)
    assert (entry["error_message"], entry["error_class"], entry["state"]) == (UNREADABLE, "permanent", "dead")
    assert {row["id"] for row in queued(owner)} == {webhook.event_id for webhook in good}


async def test_all_poisons_together_are_told_apart(owner: Owner, worker_pool: Pool) -> None:
    """Each gets its own dead letter, also where everything around it is bad."""
    await store(worker_pool, [webhook(poison) for poison in POISONS.values()])

    assert {bytes(entry["raw"]) for entry in dead(owner)} == set(POISONS.values())
    assert queued(owner) == []


@pytest.mark.parametrize("poison", POISONS.values(), ids=POISONS)
async def test_poison_that_is_sent_again_is_one_dead_letter(owner: Owner, worker_pool: Pool, poison: bytes) -> None:
    """A sender's retries and the broker's redeliveries do not fill the operators' list."""
    sent = webhook(poison)
    for again in (sent, sent, webhook(poison)):
        await store(worker_pool, [again])

    assert len(dead(owner)) == 1


async def test_foreign_bytes_are_kept_as_they_came(owner: Owner, worker_pool: Pool) -> None:
    """What is no batch of ours is seen by operators, once, and does not block the queue."""
    for _ in range(2):
        await store_arrivals(worker_pool, arrivals(b"\x00not ours"))

    [entry] = dead(owner)
    assert bytes(entry["raw"]) == b"\x00not ours"
    assert entry["clinic_id"] is None


async def test_an_event_of_a_source_that_is_gone_is_kept_with_the_reason(owner: Owner, worker_pool: Pool) -> None:
    """The source was deleted between the receiver's answer and us."""
    assert await store(worker_pool, [webhook({"event": "call"}, source_id=999), webhook(evolution_message())]) == 1

    [entry] = dead(owner)
    assert (entry["error_message"], json.loads(bytes(entry["raw"]))) == (HOMELESS, {"event": "call"})


async def test_n8n_items_are_stored_one_by_one(owner: Owner, worker_pool: Pool) -> None:
    """An array's good items are queued though one of them cannot be stored."""
    items = [n8n_message("antes"), n8n_message("\x00"), n8n_message("\ud83d"), n8n_message("depois")]

    assert await store(worker_pool, [envelope(items, source_id=2, kind="n8n")]) == 2

    assert [row["payload"]["content"] for row in queued(owner)] == ["antes", "depois"]
    assert {json.loads(bytes(entry["raw"]))["content"] for entry in dead(owner)} == {"\ud83d", "\x00"}


async def test_the_deepest_json_that_is_stored_is_also_claimed_and_read(owner: Owner, worker_pool: Pool) -> None:
    """Between what Postgres stores and what Python reads there is no gap for poison to hide in."""
    for depth in (150, 900, 1_000, 1_024, 1_025, 5_000):
        await store(worker_pool, [webhook(b'{"event":"x","d":' + b"[" * depth + b"]" * depth + b"}")])

    batch = await claims.claim_batch(worker_pool, 10, 30.0)

    assert len(batch) + len(dead(owner)) == 6
    for message in batch:
        json.loads(message.payload)


async def test_old_events_are_forgotten_and_the_young_are_not(owner: Owner, worker_pool: Pool) -> None:
    """The inbox remembers longer than any sender retries, and no longer than it has to."""
    await store(worker_pool, [webhook(evolution_message("A")), webhook(evolution_message("B"))])
    owner.execute(
        "UPDATE webhook_events SET received_at = now() - interval '31 days' WHERE id = %s", [queued(owner)[0]["id"]]
    )

    assert await forget_old_events(worker_pool, 30) == 1
    assert await forget_old_events(worker_pool, 30) == 0


async def test_the_senders_headers_are_kept_beside_the_digest(owner: Owner, worker_pool: Pool) -> None:
    """With every event of a webhook, queued or dead on arrival; a webhook of an older receiver has none."""
    headers = {"user-agent": "n8n", "via": 'proxy "1" \\'}
    await store(worker_pool, [webhook([n8n_message("a"), n8n_message("b")], kind="n8n", headers=headers)])
    await store(worker_pool, [webhook(NUL, headers=headers), webhook(HALF_AN_EMOJI)])

    assert [row["metadata"]["headers"] for row in queued(owner)] == [headers, headers]
    assert all(row["metadata"]["digest"] for row in queued(owner))
    assert sorted((row["headers"] for row in dead(owner)), key=len) == [{}, headers]


async def test_ids_that_no_row_can_have_do_not_stop_the_intake(owner: Owner, worker_pool: Pool) -> None:
    """A batch that no receiver wrote is dead as a whole, and is not tried for ever."""
    forged = delivery(webhook(evolution_message("A"), source_id=2**63))

    assert await store_arrivals(worker_pool, arrivals(forged)) == 0

    assert [bytes(row["raw"]) for row in dead(owner)] == [forged]
