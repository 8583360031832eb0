"""Tokens of sockets that are open."""

from datetime import timedelta

import pytest

from services.realtime_gateway.connections import lifetimes
from tests.integration.realtime_gateway.conftest import Gateway, StartGateway, token_for


async def test_socket_is_warned_before_its_token_ends(gateway: Gateway) -> None:
    """A page hears in time that it needs another token."""
    async with gateway.dashboard(token_for(life=timedelta(seconds=30))) as client:
        warning = await client.first(lambda frame: frame["type"] == "token_expiring")

        assert warning["data"]["expires_at"] > 0


async def test_renewed_token_keeps_the_socket(gateway: Gateway) -> None:
    """A socket with a newer token outlives the older one, which another socket of the same age does not."""
    short = timedelta(seconds=3)
    async with gateway.dashboard(token_for(life=short)) as renewed, gateway.dashboard(token_for(life=short)) as other:
        await renewed.connected()
        answer = await renewed.command("auth", token=token_for(life=timedelta(hours=1)))

        assert answer["ok"]
        assert await other.closed() == 4440
        assert (await renewed.command("ping"))["ok"]


@pytest.mark.parametrize(
    "token",
    [
        "nonsense",
        token_for(life=timedelta(seconds=-5)),
        token_for(secret="another-secret-of-at-least-32-bytes!!"),
        token_for(user_id=8),
        token_for(user_id=7, clinic_id=2),
    ],
)
async def test_socket_stays_whose_it_is(gateway: Gateway, token: str) -> None:
    """A token that is invalid or another's is refused in words, and the socket goes on with its own."""
    async with gateway.dashboard() as client:
        answer = await client.command("auth", token=token)

        assert answer["error"]["code"] == "bad_token"
        assert not answer["error"]["temporary"]
        assert (await client.command("conversation:join", conversation_id="12"))["ok"]


async def test_connections_begin_anew_in_time(start_gateway: StartGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that has lived long enough is told when to come back, and closed with 1012."""
    monkeypatch.setattr(lifetimes, "CHECK_SECONDS", 0.05)
    async with start_gateway(GATEWAY_CONNECTION_AGE=1) as gateway, gateway.dashboard() as client:
        assert await client.closed() == 1012

        assert client.received[-1]["type"] == "going_away"
        assert client.received[-1]["data"]["reconnect_ms"] >= 0
