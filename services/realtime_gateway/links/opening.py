"""The subscriber that suits the Redis there is."""

from typing import cast

from redis.asyncio import Redis
from redis.asyncio.cluster import RedisCluster
from redis.asyncio.connection import parse_url

from services.realtime_gateway.links.cluster_subscriber import ClusterSubscriber
from services.realtime_gateway.links.probe import Probe
from services.realtime_gateway.links.subscriber import Subscriber
from shared.pubsub.connection import RedisMode


def create_subscriber(url: str, mode: RedisMode, redis: Redis) -> Subscriber | ClusterSubscriber:
    """One that listens where `redis`, opened with the same mode, publishes."""
    options = dict(parse_url(url))
    match mode:
        case "cluster":
            return ClusterSubscriber(options, cast(RedisCluster, redis))
        case "sharded":
            return Subscriber(options, Probe(redis.spublish), sharded=True)
        case "classic":
            return Subscriber(options, Probe(redis.publish))
