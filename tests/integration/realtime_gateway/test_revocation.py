"""Sessions that are ended, and rights that change, while sockets are open."""

import asyncio
import time
from datetime import UTC, datetime

import pytest
from redis.asyncio import Redis

from services.realtime_gateway import authority
from shared.events.live import LiveEvent
from shared.events.sessions import session_changed, session_revoked
from shared.pubsub.history import OutboxEntry, publish
from tests.integration.realtime_gateway.conftest import Gateway, Publisher, StartGateway, eventually, metric, token_for
from tests.integration.realtime_gateway.polling_client import polling_client
from tests.integration.realtime_gateway.stand_ins import AccessApi, Cable


def ended(user_id: int = 7, ahead: float = 1.0) -> LiveEvent:
    """The word that all sessions which began before a moment from now are over."""
    moment = datetime.fromtimestamp(time.time() + ahead, UTC)
    return session_revoked(user_id, "deactivated", moment, datetime.now(UTC))


async def tell(redis: Redis, event: LiveEvent, clinic_id: int = 1) -> None:
    await publish(redis, [OutboxEntry(f"{time.time_ns()}", clinic_id, event)])


async def test_ended_session_ends_its_sockets(gateway: Gateway, redis: Redis) -> None:
    """All of the user's sockets are closed for good as soon as it is told, and nobody else's."""
    async with (
        gateway.dashboard() as one,
        gateway.dashboard() as other,
        gateway.dashboard(token_for(user_id=8)) as colleague,
    ):
        for client in (one, other, colleague):
            await client.connected()
        await tell(redis, ended())

        assert [await one.closed(), await other.closed()] == [4503, 4503]
        assert "sign in" in one.close_reason
        assert (await colleague.command("ping"))["ok"]


async def test_session_that_began_since_goes_on(gateway: Gateway, redis: Redis) -> None:
    """Who signed in again after their sessions were ended is not concerned, however late it is told."""
    async with gateway.dashboard() as client:
        await client.connected()
        await tell(redis, ended(ahead=-60))
        await client.first(lambda frame: frame["type"] == "session:revoked")

        assert (await client.command("ping"))["ok"]


async def test_end_that_was_missed_is_made_up_for(cabled_gateway: Gateway, redis_cable: Cable, redis: Redis) -> None:
    """A gateway that was cut off while a session was ended ends its sockets when it is back."""
    async with cabled_gateway.dashboard() as client:
        await client.connected()
        redis_cable.cut()
        await tell(redis, ended())
        redis_cable.mend()

        assert await client.closed() == 4503


async def test_forgotten_channel_is_asked_about(gateway: Gateway, redis: Redis, api: AccessApi) -> None:
    """Where what was told of a session may be lost, the API is asked; it knows."""
    async with gateway.dashboard() as client, gateway.dashboard(token_for(user_id=8)) as colleague:
        await client.connected()
        await colleague.connected()
        api.signed_out.add(7)
        await redis.flushall()
        for user_id in (7, 8):
            await tell(redis, session_changed(user_id, "agent", datetime.now(UTC)))

        assert await client.closed() == 4503
        assert (await colleague.command("ping"))["ok"]


async def test_token_of_an_ended_session_lets_nobody_in(gateway: Gateway, api: AccessApi) -> None:
    """A token that has not expired is worth nothing once its session is over: neither a socket nor a poll."""
    api.signed_out.add(7)
    async with gateway.dashboard() as client, polling_client(gateway.http, token_for()) as polling:
        assert await client.closed() == 4503
        async with polling.polling("empresa:1", wait=0) as refused:
            assert refused.status == 401


async def test_end_during_the_welcome_is_not_missed(gateway: Gateway, redis: Redis, api: AccessApi) -> None:
    """A session that is ended after the API said yes, and before the socket is open, has no socket either."""
    asked, answer = asyncio.Event(), asyncio.Event()
    async with gateway.dashboard(token_for(user_id=8)) as colleague:
        await colleague.connected()
        api.session_gate = asked, answer
        async with gateway.dashboard() as client:
            await asked.wait()
            await tell(redis, ended())
            await Publisher(redis).publish(1, target="empresa")
            await colleague.sequence("empresa:1", 1)  # what was published before has been heard, too
            answer.set()

            assert await client.closed() == 4503
            assert "connected" not in {frame["type"] for frame in client.received}


async def test_yes_of_a_moment_ago_is_worth_nothing(gateway: Gateway, api: AccessApi) -> None:
    """Who was signed out while they had no socket here comes in no more, however shortly before they were welcome."""
    async with gateway.dashboard() as client:
        await client.connected()
    api.signed_out.add(7)

    async with gateway.dashboard() as client:
        assert await client.closed() == 4503


async def test_end_of_a_session_ends_its_polls(gateway: Gateway, redis: Redis, api: AccessApi) -> None:
    """A poll that waits is answered at once, and the next one is refused."""
    async with polling_client(gateway.http, token_for()) as polling:
        await polling.poll("empresa:1")
        waiting = asyncio.create_task(polling.poll())
        await eventually(subscribed)
        api.signed_out.add(7)
        await tell(redis, ended())

        await waiting
        async with polling.polling("empresa:1") as refused:
            assert refused.status == 401


async def subscribed() -> bool:
    return metric("subscriptions") > 0


async def test_silent_api_keeps_nobody_out_for_good_or_in(
    gateway: Gateway, api: AccessApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the API says nothing a valid token lets in; when it speaks again, whose session is over must go."""
    api.knows_sessions = False
    api.signed_out.add(7)
    async with gateway.dashboard() as client, gateway.dashboard(token_for(user_id=8)) as colleague:
        await client.connected()
        await colleague.connected()
        api.knows_sessions = True

        assert await client.closed() == 4503
        assert (await colleague.command("ping"))["ok"]


async def test_lost_right_ends_the_listening(start_gateway: StartGateway, api: AccessApi, redis: Redis) -> None:
    """Who may see a conversation no longer hears no more of it, and is told to fetch it; other channels go on."""
    async with start_gateway() as gateway, gateway.dashboard() as client:
        for conversation_id in ("12", "13"):
            assert (await client.command("conversation:join", conversation_id=conversation_id))["ok"]
        del api.conversations[1]["12"]
        await tell(redis, session_changed(7, "agent", datetime.now(UTC)))

        reset = await client.first(lambda frame: frame["type"] == "reset")
        assert reset["channel"] == "conversa:12"
        assert (await client.command("conversation:join", conversation_id="12"))["error"]["code"] == "not_found"
        assert (await client.command("conversation:join", conversation_id="13"))["ok"]
    assert authority.REMEMBERED_SECONDS > 1
