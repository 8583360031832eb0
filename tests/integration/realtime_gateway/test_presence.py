"""Who is online: edges only, however many tabs and gateways, and whatever happens to them."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from redis.asyncio import Redis

from services.realtime_gateway.presence import company, room
from shared.pubsub.gateways import GATEWAYS_KEY
from tests.integration.realtime_gateway.conftest import (
    Gateway,
    StartGateway,
    eventually,
    metric,
    token_for,
)
from tests.integration.realtime_gateway.gateway_client import Client, Frame, dashboard
from tests.integration.realtime_gateway.stand_ins import AccessApi, Cable
from tests.integration.realtime_gateway.test_ending import is_ready
from tests.ports import free_port

WATCHER = 1


def changes(client: Client, user_id: int) -> list[str]:
    """What a client was told of a user's status, in order."""
    told = [frame["data"] for frame in client.received if frame["type"] == "user:status"]
    return [data["status"] for data in told if data["user_id"] == str(user_id)]


async def told(client: Client, user_id: int, *statuses: str) -> None:
    """Wait until this, and nothing else, was told of a user."""
    await client.until(lambda: len(changes(client, user_id)) >= len(statuses))
    assert changes(client, user_id) == list(statuses)


async def present(client: Client) -> dict[str, str]:
    """Who is present, asked for."""
    answer = await client.command("presence:list")
    return {user["user_id"]: user["status"] for user in answer["data"]["users"]}


@asynccontextmanager
async def watcher(gateway: Gateway) -> AsyncIterator[Client]:
    """A colleague who is there already, and has heard of it."""
    async with gateway.dashboard(token_for(WATCHER)) as client:
        await told(client, WATCHER, "online")
        yield client


async def nothing_more_comes(client: Client, gateway: Gateway, user_id: int) -> None:
    """Let somebody else come and go: whatever was told before that has arrived then."""
    async with gateway.dashboard(token_for(user_id)):
        await told(client, user_id, "online")
    await told(client, user_id, "online", "offline")


async def lose(client: Client) -> None:
    """End the connection without a word."""
    client.socket.transport.abort()
    await client.closed()


async def reaped(before: float, number: int) -> None:
    """Wait until so many connections' time has run out."""

    async def enough() -> bool:
        return metric("presence_reaped_total") - before >= number

    await eventually(enough)


@pytest.fixture
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Long enough for a busy machine to let somebody come back."""
    monkeypatch.setattr(company, "GRACE_MS", 1500)
    monkeypatch.setattr(company, "VIEWER_GRACE_MS", 1500)


async def test_change_is_told_under_both_names(gateway: Gateway) -> None:
    """A colleague's arrival comes as `user:status` and as `presence_update`, with the same data and no position."""
    async with watcher(gateway) as colleague, gateway.dashboard(token_for(7)) as client:
        await told(client, 7, "online")
        await colleague.until(lambda: len([f for f in colleague.received if f.get("channel") == "presence:1"]) == 4)
        frames = [frame for frame in colleague.received if frame.get("data", {}).get("user_id") == "7"]

        assert [frame["type"] for frame in frames] == ["user:status", "presence_update"]
        assert frames[0]["data"] == frames[1]["data"]
        data = frames[0]["data"]
        assert (data["name"], data["status"], data["previous"]) == ("Ana", "online", "offline")
        assert isinstance(data["version"], int)
        assert frames[0]["target"] == "presence"
        assert frames[0]["targetId"] == "1"
        assert "seq" not in frames[0]


async def test_user_is_there_while_any_tab_is(gateway: Gateway, short_grace: None) -> None:
    """Of two tabs one dies: nothing is told. The other dies: offline is told, once, after the grace."""
    before = metric("presence_reaped_total")
    async with watcher(gateway) as colleague:
        async with gateway.dashboard(token_for(7)) as one, gateway.dashboard(token_for(7)) as two:
            await told(two, 7)
            await told(colleague, 7, "online")
            await lose(one)
            await reaped(before, 1)
            await nothing_more_comes(colleague, gateway, 8)
            assert changes(colleague, 7) == ["online"]

            await lose(two)
            await told(colleague, 7, "online", "offline")
        await nothing_more_comes(colleague, gateway, 9)
        assert changes(colleague, 7) == ["online", "offline"]


@pytest.mark.parametrize("code", [1001, 1006])
async def test_reload_is_not_noticed(gateway: Gateway, short_grace: None, code: int) -> None:
    """A page that goes away and comes back within the grace was there all the time, also when that has run out."""
    before = metric("presence_reaped_total")
    async with watcher(gateway) as colleague, gateway.dashboard(token_for(7)) as client:
        await told(colleague, 7, "online")
        await (client.socket.close(code) if code != 1006 else lose(client))
        async with gateway.dashboard(token_for(7)) as again:
            await again.connected()
            await reaped(before, 1)
            await nothing_more_comes(colleague, gateway, 8)

            assert changes(colleague, 7) == ["online"]
            assert await present(again) == {"1": "online", "7": "online"}


async def test_signing_out_is_told_at_once(gateway: Gateway) -> None:
    """A client that closes with 1000 has left, and takes its wishes with it; there is no grace."""
    async with watcher(gateway) as colleague:
        async with gateway.dashboard(token_for(7)) as client:
            await told(colleague, 7, "online")
            await client.command("presence_update", status="busy")
            await client.socket.close(1000)
        await told(colleague, 7, "online", "busy", "offline")
        async with gateway.dashboard(token_for(7)):
            await told(colleague, 7, "online", "busy", "offline", "online")


async def test_wishes_hold_for_all_tabs(gateway: Gateway) -> None:
    """Busy is the user's, in this tab and in one opened later; away is a tab's own, and counts when no other is active."""
    async with watcher(gateway) as colleague, gateway.dashboard(token_for(7)) as one:
        await told(colleague, 7, "online")
        assert (await one.command("presence_update", status="busy"))["data"] == {"status": "busy"}
        async with gateway.dashboard(token_for(7)) as two:
            assert (await two.command("presence_update", status="away"))["data"] == {"status": "busy"}
            assert await present(two) == {"1": "online", "7": "busy"}
            assert (await one.command("presence_update", status="online"))["data"] == {"status": "online"}
            assert (await one.command("presence_update", status="away"))["data"] == {"status": "away"}
            assert (await two.command("presence_update", status="online"))["data"] == {"status": "online"}
        await told(colleague, 7, "online", "busy", "online", "away", "online", "away")


async def test_who_appears_offline_is_not_listed(gateway: Gateway) -> None:
    """Whoever appears offline is for others as if gone, receives everything, and stays so in new tabs."""
    async with watcher(gateway) as colleague, gateway.dashboard(token_for(7)) as one:
        await told(colleague, 7, "online")
        assert (await one.command("presence_update", status="offline"))["data"] == {"status": "offline"}
        await told(colleague, 7, "online", "offline")
        async with gateway.dashboard(token_for(7)) as two:
            listed = await two.command("presence:list")
            assert [user["user_id"] for user in listed["data"]["users"]] == ["1"]
            assert listed["data"]["counts"] == {"online": 1, "away": 0, "busy": 0}
            await nothing_more_comes(colleague, gateway, 8)
            assert changes(colleague, 7) == ["online", "offline"]


async def test_list_says_who_and_since_when(gateway: Gateway) -> None:
    """The list names the present, with a version that later events exceed, and counts them."""
    async with watcher(gateway) as colleague, gateway.dashboard(token_for(7)) as client:
        await told(colleague, 7, "online")
        await client.command("presence_update", status="away")
        data = (await colleague.command("presence:list"))["data"]

        assert data["counts"] == {"online": 1, "away": 1, "busy": 0}
        assert data["stale"] is False
        seven = data["users"][1]
        assert (seven["user_id"], seven["name"], seven["status"]) == ("7", "Ana", "away")
        assert seven["since"].endswith("+00:00")
        await client.command("presence_update", status="online")
        event = await colleague.first(lambda f: f["type"] == "user:status" and f["data"]["previous"] == "away")
        assert event["data"]["version"] > max(seven["version"], 0)
        assert event["data"]["version"] > data["version"]


async def test_other_clinics_hear_nothing(gateway: Gateway) -> None:
    """Presence stays within the clinic."""
    async with gateway.dashboard(token_for(9, clinic_id=2)) as stranger, watcher(gateway) as colleague:
        await told(stranger, 9, "online")
        assert await present(stranger) == {"9": "online"}
        assert await present(colleague) == {"1": "online"}
        assert {frame["channel"] for frame in stranger.received if "channel" in frame} == {"presence:2"}


async def test_two_gateways_are_one_company(start_gateway: StartGateway, short_grace: None) -> None:
    """Tabs on different gateways are one user's; each gateway's clients hear of the other's."""
    before = metric("presence_reaped_total")
    async with start_gateway() as a, start_gateway() as b, watcher(a) as at_a:
        async with b.dashboard(token_for(7)) as one:
            await told(one, 7, "online")
            await told(at_a, 7, "online")
            assert await present(one) == await present(at_a) == {"1": "online", "7": "online"}
            async with a.dashboard(token_for(7)) as two:
                await two.connected()
                await lose(one)
                await reaped(before, 1)
                await nothing_more_comes(at_a, b, 8)
                assert changes(at_a, 7) == ["online"]
                await lose(two)
                await told(at_a, 7, "online", "offline")


async def test_restart_moves_clients_unnoticed(
    start_gateway: StartGateway, short_grace: None, stack: AsyncExitStack
) -> None:
    """Clients of a gateway that stops come back on another one: nobody hears of it."""
    before = metric("presence_reaped_total")
    async with start_gateway() as stays, watcher(stays) as colleague:
        async with start_gateway() as stops:
            client = await stack.enter_async_context(stops.dashboard(token_for(7)))
            await told(colleague, 7, "online")
            stops.task.cancel()
            assert await client.closed() == 1012
            async with stays.dashboard(token_for(7)) as again:
                await again.connected()
                await asyncio.wait([stops.task])
                again_there = await present(again)
                await reaped_by_another(stays, before)
                await nothing_more_comes(colleague, stays, 8)
                assert again_there == {"1": "online", "7": "online"}
                assert changes(colleague, 7) == ["online"]


async def reaped_by_another(gateway: Gateway, before: float) -> None:
    """Arrivals make a gateway look for what has expired."""

    async def once() -> bool:
        async with gateway.dashboard(token_for(99)) as client:
            await client.command("presence_update", status="online")
        return metric("presence_reaped_total") > before

    await eventually(once)


async def test_killed_gateway_takes_its_users_along(
    start_gateway: StartGateway, api: AccessApi, redis_url: str
) -> None:
    """After kill -9 the users of a gateway are offline within expiry and clean-up, told once, by whoever finds out."""
    ws, http = free_port(), free_port()
    short = {"PING_INTERVAL": "500", "PRESENCE_CLEANUP_INTERVAL": "100"}
    ports = {"GATEWAY_WS_PORT": str(ws), "GATEWAY_PORT": str(http)}
    environment = {**os.environ, "REDIS_URL": redis_url, "PROSA_API_URL": api.url, **ports, **short}
    command = (sys.executable, "-m", "services.realtime_gateway")
    process = await asyncio.create_subprocess_exec(*command, env=environment)
    try:
        await eventually(lambda: is_ready(http))
        async with (
            start_gateway(**short) as other,
            start_gateway(**short) as third,
            watcher(other) as colleague,
            third.dashboard(token_for(2)) as second,
            dashboard(f"ws://127.0.0.1:{ws}/ws", token_for(7)),
        ):
            await told(colleague, 7, "online")
            process.send_signal(signal.SIGKILL)
            await process.wait()

            await told(colleague, 7, "online", "offline")
            await second.until(lambda: changes(second, 7)[-1:] == ["offline"])
            assert await present(colleague) == {"1": "online", "2": "online"}
            assert changes(second, 7).count("offline") == 1
            assert changes(colleague, 1) == ["online"]
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_emptied_redis_is_not_noticed(gateway: Gateway, redis: Redis) -> None:
    """After FLUSHALL everybody is said again, with their wishes, and nobody is told a thing."""
    async with watcher(gateway) as colleague, gateway.dashboard(token_for(7)) as client:
        await told(colleague, 7, "online")
        await client.command("presence_update", status="busy")
        await told(colleague, 7, "online", "busy")
        await redis.flushall()
        await client.command("presence_update", status="away")  # makes this gateway find out

        await redis.client_kill_filter(_type="pubsub")
        await eventually(lambda: two_users(redis))
        await nothing_more_comes(colleague, gateway, 8)
        assert await present(colleague) == {"1": "online", "7": "busy"}
        assert changes(colleague, 7) == ["online", "busy"]
        assert changes(colleague, 1) == ["online"]


async def test_gap_is_repaired_by_differences(start_gateway: StartGateway, redis_cable: Cable, redis: Redis) -> None:
    """What a gateway could not hear it finds out afterwards; its clients are told just that."""
    async with (
        start_gateway(REDIS_URL=f"redis://127.0.0.1:{redis_cable.port}/0") as cut,
        start_gateway() as whole,
        watcher(cut) as colleague,
        whole.dashboard(token_for(6)) as six,
        AsyncExitStack() as leaving,
    ):
        seven = await leaving.enter_async_context(whole.dashboard(token_for(7)))
        await told(colleague, 6, "online")
        await told(colleague, 7, "online")
        await redis.hset("{prosa:1:presence:1}:clock", "born", "0")  # not a Redis that forgot everybody just now
        redis_cable.cut()
        await seven.socket.close(1000)
        await six.until(lambda: changes(six, 7)[-1:] == ["offline"])
        async with whole.dashboard(token_for(8)):
            await told(six, 8, "online")
            answer = await colleague.command("presence:list")
            assert answer["data"]["stale"] is True
            redis_cable.mend()

            await told(colleague, 8, "online")
            await told(colleague, 7, "online", "offline")
            assert changes(colleague, 6) == ["online"]
            assert changes(colleague, 1) == ["online"]


async def test_silence_of_redis_counts_for_nobody(
    start_gateway: StartGateway, redis_cable: Cable, redis: Redis
) -> None:
    """While no gateway reaches Redis nobody's time runs out, and the first to return does not clear the room."""
    cabled = {"REDIS_URL": f"redis://127.0.0.1:{redis_cable.port}/0", "PING_INTERVAL": 400}
    async with start_gateway(**cabled) as a, start_gateway(**cabled) as b, watcher(a) as colleague:
        async with b.dashboard(token_for(7)) as client:
            await told(colleague, 7, "online")
            redis_cable.cut()
            await eventually(lambda: everybody_expired(redis))
            redis_cable.mend()
            await a.until_ready()
            await b.until_ready()

            answer = await client.command("presence_update", status="busy")
            while not answer["ok"]:
                answer = await client.command("presence_update", status="busy")
            await told(colleague, 7, "online", "busy")
            assert changes(colleague, 1) == ["online"]


async def everybody_expired(redis: Redis) -> bool:
    seconds, micros = await redis.time()
    now = seconds * 1000 + micros // 1000
    return not await redis.zcount("{prosa:1:presence:1}:connections", now, "+inf")


async def test_status_without_redis_is_temporary(cabled_gateway: Gateway, redis_cable: Cable) -> None:
    """A wish that cannot be told is refused for now; the socket lives, and the wish is not met behind the user's back."""
    async with watcher(cabled_gateway) as client:
        redis_cable.cut()
        answer = await client.command("presence_update", status="busy")
        assert answer["error"]["code"] == "unavailable"
        assert answer["error"]["temporary"] is True
        redis_cable.mend()
        await cabled_gateway.until_ready()

        await nothing_more_comes(client, cabled_gateway, 8)
        assert changes(client, WATCHER) == ["online"]


async def test_signing_out_without_redis_is_told_later(
    start_gateway: StartGateway, redis_cable: Cable, redis: Redis
) -> None:
    """Who signs out while the gateway does not reach Redis is gone for others as soon as it does."""
    async with (
        start_gateway() as whole,
        watcher(whole) as colleague,
        start_gateway(REDIS_URL=f"redis://127.0.0.1:{redis_cable.port}/0") as cut,
        cut.dashboard(token_for(7)) as client,
    ):
        await told(colleague, 7, "online")
        redis_cable.cut()
        await client.socket.close(1000)
        await nothing_more_comes(colleague, whole, 8)
        assert changes(colleague, 7) == ["online"]
        redis_cable.mend()

        await told(colleague, 7, "online", "offline")


async def test_crowd_is_told_the_last_of_each(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, stack: AsyncExitStack
) -> None:
    """In a large company changes are gathered: of somebody who changes twice in a moment the last is told."""
    monkeypatch.setattr(room, "CROWD", 0)
    async with watcher(gateway) as colleague, gateway.dashboard(token_for(7)) as client:
        await told(colleague, 7, "online")
        monkeypatch.setattr(room, "GATHER_SECONDS", 3.0)
        for status in ("busy", "online", "away"):
            assert (await client.command("presence_update", status=status))["data"] == {"status": status}

        await told(colleague, 7, "online", "away")
        event: Frame = [f for f in colleague.received if f["type"] == "user:status"][-1]
        assert event["data"]["previous"] == "online"


async def test_gateway_ends_with_nobody_left(start_gateway: StartGateway, redis: Redis, short_grace: None) -> None:
    """Nothing of those who signed out stays in Redis but the clock; what the gateway says of itself expires."""
    async with start_gateway() as gateway:
        async with gateway.dashboard(token_for(7)) as client:
            await client.command("conversation:join", conversation_id="12")
            await told(client, 7, "online")

        async def empty() -> Any:
            keys = [key async for key in redis.scan_iter("*") if not key.endswith((":position", ":clock"))]
            return set(keys) <= {GATEWAYS_KEY}

        await eventually(empty)
        assert await redis.ttl(GATEWAYS_KEY) != -1


async def two_users(redis: Redis) -> bool:
    return int(await redis.hlen("{prosa:1:presence:1}:users")) == 2
