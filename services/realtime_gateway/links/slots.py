"""Where each slot of a Redis Cluster is."""

from collections.abc import Iterable, Mapping
from itertools import count, islice

from redis.asyncio.cluster import RedisCluster
from redis.crc import REDIS_CLUSTER_HASH_SLOTS, key_slot
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisClusterException

# A primary's "host:port" by slot.
Owners = dict[int, str]


async def read_owners(redis: RedisCluster) -> Owners:
    """Ask the cluster, by whichever node answers. Raises RedisError."""
    try:
        await redis.initialize()  # does nothing the second time
        await redis.nodes_manager.initialize()
    except RedisClusterException as error:
        raise RedisConnectionError(str(error)) from error
    return {slot: nodes[0].name for slot, nodes in redis.nodes_manager.slots_cache.items()}


def topic_at(address: str, owners: Mapping[int, str], token: str) -> bytes:
    """A channel of a name like no other that belongs to the node; any channel where it has no slot."""
    return next(
        (topic for topic in _topics(token) if owners.get(key_slot(topic)) == address),
        f"{{prosa:probe:{token}}}".encode(),
    )


def _topics(token: str) -> Iterable[bytes]:
    """Enough of them that a node with a single slot is very likely hit."""
    numbers = islice(count(), 4 * REDIS_CLUSTER_HASH_SLOTS)
    return (f"{{prosa:probe:{token}:{number}}}".encode() for number in numbers)
