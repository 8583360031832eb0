"""Who polls is here, as somebody with a socket is."""

import asyncio
from typing import Any

import pytest

from services.realtime_gateway.presence import company
from tests.integration.realtime_gateway.conftest import Gateway, StartGateway, eventually, metric, token_for
from tests.integration.realtime_gateway.gateway_client import Client
from tests.integration.realtime_gateway.polling_client import polling_client

BRUNO = 8
TAB = "tab-0001"


async def seen(client: Client, user_id: int = 7) -> list[str]:
    """How a user was seen to change, as far as the client was told by now."""
    await client.command("ping")
    changes = [frame["data"] for frame in client.received if frame["type"] == "user:status"]
    return [change["status"] for change in changes if change["user_id"] == str(user_id)]


async def until_seen(client: Client, status: str) -> None:
    async def so() -> bool:
        return (await seen(client))[-1:] == [status]

    await eventually(so)


async def test_polling_user_is_seen_and_does_not_flicker(start_gateway: StartGateway) -> None:
    """Polls of one tab that go to two gateways in turn are one arrival."""
    async with start_gateway() as one, start_gateway() as other, one.dashboard(token_for(BRUNO)) as colleague:
        await colleague.connected()
        async with polling_client(one.http, token_for(), TAB) as client:
            await client.poll("presence:1,empresa:1")
            await until_seen(colleague, "online")
            for gateway in (other, one) * 5:
                client.url = gateway.http
                await client.poll(wait=0.02)

            listed = (await client.command("presence:list"))["data"]

        assert await seen(colleague) == ["online"]
        assert {user["user_id"] for user in listed["users"]} == {"7", str(BRUNO)}


async def a_poll_waits() -> bool:
    return metric("polls_waiting") == 1


async def test_tab_that_goes_away_is_noticed(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its user is offline after the grace that a lost socket has."""
    monkeypatch.setattr(company, "GRACE_MS", 300)
    async with (
        gateway.dashboard(token_for(BRUNO)) as colleague,
        polling_client(gateway.http, token_for(), TAB) as client,
    ):
        await colleague.connected()
        await client.poll("empresa:1")
        poll = asyncio.create_task(client.poll())
        await eventually(a_poll_waits)
        poll.cancel()

        await until_seen(colleague, "offline")


async def test_poll_without_a_name_counts_for_nobody(gateway: Gateway) -> None:
    """It could not be told from the next one. A poll with a name, which comes after it, is seen."""
    async with gateway.dashboard(token_for(BRUNO)) as colleague:
        await colleague.connected()
        async with polling_client(gateway.http, token_for()) as unnamed:
            await unnamed.poll("empresa:1", wait=0)
        async with polling_client(gateway.http, token_for(9), TAB) as named:
            await named.poll("empresa:1", wait=0)

        async def seen_last() -> bool:
            return await seen(colleague, 9) == ["online"]

        await eventually(seen_last)
        assert await seen(colleague, 7) == []


async def test_presence_is_listed_where_nobody_has_a_socket(gateway: Gateway) -> None:
    """A gateway that follows nothing looks it up."""
    async with polling_client(gateway.http, token_for()) as client:
        await client.command("presence_update", status="busy")

        listed = (await client.command("presence:list"))["data"]

    assert [(user["user_id"], user["status"]) for user in listed["users"]] == [("7", "busy")]


async def test_typing_goes_on_between_polls(gateway: Gateway) -> None:
    """It is posted, told to others, not told to its own tab, and not ended by the poll's end."""
    async with (
        gateway.dashboard(token_for(BRUNO)) as colleague,
        polling_client(gateway.http, token_for(), TAB) as client,
    ):
        await colleague.command("conversation:join", conversation_id="12")
        await client.poll("conversa:12")
        await client.command("typing_start", conversation_id="12")
        await client.poll(wait=0.1)
        await client.poll(wait=0)
        await client.command("typing_stop", conversation_id="12")

        await colleague.until(lambda: len(typing_of(colleague)) >= 2)

        assert typing_of(colleague) == [True, False]
        assert [frame for frame in client.ephemeral if frame["type"] == "conversation:typing"] == []


def typing_of(client: Client) -> list[Any]:
    return [frame["data"]["typing"] for frame in client.received if frame["type"] == "conversation:typing"]


async def test_poll_is_told_who_comes(gateway: Gateway) -> None:
    """A poll of the clinic's presence ends with the news of a colleague."""
    async with polling_client(gateway.http, token_for()) as polling:
        await polling.poll("presence:1")
        waiting = asyncio.create_task(polling.poll())
        await eventually(a_poll_waits)
        async with gateway.dashboard(token_for(user_id=8)) as colleague:
            await colleague.connected()
            while not any(
                event["type"] == "user:status" and event["data"]["user_id"] == "8" for event in polling.ephemeral
            ):
                await waiting
                waiting = asyncio.create_task(polling.poll(wait=1))
        waiting.cancel()
