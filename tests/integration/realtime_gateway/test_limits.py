"""Nobody takes the room of all the others."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from websockets.exceptions import InvalidStatus

from services.realtime_gateway.connections import rate_limit
from tests.integration.realtime_gateway.conftest import StartGateway, token_for


async def test_one_user_too_many_sockets_closes_the_oldest(start_gateway: StartGateway) -> None:
    """A page that leaks sockets loses its oldest (4409); its newest and everybody else's stay."""
    async with (
        start_gateway(GATEWAY_CONNECTIONS_PER_USER=2) as gateway,
        gateway.dashboard(token_for(user_id=8)) as colleague,
        gateway.dashboard() as first,
    ):
        await colleague.connected()
        await first.connected()
        async with gateway.dashboard() as second, gateway.dashboard() as third:
            await second.connected()
            await third.connected()

            assert await first.closed() == 4409
            for client in (second, third, colleague):
                assert (await client.command("ping"))["ok"]


async def test_sockets_that_do_not_close_take_no_place(start_gateway: StartGateway, stack: AsyncExitStack) -> None:
    """However many a user opens, and however slowly the oldest close, each new one makes another go."""
    async with start_gateway(GATEWAY_CONNECTIONS_PER_USER=2) as gateway:
        clients = [await stack.enter_async_context(gateway.dashboard()) for _ in range(8)]
        for client in clients:
            await client.connected()

        assert [await client.closed() for client in clients[:-2]] == [4409] * 6
        assert [client.close_code for client in clients[-2:]] == [None, None]


async def test_full_clinic_leaves_room_for_others(start_gateway: StartGateway) -> None:
    """A clinic with as many sockets as it may have gets 1013 for the next; another clinic connects."""
    async with start_gateway(GATEWAY_CONNECTIONS_PER_CLINIC=1) as gateway, gateway.dashboard() as inside:
        await inside.connected()
        async with gateway.dashboard(token_for(user_id=8)) as late:
            assert await late.closed() == 1013
            assert "clinic" in late.close_reason
        async with gateway.dashboard(token_for(user_id=90, clinic_id=2)) as other:
            await other.connected()
        assert (await inside.command("ping"))["ok"]


async def test_storm_of_handshakes_is_admitted_at_a_rate(start_gateway: StartGateway) -> None:
    """More than may come at once are told by HTTP to come later, before they cost anything."""
    async with start_gateway(WEBSOCKET_MAX_CONNECTIONS=9, GATEWAY_HANDSHAKES_PER_SECOND=1) as gateway:

        async def attempt() -> None:
            async with gateway.dashboard() as client:
                await client.connected()

        refused = [
            error
            for _ in range(4)
            for error in await asyncio.gather(*(attempt() for _ in range(9)), return_exceptions=True)
            if isinstance(error, InvalidStatus)
        ]

        assert refused
        assert {error.response.status_code for error in refused} == {503}
        assert all(1 <= int(error.response.headers["Retry-After"]) <= 15 for error in refused)


async def test_all_tabs_of_a_user_share_an_allowance(
    start_gateway: StartGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several tabs together may not send more than the user's share; a colleague does not notice."""
    monkeypatch.setattr("services.realtime_gateway.sockets.census.EVENTS_OF_USER_PER_MINUTE", 10)
    async with (
        start_gateway() as gateway,
        gateway.dashboard() as one,
        gateway.dashboard() as two,
        gateway.dashboard(token_for(user_id=8)) as colleague,
    ):
        answers = [await tab.command("ping") for _ in range(6) for tab in (one, two)]

        assert [answer["ok"] for answer in answers[:10]] == [True] * 10
        assert answers[11]["error"]["code"] == "rate_limited"
        assert answers[11]["error"]["retry_ms"] > 0
        assert len(answers) < rate_limit.EVENTS_PER_MINUTE
        assert (await colleague.command("ping"))["ok"]
