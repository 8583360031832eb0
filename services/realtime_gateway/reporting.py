"""Says in Redis how this gateway is, for the page that shows the whole system."""

import asyncio
import secrets
import time

import structlog
from prometheus_client import REGISTRY
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.realtime_gateway.cancellation import cancelled
from shared.pubsub.gateways import REPORT_SECONDS, GatewayReport, report

log = structlog.get_logger(__name__)


async def keep_reporting(redis: Redis) -> None:
    """Report until cancelled. Nothing depends on it; without Redis nobody is told."""
    name = secrets.token_hex(8)
    while not cancelled():
        try:
            await report(redis, name, current(), time.time())
        except (RedisError, OSError) as error:
            log.info("report_failed", error=type(error).__name__)
        await asyncio.sleep(REPORT_SECONDS)


def current() -> GatewayReport:
    """This process as Prometheus is told of it."""
    return GatewayReport(
        connections=_value("realtime_gateway_connections"),
        rooms=_value("realtime_gateway_channels"),
        events=_value("realtime_gateway_events_total"),
    )


def _value(name: str) -> int:
    return int(REGISTRY.get_sample_value(name) or 0)
