"""What is made ready before anybody asks, and what that is worth."""

import pytest
from redis.asyncio import Redis

from services.api import preparing
from services.api.cache import early
from services.api.preparing import Preparing
from services.api.resources import RESOURCES
from services.api.stores.conversations import ConversationFilter
from tests.integration.api.cache.conftest import LIST, Instance, Instances
from tests.integration.api.client import Caller
from tests.integration.api.factories import Owner, add_conversation, add_message
from tests.integration.api.test_monitoring import metric
from tests.waiting import until


async def test_who_stands_beside_the_opened_conversation_is_ready(one: Instance, owner: Owner) -> None:
    """The next click is a hit, and it is counted that this was worth it."""
    for _ in range(6):
        add_message(owner, add_conversation(owner))
    ana, nobody = one.as_user(), Caller(one.api)
    pool = one.api.app[RESOURCES].pool
    await until(lambda: pool.get_stats()["pool_available"] == pool.max_size, what="a pool that is idle")
    ready = 'api_cache_prepared_total{outcome="read",reason="neighbour"}'
    before = await metric(nobody, ready)
    used = await metric(nobody, "api_cache_prepared_used_total")
    order = [entry["id"] for entry in (await ana.get(LIST)).ok()["conversations"]]
    (await ana.get(f"{LIST}/{order[2]}")).ok()

    async def three_ready() -> bool:
        return await metric(nobody, ready) == before + 3

    await until(three_ready)
    misses = one.counts("conversation_details")[1]
    for conversation in (order[3], order[4], order[1]):
        (await ana.get(f"{LIST}/{conversation}")).ok()
    assert one.counts("conversation_details")[1] == misses
    assert await metric(nobody, "api_cache_prepared_used_total") == used + 3


@pytest.fixture
async def early_bird(patient: None, instance_of: Instances, monkeypatch: pytest.MonkeyPatch) -> Instance:
    """A process that began before any list was in use, and has no warm-up under way any more."""
    with monkeypatch.context() as beginning:
        beginning.setattr(preparing, "START_SECONDS", 0.0)
        return await instance_of()  # type: ignore[no-any-return]


async def test_a_process_that_starts_has_the_lists_ready_that_were_in_use(
    early_bird: Instance, instance_of: Instances, owner: Owner, redis: Redis
) -> None:
    """After a deploy the first question of the morning is a hit, also where Redis has lost everything but their names."""
    conversation = add_conversation(owner, priority="high")
    ana = early_bird.as_user()
    for query in ("", "?priority=high"):
        (await ana.get(LIST + query)).ok()
    hot = await noted_by(early_bird, redis)
    assert len(hot) == 2
    await redis.flushall()
    await redis.zadd(preparing.HOT_KEY, hot)
    fresh: Instance = await instance_of()
    await until(lambda: len(fresh.cache.memory) >= 3, what="two lists and a conversation")
    for query in ("", "?priority=high"):
        assert (await fresh.as_user().get(LIST + query)).ok()["total"] == 1
    (await fresh.as_user().get(f"{LIST}/{conversation['id']}")).ok()
    assert fresh.counts() == (2, 0)
    assert fresh.counts("conversation_details") == (1, 0)
    assert await metric(Caller(fresh.api), 'api_cache_prepared_total{outcome="read",reason="warm_up"}') >= 3


async def test_a_list_that_another_process_has_just_read_leads_to_its_conversations_too(
    one: Instance, other: Instance, owner: Owner
) -> None:
    """Where processes begin together, each list is read by one of them; the others know, too, what stands at its top."""
    conversation = add_conversation(owner)
    (await one.as_user().get(LIST)).ok()
    reading = other.resources.reading
    assert not await reading.prepare_list(1, ConversationFilter(), 50)
    assert reading.neighbours.first(1, 3) == [str(conversation["id"])]


async def noted_by(instance: Instance, redis: Redis) -> dict[str, float]:
    """The lists in use, as they are kept for whoever starts next."""
    resources = instance.resources
    await Preparing(resources.pool, resources.cache, resources.reading).note_hot_lists()
    return dict.fromkeys(map(str, await redis.zrange(preparing.HOT_KEY, 0, -1)), 1.0)


async def test_a_pool_that_is_just_being_filled_keeps_nothing_from_being_ready(
    patient: None, instance_of: Instances, owner: Owner, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is made ready at a start waits for a spare moment, since it is not tried again."""
    add_conversation(owner)
    spare = iter([True, False, False])
    monkeypatch.setattr(Preparing, "_idle", lambda _self: next(spare, True))
    await redis.zadd(preparing.HOT_KEY, {"[1, {}, 50]": 1.0})
    fresh: Instance = await instance_of()
    await until(lambda: len(fresh.cache.memory) >= 2, what="the list and its conversation")


async def test_what_another_version_noted_is_passed_over(
    patient: None, instance_of: Instances, owner: Owner, redis: Redis
) -> None:
    """After a step back there may be lists that nobody knows how to read; the others are made ready, and neighbours too."""
    conversations = [add_conversation(owner) for _ in range(3)]
    known = {"[1, {}, 50]": 1.0, '[1, {"mood": "happy"}, 50]': 3.0, "[]": 2.0, "?": 4.0}
    await redis.zadd(preparing.HOT_KEY, known)
    fresh: Instance = await instance_of()
    await until(lambda: fresh.resources.reading.neighbours.first(1, 1))
    ana = fresh.as_user()
    (await ana.get(f"{LIST}/{conversations[1]['id']}")).ok()
    await until(lambda: len(fresh.cache.memory) >= len(conversations) + 1)


async def test_nothing_is_made_ready_while_requests_need_the_database(
    instance_of: Instances, owner: Owner, patient: None
) -> None:
    """Whoever waits for an answer comes first."""
    add_conversation(owner)
    instance: Instance = await instance_of(prosa_api_pool_size=2)
    resources = instance.resources
    prepare = Preparing(resources.pool, resources.cache, resources.reading)
    async with resources.pool.connection(), resources.pool.connection():
        skipped = 'api_cache_prepared_total{outcome="skipped",reason="warm_up"}'
        nobody = Caller(instance.api)
        before = await metric(nobody, skipped)
        await prepare.prepare("warm_up", resources.reading.prepare_detail, 1, "1")
        assert await metric(nobody, skipped) == before + 1


async def test_what_is_asked_for_near_its_end_is_read_anew_behind_the_answer(
    one: Instance, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for it: the answer is a hit, and what comes after it is new."""
    add_conversation(owner)
    ana = one.as_user()
    (await ana.get(LIST)).ok()
    nobody = Caller(one.api)
    before = await metric(nobody, "api_cache_early_readings_total")
    monkeypatch.setattr(early, "EARLY_SHARE", 1e6)
    (await ana.get(LIST)).ok()

    async def read_anew() -> bool:
        return await metric(nobody, "api_cache_early_readings_total") > before

    await until(read_anew)
    assert one.counts() == (1, 1)
