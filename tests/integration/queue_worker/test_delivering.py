"""Deliveries to clinics' own systems: signed, at least once under one id, and never silently lost."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from services.queue_worker import queue
from services.queue_worker.dead_letters import KILLED_ITS_WORKERS
from services.queue_worker.delivering.calls import open_hook_client
from services.queue_worker.delivering.claiming import claim_deliveries
from services.queue_worker.delivering.deliverer import Deliverer, DelivererSettings
from services.queue_worker.delivering.outcomes import Outcomes
from services.queue_worker.operating.releasing import release_due
from services.queue_worker.sending import lines
from services.queue_worker.wakeup import Wakeup
from shared.auth.seal import DEVELOPMENT_KEY
from shared.db.pool import Pool
from shared.net.addresses import allowed_hosts
from tests.ending import end
from tests.factories import evolution_message
from tests.integration.queue_worker.destinations import SECRET, add_destination, add_secret, deliveries, state_of
from tests.integration.queue_worker.hook_stand_in import HookStandIn, hook_stand_in
from tests.integration.queue_worker.queue_rows import Owner, dead, expire_leases, make_due, queued
from tests.integration.queue_worker.working import message, process
from tests.waiting import until

LEASE = 30.0
OTHER_SECRET = "whsec_" + "QkJC" * 8


@pytest.fixture
async def hooks() -> AsyncIterator[HookStandIn]:
    async with hook_stand_in() as stand_in:
        yield stand_in


@pytest.fixture
async def deliverer(worker_pool: Pool) -> AsyncIterator[Deliverer]:
    async with open_hook_client(allowed_hosts(["127.0.0.1"], ()), 10) as client:
        yield make_deliverer(worker_pool, client)


@pytest.fixture
async def impatient(worker_pool: Pool) -> AsyncIterator[Deliverer]:
    """One that does not wait long for an answer."""
    async with open_hook_client(allowed_hosts(["127.0.0.1"], ()), 1) as client:
        yield make_deliverer(worker_pool, client)


def make_deliverer(pool: Pool, client: Any, *, attempts: int = 3, dead_letters: bool = True) -> Deliverer:
    settings = DelivererSettings(LEASE, longest_sleep=0.05, secrets_keys=(DEVELOPMENT_KEY,))
    return Deliverer(pool, client, settings, Wakeup(), Outcomes(pool, attempts, dead_letters))


async def announce(pool: Pool, *words: str) -> None:
    """Have something to tell: a patient's messages."""
    for number, said in enumerate(words or ("dói aqui",)):
        await process(pool, evolution_message(f"A{number}{said}", said, at=number))


async def deliver(pool: Pool, deliverer: Deliverer) -> int:
    """Deliver what can be claimed now, one after the other; returns how many were taken in hand."""
    taken = 0
    while claimed := await claim_deliveries(pool, 1, LEASE):
        await deliverer.deliver(claimed[0])
        taken += 1
    return taken


def let_it_be_tried(owner: Owner) -> None:
    """Let the rest of destinations be over, and the time come of what waits."""
    owner.execute(
        "UPDATE webhook_destination_states SET paused_until = now() - interval '1 s' WHERE paused_at IS NOT NULL"
    )
    owner.execute("UPDATE message_queue SET scheduled_at = NULL")


async def test_a_delivery_is_signed_and_says_what_happened(
    worker_pool: Pool, owner: Owner, deliverer: Deliverer, hooks: HookStandIn
) -> None:
    """Its id is the queue row's; what was taken is out of the queue, and the destination's state shows it."""
    destination = add_destination(owner, hooks.url)
    await announce(worker_pool)
    [row] = deliveries(owner)
    assert await deliver(worker_pool, deliverer) == 1
    [hook] = hooks.hooks
    assert (hook.id, hook.event) == (str(row["id"]), row["payload"])
    assert hook.event["data"]["content"] == "dói aqui"
    assert hook.event["data"]["id"] == str(message(owner)["id"])
    assert hook.headers["content-type"] == "application/json"
    assert hook.signed_with(SECRET)
    assert not hook.signed_with(OTHER_SECRET)
    assert abs(int(hook.headers["webhook-timestamp"]) - time.time()) < 60
    assert (queued(owner), dead(owner)) == ([], [])
    state = state_of(owner, destination)
    assert (state["last_outcome"], state["last_status"], state["last_event"]) == ("delivered", 204, "message.created")
    assert state["last_success_at"] == state["last_at"]


async def test_while_one_secret_replaces_another_both_sign(
    worker_pool: Pool, owner: Owner, deliverer: Deliverer, hooks: HookStandIn
) -> None:
    """And what has expired does not."""
    destination = add_destination(owner, hooks.url)
    add_secret(owner, destination, OTHER_SECRET, seconds=60)
    expired = "whsec_" + "Q0ND" * 8
    add_secret(owner, destination, expired, seconds=-60)
    await announce(worker_pool)
    await deliver(worker_pool, deliverer)
    [hook] = hooks.hooks
    assert [hook.signed_with(secret) for secret in (SECRET, OTHER_SECRET, expired)] == [True, True, False]


@pytest.mark.parametrize("status", [400, 401, 404, 422, 301, 307])
async def test_what_is_refused_is_dead_and_comes_back_under_its_id(
    worker_pool: Pool, owner: Owner, deliverer: Deliverer, hooks: HookStandIn, status: int
) -> None:
    """Not tried again, no redirect followed; replayed once the destination is right, and then it is replayed."""
    add_destination(owner, hooks.url)
    hooks.then(status, location=hooks.url)
    await announce(worker_pool)
    await deliver(worker_pool, deliverer)
    [letter] = dead(owner)
    assert (len(hooks.hooks), queued(owner)) == (1, [])
    assert (letter["state"], letter["reason"], letter["source_name"]) == ("dead", "refused", "n8n")
    assert (letter["source_kind"], letter["message_type"]) == ("webhook", "deliver.message.created")
    assert "paciente" not in letter["error_message"]
    assert letter["conversation_ref"] == str(message(owner)["conversation_id"])

    owner.execute("UPDATE failed_messages SET state = 'replaying', release_due = true, replay_mode = 'event'")
    await release_due(worker_pool)
    await deliver(worker_pool, deliverer)
    assert [hook.id for hook in hooks.hooks] == [str(letter["original_message_id"])] * 2
    assert hooks.hooks[0].event == hooks.hooks[1].event
    assert dead(owner)[0]["state"] == "replayed"


@pytest.mark.parametrize("status", [500, 599, 408])
async def test_what_fails_is_tried_again_and_dead_in_the_end(
    worker_pool: Pool, owner: Owner, deliverer: Deliverer, hooks: HookStandIn, status: int
) -> None:
    """Each try spends an attempt; all of them have one id."""
    add_destination(owner, hooks.url)
    hooks.then(status, status, status)
    await announce(worker_pool)
    for _ in range(3):
        assert await deliver(worker_pool, deliverer) == 1
        assert await deliver(worker_pool, deliverer) == 0  # it waits
        let_it_be_tried(owner)
    [letter] = dead(owner)
    assert (letter["reason"], letter["failure_count"], len(letter["attempts"])) == ("exhausted", 3, 3)
    assert len({hook.id for hook in hooks.hooks}) == 1


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_a_destination_that_is_away_rests_and_loses_nothing(
    worker_pool: Pool,
    owner: Owner,
    deliverer: Deliverer,
    hooks: HookStandIn,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One delivery tries it; the others wait, attempts unspent, and follow once it is there."""
    monkeypatch.setattr(lines, "FIRST_REST_SECONDS", 60.0)
    destination = add_destination(owner, hooks.url)
    await announce(worker_pool, "um", "dois", "três")
    hooks.then(*[status] * 5)
    for _ in range(5):
        assert await deliver(worker_pool, deliverer) == 1
        let_it_be_tried(owner)
    assert len(hooks.hooks) == 5
    assert [row["retry_count"] for row in queued(owner)] == [0, 0, 0]
    assert state_of(owner, destination)["failures"] == 5
    assert await deliver(worker_pool, deliverer) == 3
    assert sorted(hook.event["data"]["content"] for hook in hooks.hooks[5:]) == ["dois", "três", "um"]
    assert state_of(owner, destination)["paused_at"] is None
    assert dead(owner) == []


async def test_a_destination_says_how_long_it_wants_to_rest(
    worker_pool: Pool, owner: Owner, deliverer: Deliverer, hooks: HookStandIn
) -> None:
    """Retry-After in seconds counts, an hour at most."""
    destination = add_destination(owner, hooks.url)
    hooks.then(503, Retry_After="900")
    await announce(worker_pool)
    await deliver(worker_pool, deliverer)
    state = state_of(owner, destination)
    assert 850 < (state["paused_until"] - state["paused_at"]).total_seconds() < 950


async def test_nobody_listening_is_away(worker_pool: Pool, owner: Owner, deliverer: Deliverer) -> None:
    """A port where nothing listens: it rests."""
    destination = add_destination(owner, "http://127.0.0.1:9/webhook")
    await announce(worker_pool)
    await deliver(worker_pool, deliverer)
    assert state_of(owner, destination)["last_outcome"] == "unreachable"
    assert [row["retry_count"] for row in queued(owner)] == [0]


async def test_no_answer_in_time_is_a_failure(
    worker_pool: Pool, owner: Owner, impatient: Deliverer, hooks: HookStandIn
) -> None:
    """Whether it was taken nobody knows, so it is delivered again under the same id."""

    async def hanging(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    destination = add_destination(owner, hooks.url)
    hooks.answers.append(hanging)
    await announce(worker_pool)
    await deliver(worker_pool, impatient)
    assert state_of(owner, destination)["last_outcome"] == "no_answer"
    let_it_be_tried(owner)
    await deliver(worker_pool, impatient)
    assert len({hook.id for hook in hooks.hooks}) == 1
    assert len(hooks.hooks) == 2
    assert queued(owner) == []


async def test_an_answer_without_end_is_an_answer(
    worker_pool: Pool, owner: Owner, deliverer: Deliverer, hooks: HookStandIn
) -> None:
    """Its status counts; of its body no more than a bound is read."""

    async def pouring(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=200)
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 65536)
        except (ConnectionError, asyncio.CancelledError):
            return response

    add_destination(owner, hooks.url)
    hooks.answers.append(pouring)
    await announce(worker_pool)
    await deliver(worker_pool, deliverer)
    assert (queued(owner), dead(owner)) == ([], [])


async def test_one_that_is_gone_is_switched_off(
    worker_pool: Pool, owner: Owner, deliverer: Deliverer, hooks: HookStandIn
) -> None:
    """410: nothing more is queued, what waits is dead and can be replayed, and the audit log says why."""
    destination = add_destination(owner, hooks.url)
    hooks.then(410)
    await announce(worker_pool, "um", "dois")
    await deliver(worker_pool, deliverer)
    await announce(worker_pool, "três")
    [row] = owner.execute("SELECT enabled, disabled_reason, version FROM webhook_destinations").fetchall()
    assert row == {"enabled": False, "disabled_reason": "gone", "version": 2}
    assert (len(hooks.hooks), queued(owner)) == (1, [])
    assert [letter["reason"] for letter in dead(owner)] == ["refused", "refused"]
    [noted] = owner.execute("SELECT * FROM audit_log WHERE action = 'webhook_destination.disabled'").fetchall()
    assert (noted["clinic_id"], noted["actor_user_id"], noted["subject_id"]) == (1, None, str(destination))


async def test_a_destination_that_was_deleted_leaves_dead_letters(
    worker_pool: Pool, owner: Owner, deliverer: Deliverer, hooks: HookStandIn
) -> None:
    """What was queued for it ends somewhere."""
    add_destination(owner, hooks.url)
    await announce(worker_pool)
    owner.execute("DELETE FROM webhook_destinations")
    await deliver(worker_pool, deliverer)
    assert (hooks.hooks, queued(owner)) == ([], [])
    assert [letter["error_message"] for letter in dead(owner)] == ["the destination was deleted"]


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.2:1/a",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/a",
        "https://localhost:1/a",
        "https://10.0.0.1/a",
        "http://example.org/a",
        "https://user:word@example.org/a",
        "ftp://example.org/a",
        "https://",
    ],
)
async def test_no_webhook_goes_inside(worker_pool: Pool, owner: Owner, deliverer: Deliverer, url: str) -> None:
    """Neither to this machine nor to its network nor to a cloud's metadata, nor unencrypted; whatever name leads there."""
    destination = add_destination(owner, url)
    await announce(worker_pool)
    await deliver(worker_pool, deliverer)
    assert state_of(owner, destination)["last_outcome"] == "forbidden_address"
    assert [letter["reason"] for letter in dead(owner)] == ["refused"]


async def test_one_destinations_trouble_is_not_anothers(
    worker_pool: Pool, owner: Owner, deliverer: Deliverer, hooks: HookStandIn
) -> None:
    """While one rests the other gets everything."""
    add_destination(owner, "http://127.0.0.1:9/webhook")
    add_destination(owner, hooks.url)
    await announce(worker_pool, "um", "dois", "três")
    await deliver(worker_pool, deliverer)
    assert len(hooks.hooks) == 3
    assert len(queued(owner)) == 3


async def test_a_worker_that_died_leaves_its_delivery_to_another(
    worker_pool: Pool, owner: Owner, deliverer: Deliverer, hooks: HookStandIn
) -> None:
    """Called or not, it is called again under the same id; what kills two workers is dead without a call."""
    add_destination(owner, hooks.url)
    await announce(worker_pool)
    for _ in range(2):
        assert await claim_deliveries(worker_pool, 1, LEASE)
        expire_leases(owner)
        await queue.take_back_expired(worker_pool)
    await deliver(worker_pool, deliverer)
    [letter] = dead(owner)
    assert (letter["reason"], letter["error_message"], hooks.hooks) == ("poison", KILLED_ITS_WORKERS, [])


async def test_what_is_taken_for_too_long_by_nobody_is_given_up(
    worker_pool: Pool, owner: Owner, deliverer: Deliverer
) -> None:
    """Though its destination rests; a replay of it begins anew."""
    add_destination(owner, "http://127.0.0.1:9/webhook")
    await announce(worker_pool)
    await deliver(worker_pool, deliverer)
    await deliverer.give_up_overdue(24)
    assert dead(owner) == []
    owner.execute("UPDATE message_queue SET created_at = now() - interval '25 h'")
    await deliverer.give_up_overdue(24)
    [letter] = dead(owner)
    assert (letter["reason"], queued(owner)) == ("exhausted", [])
    owner.execute(
        "UPDATE failed_messages SET state = 'replaying', release_due = true, replay_mode = 'event', replayed_at = now()"
    )
    await release_due(worker_pool)
    await deliverer.give_up_overdue(24)
    assert len(queued(owner)) == 1


async def test_a_try_that_fails_is_no_dead_letter(
    worker_pool: Pool, owner: Owner, deliverer: Deliverer, hooks: HookStandIn
) -> None:
    """Somebody asked for it and sees what came of it; also of a destination that is switched off."""
    destination = add_destination(owner, hooks.url, enabled=False, disabled_reason="user")
    for status in (500, 404, 503):
        owner.execute(
            "INSERT INTO message_queue (clinic_id, message_type, payload, ordering_key, metadata)"
            " VALUES (1, 'deliver.ping', '{}', %s, jsonb_build_object('destination', %s::text))",
            [f"destination:{destination}", str(destination)],
        )
        let_it_be_tried(owner)
        hooks.then(status)
        await deliver(worker_pool, deliverer)
        assert (queued(owner), dead(owner)) == ([], [])
        assert state_of(owner, destination)["last_status"] == status
    assert len(hooks.hooks) == 3


async def test_a_running_deliverer_delivers_what_comes(
    worker_pool: Pool, owner: Owner, deliverer: Deliverer, hooks: HookStandIn
) -> None:
    """Each once, while more keep coming."""
    add_destination(owner, hooks.url)
    running = asyncio.create_task(deliverer.run())
    try:
        for start in range(0, 20, 5):
            await announce(worker_pool, *(f"{start + n}" for n in range(5)))
        await until(lambda: not queued(owner), what="an empty queue")
    finally:
        await end(running)
    assert sorted(int(hook.event["data"]["content"]) for hook in hooks.hooks) == list(range(20))
    make_due(owner)
    assert (queued(owner), dead(owner)) == ([], [])
