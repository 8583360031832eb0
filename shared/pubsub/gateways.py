"""What gateways say of themselves in Redis, so that the API can show it; Prometheus asks each of them directly."""

from dataclasses import asdict, dataclass

import orjson
from redis.asyncio import Redis

from shared.pubsub.connection import pipelined

GATEWAYS_KEY = "prosa:gateways"
REPORT_SECONDS = 5.0
# A gateway that has said nothing for so long is gone.
CURRENT_SECONDS = 15.0
FORGOTTEN_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class GatewayReport:
    """Sockets that are open, channels that somebody follows, and events since the gateway began."""

    connections: int
    rooms: int
    events: int


async def report(redis: Redis, gateway: str, told: GatewayReport, now: float) -> None:
    """Say how a gateway is. Raises redis.RedisError."""
    text = orjson.dumps([now, asdict(told)]).decode()
    await pipelined(redis, [("HSET", GATEWAYS_KEY, gateway, text), ("EXPIRE", GATEWAYS_KEY, str(FORGOTTEN_SECONDS))])


async def read_reports(redis: Redis, now: float) -> list[GatewayReport]:
    """Of the gateways that are there; what others left behind is taken away. Raises redis.RedisError."""
    told = await redis.hgetall(GATEWAYS_KEY)
    reports = {gateway: orjson.loads(text) for gateway, text in told.items()}
    gone = [gateway for gateway, (at, _) in reports.items() if now - at > FORGOTTEN_SECONDS]
    if gone:
        await redis.hdel(GATEWAYS_KEY, *gone)
    return [GatewayReport(**fields) for at, fields in reports.values() if now - at <= CURRENT_SECONDS]
