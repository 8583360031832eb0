"""Who types, and who looks: told to those who have the conversation open, and over as soon as it is."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from redis.asyncio import Redis

from services.realtime_gateway.examples import EVENT_DATA
from services.realtime_gateway.presence import company, typists
from shared.events.live import live_event
from shared.pubsub import typing as shared_typing
from shared.pubsub.history import OutboxEntry, publish
from shared.pubsub.typing import announce_typing
from tests.integration.realtime_gateway.conftest import Gateway, StartGateway, eventually, token_for
from tests.integration.realtime_gateway.gateway_client import Client
from tests.integration.realtime_gateway.stand_ins import AccessApi, Cable


def typing(client: Client) -> list[tuple[str | None, bool]]:
    """What a client was told of typing, in order."""
    told = [frame["data"] for frame in client.received if frame["type"] == "conversation:typing"]
    return [(data["user"]["id"], data["typing"]) for data in told]


def viewers(client: Client) -> list[list[str]]:
    """What a client was told of viewers, in order."""
    told = [frame["data"] for frame in client.received if frame["type"] == "conversation:viewers"]
    return [[viewer["user_id"] for viewer in data["viewers"]] for data in told]


@asynccontextmanager
async def reader(gateway: Gateway, user_id: int, conversation: str = "12") -> AsyncIterator[Client]:
    """Somebody who has a conversation open."""
    async with gateway.dashboard(token_for(user_id)) as client:
        assert (await client.command("conversation:join", conversation_id=conversation))["ok"]
        yield client


def patient_types(typing: bool) -> OutboxEntry:
    data = {
        "conversation_id": "12",
        "user": {"id": None, "name": "Maria", "kind": "patient"},
        "typing": typing,
        "state": "composing" if typing else "paused",
    }
    return OutboxEntry(1, 1, live_event("conversation:typing", "conversa", 12, data, datetime.now(UTC), ephemeral=True))


async def test_typing_is_told_to_the_others(gateway: Gateway) -> None:
    """Colleagues and the typist's other tabs learn who types and who no longer does; the typist's own tab does not."""
    async with reader(gateway, 1) as colleague, reader(gateway, 7) as typist, reader(gateway, 7) as other_tab:
        assert (await typist.command("typing_start", conversation_id="12"))["data"] == {}
        await colleague.until(lambda: typing(colleague) == [("7", True)])
        event = next(frame for frame in colleague.received if frame["type"] == "conversation:typing")
        assert event["data"] == {
            "conversation_id": "12",
            "user": {"id": "7", "name": "Ana", "kind": "agent"},
            "typing": True,
            "state": "composing",
        }
        assert "seq" not in event
        assert (await typist.command("typing_stop", conversation_id="12"))["data"] == {}
        await colleague.until(lambda: typing(colleague) == [("7", True), ("7", False)])
        await other_tab.until(lambda: typing(other_tab) == [("7", True), ("7", False)])
        assert typing(typist) == []


async def test_renewals_are_not_passed_on_faster(gateway: Gateway) -> None:
    """However often a client says that it types, the others hear it once in two seconds; stopping twice is once."""
    async with reader(gateway, 1) as colleague, reader(gateway, 7) as typist:
        for _ in range(10):
            assert (await typist.command("typing_start", conversation_id="12"))["ok"]
        for _ in range(3):
            assert (await typist.command("typing_stop", conversation_id="12"))["ok"]
        await typist.command("typing_start", conversation_id="12")

        await colleague.until(lambda: len(typing(colleague)) >= 3)
        assert typing(colleague) == [("7", True), ("7", False), ("7", True)]


async def test_silence_ends_typing(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who says nothing more has stopped, after some seconds."""
    monkeypatch.setattr(typists, "TYPING_SECONDS", 3.0)
    async with reader(gateway, 1) as colleague, reader(gateway, 7) as typist:
        await typist.command("typing_start", conversation_id="12")

        await colleague.until(lambda: typing(colleague) == [("7", True), ("7", False)])


@pytest.mark.parametrize("how", ["leave", "close", "lose"])
async def test_leaving_ends_typing(gateway: Gateway, how: str) -> None:
    """Who closes the conversation, or the socket, or loses it, types no longer."""
    async with reader(gateway, 1) as colleague, reader(gateway, 7) as typist:
        await typist.command("typing_start", conversation_id="12")
        await colleague.until(lambda: typing(colleague) == [("7", True)])
        match how:
            case "leave":
                await typist.command("conversation:leave", conversation_id="12")
            case "close":
                await typist.socket.close(1000)
            case "lose":
                typist.socket.transport.abort()

        await colleague.until(lambda: typing(colleague) == [("7", True), ("7", False)])


async def test_own_message_ends_typing(gateway: Gateway, redis: Redis) -> None:
    """The message that was typed ends its author's typing, and nobody else's."""
    async with reader(gateway, 1) as colleague, reader(gateway, 7) as typist, reader(gateway, 8) as other:
        for client in (typist, other):
            await client.command("typing_start", conversation_id="12")
        await colleague.until(lambda: len(typing(colleague)) == 2)
        data = EVENT_DATA["message:new"] | {"sender_user_id": "7"}
        await publish(redis, [OutboxEntry(1, 1, live_event("message:new", "conversa", 12, data, datetime.now(UTC)))])

        await colleague.until(lambda: len(typing(colleague)) == 3)
        assert typing(colleague)[2] == ("7", False)
        await other.command("typing_stop", conversation_id="12")
        await colleague.until(lambda: typing(colleague)[3:] == [("8", False)])


async def test_joining_tells_who_types(start_gateway: StartGateway, redis: Redis) -> None:
    """Who opens a conversation on another gateway learns which agents and patients type in it just then."""
    async with start_gateway() as a, start_gateway() as b, reader(a, 1) as colleague, reader(a, 7) as typist:
        await typist.command("typing_start", conversation_id="12")
        await announce_typing(redis, [patient_types(typing=True)])
        await colleague.until(lambda: set(typing(colleague)) == {("7", True), (None, True)})

        async with b.dashboard(token_for(8)) as late:
            joined = await late.command("conversation:join", conversation_id="12")
            assert {user["user"]["name"] for user in joined["data"]["typing"]} == {"Ana", "Maria"}
            assert all(user["typing"] for user in joined["data"]["typing"])

        await announce_typing(redis, [patient_types(typing=False)])
        await typist.command("typing_stop", conversation_id="12")
        await colleague.until(lambda: set(typing(colleague)[2:]) == {("7", False), (None, False)})
        async with b.dashboard(token_for(8)) as later:
            joined = await later.command("conversation:join", conversation_id="12")
            assert joined["data"]["typing"] == []


async def test_typing_is_forgotten_in_time(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """A patient who stops without a word, or whose gateway died, does not type for ever."""
    monkeypatch.setattr(shared_typing, "TYPING_SECONDS", 0.5)
    await announce_typing(redis, [patient_types(typing=True)])

    async def nobody() -> bool:
        return await shared_typing.typing_now(redis, 1, "conversa:12") == []

    async def nothing() -> bool:
        return await redis.keys("*:typing") == []

    assert not await nobody()
    await eventually(nobody)
    await eventually(nothing)


async def test_typing_in_what_one_may_not_see(gateway: Gateway, api: AccessApi) -> None:
    """Typing needs the right to the conversation; it need not be open, and may be named by its external id."""
    external = "5511965860124551150391104"
    async with reader(gateway, 1) as colleague, gateway.dashboard(token_for(7)) as client:
        for command in ("typing_start", "typing_stop"):
            answer = await client.command(command, conversation_id="90")
            assert answer["error"]["code"] == "not_found"
        assert (await client.command("typing_start", conversation_id=external))["ok"]
        await colleague.until(lambda: typing(colleague) == [("7", True)])
        asked = len(api.asked)
        await client.command("conversation:join", conversation_id=external)
        await client.command("typing_stop", conversation_id=external)
        await colleague.until(lambda: typing(colleague) == [("7", True), ("7", False)])
        assert len(api.asked) == asked


async def test_typing_without_redis_is_lost_and_no_more(cabled_gateway: Gateway, redis_cable: Cable) -> None:
    """Typing that cannot be told now is not told later; the socket does not notice."""
    async with reader(cabled_gateway, 1) as colleague, reader(cabled_gateway, 7) as typist:
        redis_cable.cut()
        await typist.command("typing_start", conversation_id="12")
        assert (await typist.command("ping"))["ok"]
        redis_cable.mend()
        await cabled_gateway.until_ready()
        await typist.command("typing_stop", conversation_id="12")

        await colleague.until(lambda: typing(colleague) == [("7", False)])


async def test_viewers_are_told_and_listed(start_gateway: StartGateway) -> None:
    """Who has a conversation open is in the reply to who opens it, on any gateway, and told as it changes: by user."""
    async with start_gateway() as a, start_gateway() as b, reader(a, 1) as one:
        await one.until(lambda: viewers(one) == [["1"]])
        async with b.dashboard(token_for(7)) as seven, reader(b, 7, "13"):
            joined = await seven.command("conversation:join", conversation_id="12")
            assert joined["data"]["viewers"] == [{"user_id": "1", "name": "Ana"}]
            await one.until(lambda: viewers(one) == [["1"], ["1", "7"]])
            async with reader(a, 7) as tab:
                await tab.command("conversation:leave", conversation_id="12")
            await seven.command("conversation:leave", conversation_id="12")
            await one.until(lambda: viewers(one) == [["1"], ["1", "7"], ["1"]])


async def test_viewer_who_reloads_has_looked_all_the_time(gateway: Gateway) -> None:
    """Losing the connection for a moment is no leaving."""
    async with reader(gateway, 1) as one:
        async with gateway.dashboard(token_for(7)) as seven:
            await seven.command("conversation:join", conversation_id="12")
            await one.until(lambda: viewers(one)[-1] == ["1", "7"])
            await seven.socket.close(1001)
        async with reader(gateway, 7), reader(gateway, 8):
            await one.until(lambda: viewers(one)[-1] == ["1", "7", "8"])
        assert ["1"] not in viewers(one)[1:]


async def test_viewers_who_are_gone(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who does not come back is no viewer any more, after a short while."""
    monkeypatch.setattr(company, "VIEWER_GRACE_MS", 200)
    async with reader(gateway, 1) as one:
        async with gateway.dashboard(token_for(7)) as seven:
            await seven.command("conversation:join", conversation_id="12")
            await one.until(lambda: viewers(one)[-1] == ["1", "7"])
            seven.socket.transport.abort()
            await one.until(lambda: viewers(one)[-1] == ["1"])


async def test_who_appears_offline_looks_unseen(gateway: Gateway) -> None:
    """Appearing offline holds in conversations, too, from the moment it is wished to the moment it is not."""
    async with reader(gateway, 1) as one, reader(gateway, 7) as seven:
        await one.until(lambda: viewers(one)[-1] == ["1", "7"])
        await seven.command("presence_update", status="offline")
        await one.until(lambda: viewers(one)[-1] == ["1"])
        async with gateway.dashboard(token_for(8)) as late:
            joined: Any = await late.command("conversation:join", conversation_id="12")
            assert [viewer["user_id"] for viewer in joined["data"]["viewers"]] == ["1"]
        await seven.command("presence_update", status="online")
        await one.until(lambda: "7" in viewers(one)[-1])
