from redis.asyncio import Redis

from shared.pubsub.cached import conversations_key, detail_key
from tests.integration.api.cache.conftest import LIST, Instance
from tests.integration.api.factories import Owner, add_conversation, add_message


async def test_what_was_read_is_in_memory_and_in_redis_under_the_documented_keys(
    one: Instance, other: Instance, owner: Owner, redis: Redis
) -> None:
    """The first question goes to the database, the second to memory, another process' to Redis."""
    conversation = add_conversation(owner)
    add_message(owner, conversation)
    ana = one.as_user()
    first = (await ana.get(LIST)).ok()
    assert (await ana.get(LIST)).ok() == first
    assert (await other.as_user("bruno@demo.test").get(LIST)).ok() == first
    assert one.counts() == (1, 1)
    assert other.counts() == (1, 0)
    path = f"{LIST}/{conversation['id']}"
    detail = (await ana.get(path)).ok()
    assert (await ana.get(path)).ok() == detail
    assert one.counts("conversation_details") == (1, 1)
    assert {"conversations:clinic:1", f"conversation:{conversation['id']}:detail"} <= set(await redis.keys())
    assert 290 < await redis.ttl(conversations_key(1)) <= 300
    assert 110 < await redis.ttl(detail_key(conversation["id"])) <= 120
