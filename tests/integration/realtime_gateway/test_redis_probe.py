"""A link that answers pings and delivers nothing is noticed and left; so is the loss of a quiet channel's last event."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from services.realtime_gateway.channels import position_checks
from services.realtime_gateway.links import probe
from tests.integration.realtime_gateway.conftest import (
    Gateway,
    Publisher,
    StartGateway,
    eventually,
    metric,
    number_unsent_event,
)
from tests.integration.realtime_gateway.stand_ins import Cable
from tests.ports import free_port
from tests.redis_server import RedisServer, redis_server


@pytest.fixture
async def other_redis(tmp_path: Path) -> AsyncIterator[RedisServer]:
    async with redis_server(tmp_path / "redis", free_port()) as server:
        yield server


@pytest.fixture
def quick_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "PROBE_SECONDS", 0.1)
    monkeypatch.setattr(probe, "ANSWER_SECONDS", 0.3)


@pytest.fixture
def quick_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(position_checks, "CHECK_SECONDS", 0.4)
    monkeypatch.setattr(position_checks, "GRACE_SECONDS", 0.1)


def address(server: RedisServer) -> tuple[str, int]:
    return "127.0.0.1", server.port


@pytest.mark.usefixtures("quick_probes")
async def test_link_left_behind_by_a_failover_is_left(
    start_gateway: StartGateway, redis_cable: Cable, redis: Redis, other_redis: RedisServer
) -> None:
    """Commands go to the new primary, the link still ends at the old one, which answers: the gateway finds out and moves."""
    async with (
        start_gateway(REDIS_URL=f"redis://127.0.0.1:{redis_cable.port}/0") as gateway,
        gateway.dashboard() as client,
        other_redis.client() as new_primary,
    ):
        before = await client.command("conversation:join", conversation_id="12")
        redis_cable.lead_to(*address(other_redis), links=address(other_redis))
        await redis.client_kill_filter(_type="normal", skipme=True)

        reset = await client.first(lambda frame: frame["type"] == "reset" and frame["channel"] == "conversa:12")
        assert reset["data"]["epoch"] != before["data"]["epoch"]
        await Publisher(new_primary).publish()
        assert await client.sequence("conversa:12", 1) == [1]
        await gateway.until_ready()


@pytest.mark.usefixtures("quick_probes")
async def test_gateway_is_not_ready_while_its_probe_fails(
    start_gateway: StartGateway, redis_cable: Cable, redis: Redis, redis_url: str, other_redis: RedisServer
) -> None:
    """As long as what is published does not arrive the gateway is unready, whatever else answers, and tries again."""
    failures, here = metric("redis_probe_failures_total"), redis.connection_pool.connection_kwargs["port"]
    async with start_gateway(REDIS_URL=f"redis://127.0.0.1:{redis_cable.port}/0") as gateway:
        redis_cable.lead_to(*address(other_redis), links=("127.0.0.1", here))
        await redis.client_kill_filter(_type="normal", skipme=True)
        await eventually(lambda: counted("redis_probe_failures_total", failures + 3))
        await eventually(lambda: events_are_unready(gateway))

        redis_cable.lead_to(*address(other_redis), links=address(other_redis))
        await redis.client_kill_filter(_type="pubsub")
        await gateway.until_ready()


async def counted(name: str, at_least: float) -> bool:
    return metric(name) >= at_least


async def events_are_unready(gateway: Gateway) -> bool:
    status, body = await gateway.readiness()
    return status == 503 and body["checks"]["redis"] == "ok" and "does not arrive" in body["checks"]["events"]


@pytest.mark.usefixtures("quick_checks")
async def test_last_event_of_a_quiet_channel_is_missed_and_found(
    start_gateway: StartGateway, publisher: Publisher, redis: Redis
) -> None:
    """An event that never reached the gateway arrives although no other follows to prove it missing."""
    async with start_gateway() as gateway, gateway.dashboard() as client:
        joined = await client.command("conversation:join", conversation_id="12")
        await publisher.publish()
        await client.sequence("conversa:12", 1)
        await number_unsent_event(redis, 2, joined["data"]["epoch"])

        assert await client.sequence("conversa:12", 2) == [1, 2]


@pytest.mark.usefixtures("quick_checks")
async def test_flush_is_told_without_another_event(start_gateway: StartGateway, redis: Redis) -> None:
    """After FLUSHALL every followed channel is reset though nothing is published."""
    async with start_gateway() as gateway, gateway.dashboard() as client:
        await client.command("conversation:join", conversation_id="12")
        await redis.flushall()
        for channel in ("conversa:12", "empresa:1", "atendente:7", "presence:1"):
            await client.first(lambda frame, name=channel: frame["type"] == "reset" and frame["channel"] == name)  # type: ignore[misc]


@pytest.mark.usefixtures("quick_checks")
async def test_checks_disturb_no_busy_channel(start_gateway: StartGateway, publisher: Publisher) -> None:
    """Events pour in while channels are compared all the time: none is taken for a missed one."""
    behind, level = (metric("position_checks_total", result=result) for result in ("behind", "level"))
    async with start_gateway() as gateway, gateway.dashboard() as client:
        await client.command("conversation:join", conversation_id="12")
        for _ in range(100):
            [*_, last] = await publisher.publish(times=5)
        assert await client.sequence("conversa:12", last) == list(range(1, last + 1))
        await eventually(lambda: checked(level + 8))
    assert metric("position_checks_total", result="behind") == behind


async def checked(at_least: float) -> bool:
    return metric("position_checks_total", result="level") >= at_least
