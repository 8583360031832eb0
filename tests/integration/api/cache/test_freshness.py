"""Nobody is shown what was before something they have been told of."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from redis.asyncio import Redis

from services.api import sending
from services.api.views import messages
from services.queue_worker import relay as relay_module
from services.queue_worker.relay import Relay
from services.queue_worker.wakeup import Wakeup
from shared.db.pool import Pool
from shared.events.cached import conversations_key, detail_key
from shared.pubsub import history
from shared.pubsub.channels import redis_channel
from tests.ending import end
from tests.integration.api.cache.conftest import LIST, Instance
from tests.integration.api.cache.gates import slow_readings
from tests.integration.api.cache.witness import Witness, effect_of_a_worker
from tests.integration.api.client import Caller
from tests.integration.api.factories import Owner, add_conversation, add_message, insert, source_id
from tests.waiting import until

ROUNDS = 15
LOOKERS = 2
# Who asks without end takes what there is of a machine; one that has little takes longer.
pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def witness(one: Instance, other: Instance, owner: Owner) -> Witness:
    conversation = add_conversation(owner, source_id=source_id(owner, "demo-wa"))
    return Witness(conversation["id"], (one, other))


async def test_who_writes_sees_it_whichever_process_is_asked_next(witness: Witness) -> None:
    """While others ask all the time, so that something is kept at every moment."""
    done = asyncio.Event()

    async def keep_looking(instance: Instance) -> None:
        while not done.is_set():
            await witness.look_at_detail(instance)
            await witness.look_at_list(instance)

    lookers = [asyncio.create_task(keep_looking(instance)) for instance in witness.instances for _ in range(LOOKERS)]
    for _ in range(ROUNDS):
        for instance in witness.instances:
            await witness.send(instance)
            await witness.look_everywhere()
    done.set()
    await asyncio.gather(*lookers)
    assert witness.lies == []
    assert witness.failures == []
    assert witness.told == ROUNDS * 2
    assert all(instance.counts("conversation_details")[0] > 0 for instance in witness.instances)


async def test_who_hears_of_an_event_sees_it_whichever_process_is_asked_next(
    witness: Witness, worker_pool: Pool, redis: Redis
) -> None:
    """The worker writes, its relay publishes, and who hears it asks at once; others have the old answer kept all the time."""
    done = asyncio.Event()

    async def keep_looking(instance: Instance) -> None:
        while not done.is_set():
            await witness.look_at_detail(instance)
            await witness.look_at_list(instance)

    async with relayed(worker_pool, redis) as bell, heard(redis, witness.conversation_id) as told:
        lookers = [
            asyncio.create_task(keep_looking(instance)) for instance in witness.instances for _ in range(LOOKERS)
        ]
        for _ in range(ROUNDS):
            number = witness.next()
            await effect_of_a_worker(worker_pool, witness.conversation_id, number)
            bell.ring()
            assert await asyncio.wait_for(anext(told), 40) == number
            witness.tell(number)
            await witness.look_everywhere()
        done.set()
        await asyncio.gather(*lookers)
    assert witness.lies == []
    assert witness.failures == []
    assert witness.told == ROUNDS


async def test_what_an_event_makes_stale_is_gone_before_it_is_published(
    one: Instance, owner: Owner, worker_pool: Pool, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the moment of publishing nothing of the conversation is kept any more; nothing else is touched."""
    conversation, bystander = add_conversation(owner), add_conversation(owner)
    for name in ("", f"/{conversation['id']}", f"/{bystander['id']}"):
        (await one.as_user().get(LIST + name)).ok()
    kept: list[bool] = []
    publish = history.publish

    async def watching(*arguments: Any) -> Any:
        keys = (detail_key(conversation["id"]), conversations_key(1), detail_key(bystander["id"]))
        kept.extend([bool(await redis.exists(key)) for key in keys])
        return await publish(*arguments)

    monkeypatch.setattr(relay_module, "publish", watching)
    await effect_of_a_worker(worker_pool, conversation["id"], 1)
    await Relay(worker_pool, redis, Wakeup(), longest_sleep=1).relay_once()
    assert kept == [False, False, True]


@pytest.mark.parametrize("first", ["conversa", "empresa"])
async def test_what_a_transaction_makes_stale_is_gone_before_any_of_it_is_published(
    one: Instance, owner: Owner, worker_pool: Pool, redis: Redis, first: str
) -> None:
    """Relays of two workers share out what one transaction tells; who hears the first of it may ask for all of it."""
    relay = Relay(worker_pool, redis, Wakeup(), longest_sleep=1)
    conversation = add_conversation(owner)
    for name in ("", f"/{conversation['id']}"):
        (await one.as_user().get(LIST + name)).ok()
    await effect_of_a_worker(worker_pool, conversation["id"], 1)
    async with worker_pool.connection() as other, other.transaction():
        await other.execute("SELECT FROM outbox WHERE NOT starts_with(channel, %s) FOR UPDATE", [first])
        assert await relay.relay_once() == 1
        assert await redis.exists(detail_key(conversation["id"]), conversations_key(1)) == 0
    assert await relay.relay_once() == 1


async def test_a_label_that_is_gone_is_on_no_conversation_for_who_hears_of_it(
    one: Instance, other: Instance, owner: Owner, worker_pool: Pool, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every process, also where the one that deleted it dropped nothing: the event brings along what to drop."""
    conversation = add_conversation(owner)
    label = insert(owner, "labels", clinic_id=1, name="Retorno", colour="#00ff00")
    sofia = one.as_user("sofia@demo.test")
    (await sofia.call("PUT", f"{LIST}/{conversation['id']}/labels/{label['id']}")).ok()
    relay = Relay(worker_pool, redis, Wakeup(), longest_sleep=1)
    await relay.relay_once()

    async def label_ids() -> Any:
        return (await other.as_user().get(f"{LIST}/{conversation['id']}")).ok()["conversation"]["label_ids"]

    assert await label_ids() == [str(label["id"])]

    async def dropped_nothing(_keys: Any) -> None:
        """As if the process had ended between its commit and its answer."""

    monkeypatch.setattr(one.cache, "drop", dropped_nothing)
    assert (await sofia.call("DELETE", f"/api/labels/{label['id']}")).status == 204
    assert await redis.exists(detail_key(conversation["id"])) == 1
    heard: list[int] = []

    async def watching(redis: Redis, entries: Any) -> None:
        heard.append(await redis.exists(detail_key(conversation["id"])))
        await history.publish(redis, entries)

    monkeypatch.setattr(relay_module, "publish", watching)
    await relay.relay_once()
    assert heard == [0]
    assert await label_ids() == []


@pytest.mark.parametrize(("function", "path"), [("detail", "/{id}"), ("list_page", "")])
async def test_a_slow_reader_cannot_keep_what_was_before_a_write(
    witness: Witness, owner: Owner, monkeypatch: pytest.MonkeyPatch, function: str, path: str
) -> None:
    """It read, then somebody wrote, then it tries to keep what it read: nobody is shown that."""
    one, other = witness.instances
    question = LIST + path.format(id=witness.conversation_id)
    async with slow_readings(monkeypatch, function) as gate:
        slow = asyncio.create_task(one.as_user().get(question))
        await gate.holds()
        await witness.send(other)
        gate.open()
        assert (await slow).status == 200
    await witness.look_everywhere()
    await witness.look_everywhere()
    assert witness.lies == []
    kind = "conversation_details" if path else "conversations"
    assert sum(instance.counts(kind)[1] for instance in witness.instances) >= 2


async def test_who_asks_after_a_write_does_not_join_a_reading_from_before(
    witness: Witness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old reading is still under way, in the same process; its result is for those who asked before."""
    one, other = witness.instances
    async with slow_readings(monkeypatch, "detail") as gate:
        before = asyncio.create_task(one.as_user().get(f"{LIST}/{witness.conversation_id}"))
        await gate.holds()
        await witness.send(other)
        after = asyncio.create_task(witness.look_at_detail(one))
        await gate.holds(2)
        gate.open()
        await asyncio.gather(before, after)
    assert witness.lies == []


async def test_a_write_that_was_answered_too_late_is_shown_too(
    one: Instance, other: Instance, owner: Owner, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a request that ended in an error nobody knows whether it was committed: what it touched is dropped."""
    conversation = add_conversation(owner, source_id=source_id(owner, "demo-wa"))
    path = f"{LIST}/{conversation['id']}"
    (await other.as_user().get(path)).ok()
    send = sending.send_message

    async def send_and_fail(*arguments: Any) -> Any:
        await send(*arguments)
        raise RuntimeError("after the commit")

    monkeypatch.setattr(messages, "send_message", send_and_fail)
    (await one.as_user().send(conversation["id"], content="oi")).problem(500)
    assert len((await other.as_user().get(path)).ok()["messages"]) == 1


async def test_every_write_of_the_api_is_shown_at_once(witness: Witness, owner: Owner) -> None:
    """Read marks and transfers too, in lists and details."""
    one, other = witness.instances
    message = add_message(owner, {"clinic_id": 1, "id": witness.conversation_id}, content="0")
    owner.execute("UPDATE conversations SET unread_count = 1 WHERE id = %s", [witness.conversation_id])
    path = f"{LIST}/{witness.conversation_id}"
    bruno = owner.execute("SELECT id FROM users WHERE email = 'bruno@demo.test'").fetchone()
    assert bruno is not None
    ana = one.as_user()
    writes: list[tuple[str, dict[str, Any], str, Any]] = [
        ("read", {"message_id": str(message["id"])}, "unread_count", 0),
        ("transfer", {"to_user_id": str(bruno["id"])}, "assigned_to", str(bruno["id"])),
    ]
    for action, body, field, value in writes:
        await witness.look_everywhere()
        (await ana.post(f"{path}/{action}", body)).ok()
        for instance in (one, other):
            assert (await instance.as_user().get(path)).ok()["conversation"][field] == value
            assert (await instance.as_user().get(LIST)).ok()["conversations"][0][field] == value


async def test_a_session_that_was_ended_is_shown_nothing_that_is_kept(
    one: Instance, other: Instance, owner: Owner, token_of: Callable[..., str]
) -> None:
    """Signed out at one process, the token is worth nothing at another, though all it asks for is at hand there."""
    add_conversation(owner)
    token = token_of("ana@demo.test")
    for instance in (one, other):
        for _ in range(2):
            (await Caller(instance.api, token).get(LIST)).ok()
    assert (await Caller(one.api, token).post("/api/auth/logout", {})).status == 204
    for instance in (one, other):
        assert (await Caller(instance.api, token).get(LIST)).problem(401)["code"] == "session_over"
    (await other.as_user("bruno@demo.test").get(LIST)).ok()


async def test_a_session_ended_by_the_command_line_is_over_when_its_event_is_out(
    one: Instance, owner: Owner, worker_pool: Pool, redis: Redis, token_of: Callable[..., str]
) -> None:
    """It writes into the database and has no request of ours to answer: the relay drops the session."""
    token = token_of("ana@demo.test")
    (await Caller(one.api, token).get(LIST)).ok()
    owner.execute("UPDATE users SET active = false WHERE email = 'ana@demo.test'")
    owner.execute(
        "INSERT INTO outbox (clinic_id, channel, event) SELECT 1, 'atendente:' || id, '{}' FROM users"
        " WHERE email = 'ana@demo.test'"
    )
    await Relay(worker_pool, redis, Wakeup(), longest_sleep=1).relay_once()
    (await Caller(one.api, token).get(LIST)).problem(401)


@asynccontextmanager
async def relayed(pool: Pool, redis: Redis) -> AsyncIterator[Wakeup]:
    """A relay at work, and the bell that wakes it."""
    bell = Wakeup()
    task = asyncio.create_task(Relay(pool, redis, bell, longest_sleep=0.05).run())
    try:
        yield bell
    finally:
        await end(task)


@asynccontextmanager
async def heard(redis: Redis, conversation_id: int) -> AsyncIterator[AsyncIterator[int]]:
    """The numbers of messages in the order their events are heard."""
    async with redis.pubsub(ignore_subscribe_messages=True) as subscription:
        await subscription.subscribe(redis_channel(1, f"conversa:{conversation_id}"))
        await until(lambda: subscription.subscribed)

        async def numbers() -> AsyncIterator[int]:
            async for published in subscription.listen():
                yield int(orjson.loads(published["data"])["data"]["content"])

        yield numbers()
