"""Redis away, frozen, cut off, emptied, or put back to yesterday: no error, and never an answer from before."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from services.api.cache import link
from tests.integration.api.cache.conftest import LIST, Instance, Instances
from tests.integration.api.cache.witness import Witness
from tests.integration.api.factories import Owner, add_conversation, source_id
from tests.integration.api.test_failures import silent_server
from tests.ports import free_port
from tests.proxy import open_proxy
from tests.redis_server import RedisServer, redis_server
from tests.waiting import until

Fault = Callable[[RedisServer], Awaitable[None]]
# Who asks without end in several processes takes what there is of a machine; one that has little takes longer.
pytestmark = pytest.mark.timeout(240)


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[RedisServer]:
    async with redis_server(tmp_path, free_port()) as server:
        yield server


@pytest.fixture
async def witness(own: RedisServer, instance_of: Instances, owner: Owner) -> Witness:
    """Two processes that leave a slow Redis alone soon, and a conversation."""
    conversation = add_conversation(owner, source_id=source_id(owner, "demo-wa"))
    settings = {"redis_url": own.url, "prosa_cache_budget_ms": 50}
    return Witness(conversation["id"], [await instance_of(**settings) for _ in range(2)])


@asynccontextmanager
async def load(witness: Witness) -> AsyncIterator[None]:
    """Each process is asked all the time, and written to now and then."""
    done = asyncio.Event()

    async def keep_asking(instance: Instance, asked: int) -> None:
        while not done.is_set():
            asked += 1
            if asked % 10 == 0:
                await witness.send(instance)
            await witness.look_at_detail(instance)
            await witness.look_at_list(instance)

    async with asyncio.TaskGroup() as tasks:
        for instance in witness.instances:
            for offset in (0, 5):
                tasks.create_task(keep_asking(instance, offset))
        yield
        done.set()


async def more_answers(witness: Witness, number: int) -> None:
    target = witness.answers + number
    await until(lambda: witness.answers >= target, within=40, what=f"{number} more answers")


async def hits_again(witness: Witness) -> None:
    """Every process is answered by its cache again."""
    before = {id(instance): instance.counts("conversation_details")[0] for instance in witness.instances}
    await until(
        lambda: all(i.counts("conversation_details")[0] > before[id(i)] + 10 for i in witness.instances),
        within=40,
        what="hits in every process",
    )


async def stopped(server: RedisServer) -> None:
    await server.kill()


async def frozen(server: RedisServer) -> None:
    server.freeze()


async def started(server: RedisServer) -> None:
    await server.start()


async def thawed(server: RedisServer) -> None:
    server.thaw()


@pytest.mark.parametrize(("begins", "ends"), [(stopped, started), (frozen, thawed)])
async def test_redis_goes_and_comes_back_under_load(
    witness: Witness, own: RedisServer, begins: Fault, ends: Fault
) -> None:
    """Meanwhile the database answers; afterwards the cache does again, and not with what it kept before."""
    async with load(witness):
        await hits_again(witness)
        for _ in range(2):
            await begins(own)
            await more_answers(witness, 60)
            await ends(own)
            await hits_again(witness)
    assert witness.lies == []
    assert witness.failures == []


async def test_redis_flushed_under_load(witness: Witness, own: RedisServer) -> None:
    """What is lost is read again."""
    async with load(witness):
        for _ in range(20):
            await own.command("FLUSHALL")
            await more_answers(witness, 10)
        await hits_again(witness)
    assert witness.lies == []
    assert witness.failures == []


async def test_links_cut_under_load(witness: Witness, own: RedisServer) -> None:
    """A process that lost its link believes nothing that was begun before the next one."""
    async with load(witness):
        for _ in range(10):
            await own.command("CLIENT", "KILL", "TYPE", "normal")
            await more_answers(witness, 20)
        await hits_again(witness)
    assert witness.lies == []
    assert witness.failures == []


async def test_a_redis_put_back_to_yesterday_is_not_believed(witness: Witness, own: RedisServer) -> None:
    """It comes back with entries and generations that fit together, as they were before something was written."""
    for instance in witness.instances:
        await hits_after(instance, witness)
    await own.command("SAVE")
    await own.kill()
    await witness.send(witness.instances[0])
    await own.start()
    await until(lambda: all(instance.cache.link.usable for instance in witness.instances))
    assert await own.command("EXISTS", f"conversation:{witness.conversation_id}:detail") == 1
    answers = witness.answers
    await witness.look_everywhere()
    assert witness.answers == answers + 4
    assert witness.lies == []
    assert witness.failures == []


async def test_what_a_frozen_redis_was_not_told_is_not_shown_when_it_goes_on(
    witness: Witness, own: RedisServer
) -> None:
    """A write is answered while Redis is frozen with what was before it; the other process asks the moment it goes on."""
    one, other = witness.instances
    for _ in range(3):
        await witness.look_everywhere()
        await hits_after(other, witness)
        own.freeze()
        await witness.send(one)
        own.thaw()
        for _ in range(5):
            await witness.look_everywhere()
    assert witness.lies == []
    assert witness.failures == []


NO_REPLICA = ("CONFIG", "SET", "min-replicas-to-write", "1"), ("CONFIG", "SET", "min-replicas-to-write", "0")
DEMOTED = ("REPLICAOF", "127.0.0.1", "1"), ("REPLICAOF", "NO", "ONE")


@pytest.mark.parametrize(("refuse", "accept"), [NO_REPLICA, DEMOTED], ids=["no-replica", "demoted"])
async def test_a_redis_that_reads_but_does_not_write_is_not_believed(
    witness: Witness, own: RedisServer, refuse: tuple[str, ...], accept: tuple[str, ...]
) -> None:
    """It answers questions with what was before a write that it would not hear of, then and afterwards."""
    one, other = witness.instances
    await witness.look_everywhere()
    await hits_after(other, witness)
    await own.command(*refuse)
    await witness.send(one)
    for _ in range(3):
        await witness.look_everywhere()
    await witness.send(other)
    await own.command(*accept)
    for _ in range(3):
        await witness.look_everywhere()
    await hits_after(one, witness)
    await hits_after(other, witness)
    assert witness.lies == []
    assert witness.failures == []


async def test_an_invalidation_that_stands_behind_a_question_makes_no_liar_of_it(
    own: RedisServer, instance_of: Instances, owner: Owner
) -> None:
    """The worst order in which a frozen Redis can go on: it hears the one who asks, and the one who wrote not yet."""
    conversation = add_conversation(owner, source_id=source_id(owner, "demo-wa"))
    async with open_proxy(own.url) as writers, open_proxy(own.url) as readers:
        one = await instance_of(redis_url=writers.url)
        other = await instance_of(redis_url=readers.url)
        witness = Witness(conversation["id"], (one, other))
        await witness.look_everywhere()
        await hits_after(other, witness)
        writers.hold()
        readers.hold()
        await witness.send(one)
        readers.resume()
        assert await own.command("EXISTS", f"conversation:{conversation['id']}:detail") == 1
        for _ in range(3):
            await witness.look_at_detail(other)
            await witness.look_at_list(other)
        await hits_after(other, witness)
        assert witness.lies == []
        assert witness.failures == []


async def test_a_new_link_is_not_believed_before_every_process_can_have_its_own(
    own: RedisServer, instance_of: Instances, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redis is back, and one process has found out before the other, which goes on to answer writers without it."""
    conversation = add_conversation(owner, source_id=source_id(owner, "demo-wa"))
    async with open_proxy(own.url) as writers, open_proxy(own.url) as readers:
        one = await instance_of(redis_url=writers.url)
        other = await instance_of(redis_url=readers.url)
        witness = Witness(conversation["id"], (one, other))
        monkeypatch.setattr(link, "SETTLING_SECONDS", 4.0)
        writers.refuse()
        readers.refuse()
        await until(lambda: not one.cache.link.open and not other.cache.link.open)
        readers.resume()
        await until(lambda: other.cache.link.open)
        for _ in range(2):
            await witness.look_at_detail(other)
        await witness.send(one)
        writers.resume()
        for _ in range(2):
            await witness.look_at_detail(other)
        await until(lambda: other.cache.link.usable)
        await hits_after(other, witness)
        assert witness.lies == []
        assert witness.failures == []


async def hits_after(instance: Instance, witness: Witness) -> None:
    before = instance.counts("conversation_details")[0]

    async def hit() -> bool:
        await witness.look_at_detail(instance)
        return instance.counts("conversation_details")[0] > before

    await until(hit, what="a hit")


async def test_a_short_freeze_keeps_the_writer_waiting_and_nobody_is_misled(witness: Witness, own: RedisServer) -> None:
    """Shorter than it takes to notice, it only delays: the write is answered when its invalidation is confirmed."""
    one, other = witness.instances
    await witness.look_everywhere()
    own.freeze()
    writing = asyncio.create_task(witness.send(one))
    await until(lambda: one.cache.insisting > 0)
    own.thaw()
    await writing
    await witness.look_at_detail(other)
    assert witness.lies == []
    assert witness.failures == []


async def test_without_redis_from_the_start_the_database_answers(instance_of: Instances, owner: Owner) -> None:
    """Neither refused nor silent servers make a difference to what is answered."""
    conversation = add_conversation(owner, source_id=source_id(owner, "demo-wa"))
    async with silent_server() as silent:
        for url in ("redis://127.0.0.1:1", silent):
            instance: Instance = await instance_of(redis_url=url, ready=False)
            ana = instance.as_user()
            for _ in range(3):
                (await ana.get(LIST)).ok()
                (await ana.get(f"{LIST}/{conversation['id']}")).ok()
                (await ana.send(conversation["id"], content="oi")).ok(status=201)
                (await ana.get(f"{LIST}/nichts")).problem(404)
            assert instance.counts()[0] == 0


async def test_a_slow_redis_is_left_alone_and_tried_again(
    own: RedisServer, instance_of: Instances, owner: Owner, patient: None
) -> None:
    """After a few questions that took too long the breaker opens; when Redis is quick again it closes by itself."""
    add_conversation(owner)
    async with open_proxy(own.url) as proxy:
        instance: Instance = await instance_of(redis_url=proxy.url, prosa_cache_budget_ms=50)
        ana = instance.as_user()
        (await ana.get(LIST)).ok()
        proxy.hold()

        async def closed() -> bool:
            (await ana.get(LIST)).ok()
            return instance.cache.link.breaker_state() == "closed"

        async def opened() -> bool:
            return not await closed()

        await until(opened, what="the breaker open")
        proxy.resume()
        await until(closed, what="the breaker closed again")


async def test_a_redis_full_of_foreign_things_is_read_past(
    own: RedisServer, instance_of: Instances, owner: Owner
) -> None:
    """A key of another type, or bytes that are no entry: the database answers, and nothing breaks."""
    conversation = add_conversation(owner)
    instance: Instance = await instance_of(redis_url=own.url)
    path, key = f"{LIST}/{conversation['id']}", f"conversation:{conversation['id']}:detail"
    await own.command("SET", key, "foreign")
    for _ in range(3):
        (await instance.as_user().get(path)).ok()
    await own.command("DEL", key)

    async def kept() -> list[str]:
        (await instance.as_user().get(path)).ok()
        fields = await own.command("HKEYS", key)
        assert isinstance(fields, list)
        return [field for field in fields if field.startswith("value:")]

    [value] = await until(kept, what="an entry")
    await own.command("HSET", key, value, "9999999999999999garbage")
    instance.cache.memory.clear()
    (await instance.as_user().get(path)).ok()
