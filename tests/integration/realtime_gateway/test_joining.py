"""Who gets which events: rights, tenants, joining and leaving."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from redis.asyncio import Redis

from services.realtime_gateway import authority
from services.realtime_gateway.commands import joins
from shared.pubsub.channels import redis_channel
from tests.integration.realtime_gateway.conftest import Gateway, Publisher, eventually, metric, token_for
from tests.integration.realtime_gateway.gateway_client import PATIENCE_SECONDS
from tests.integration.realtime_gateway.stand_ins import AccessApi


async def subscribers(redis: Redis, clinic_id: int, channel: str) -> int:
    """How many links Redis counts on a channel."""
    [(_, number)] = await redis.pubsub_numsub(redis_channel(clinic_id, channel))
    return int(number)


async def test_foreign_conversation_looks_missing(gateway: Gateway, api: AccessApi) -> None:
    """What another clinic owns, what the user may not see and what does not exist are refused in the same words."""
    async with gateway.dashboard() as client:
        foreign = await client.command("conversation:join", conversation_id="90")
        missing = await client.command("conversation:join", conversation_id="404404")
        api.status = 403
        forbidden = await client.command("conversation:join", conversation_id="12")

        assert foreign["error"] == missing["error"] == forbidden["error"]
        assert foreign["error"]["code"] == "not_found"
        assert foreign["error"]["temporary"] is False


async def test_refused_join_delivers_nothing(gateway: Gateway, publisher: Publisher) -> None:
    """A client whose join was refused gets no event of that conversation, only of its own clinic."""
    async with gateway.dashboard(token_for(clinic_id=2)) as client:
        await client.command("conversation:join", conversation_id="12")

        await publisher.publish(12, clinic_id=1)
        await publisher.publish(12, clinic_id=2)
        await publisher.publish(2, clinic_id=2, target="empresa")

        assert await client.sequence("empresa:2", 1) == [1]
        assert client.events("conversa:12") == []


async def test_clinics_never_see_each_other(gateway: Gateway, publisher: Publisher, api: AccessApi) -> None:
    """Two clinics' channels of the same name, here conversation 12 and user 7, are two channels."""
    api.conversations[2]["12"] = "12"
    async with gateway.dashboard(token_for(clinic_id=1)) as ours, gateway.dashboard(token_for(clinic_id=2)) as theirs:
        for client in (ours, theirs):
            assert (await client.command("conversation:join", conversation_id="12"))["ok"]

        for target, target_id in (("conversa", 12), ("atendente", 7), ("empresa", 1), ("presence", 1)):
            await publisher.publish(target_id, clinic_id=1, target=target)  # type: ignore[arg-type]
        await publisher.publish(2, clinic_id=2, target="empresa")

        await theirs.sequence("empresa:2", 1)
        await ours.sequence("presence:1", 1)
        assert {frame["channel"] for frame in ours.received if "seq" in frame} == {
            "conversa:12",
            "atendente:7",
            "empresa:1",
            "presence:1",
        }
        assert {frame["channel"] for frame in theirs.received if "seq" in frame} == {"empresa:2"}


async def test_external_id_leads_to_the_conversation(gateway: Gateway, publisher: Publisher, api: AccessApi) -> None:
    """A conversation named by its external id, as a number beyond 64 bits, is joined under its own id and left by either."""
    async with gateway.dashboard() as client:
        answer = await client.command("conversation:join", conversation_id=5511965860124551150391104)

        assert answer["data"]["channel"] == "conversa:12"
        assert answer["data"]["conversation_id"] == "12"
        assert api.asked == ["5511965860124551150391104"]
        await publisher.publish(12)
        assert await client.sequence("conversa:12", 1) == [1]

        assert (await client.command("conversation:leave", conversation_id="5511965860124551150391104"))["ok"]
        await publisher.publish(12)
        await publisher.publish(1, target="empresa")
        await client.sequence("empresa:1", 1)
        assert len(client.events("conversa:12")) == 1


async def test_api_away_is_temporary(gateway: Gateway, api: AccessApi) -> None:
    """While the API cannot answer, joins are refused for the time being and the socket lives."""
    async with gateway.dashboard() as client:
        api.status = 503
        answer = await client.command("conversation:join", conversation_id="12")
        assert answer["error"]["code"] == "unavailable"
        assert answer["error"]["temporary"] is True
        assert answer["error"]["retry_ms"] > 0

        api.status = 200
        assert (await client.command("conversation:join", conversation_id="12"))["ok"]


async def test_right_is_remembered_for_a_moment(gateway: Gateway, api: AccessApi) -> None:
    """A join shortly after another of the same user does not ask the API again; another user's does."""
    async with gateway.dashboard() as client, gateway.dashboard() as tab:
        for one in (client, tab, client):
            await one.command("conversation:join", conversation_id="12")
        assert api.asked == ["12"]

    async with gateway.dashboard(token_for(user_id=8)) as colleague:
        await colleague.command("conversation:join", conversation_id="12")
        assert api.asked == ["12", "12"]


@pytest.fixture
def one_question_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """And nobody waits long for its answer."""
    monkeypatch.setattr(authority, "QUESTIONS_AT_ONCE", 1)
    monkeypatch.setattr(authority, "ANSWER_TIMEOUT_SECONDS", 0.1)


async def test_who_asks_again_gets_the_answer_that_came_too_late(
    one_question_at_a_time: None, gateway: Gateway, api: AccessApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow API is asked each question once, and no more at a time than it can answer, however often clients ask again."""
    api.conversations[1]["13"] = "13"
    api.gate = (asyncio.Event(), asyncio.Event())
    token = token_for()
    async with gateway.dashboard(token) as client, gateway.dashboard(token) as tab:
        for conversation in ("12", "13", "12", "13"):
            for one in (client, tab):
                answer = await one.command("conversation:join", conversation_id=conversation)
                assert answer["error"]["code"] == "unavailable"
        assert api.asked == ["12"]

        monkeypatch.setattr(authority, "ANSWER_TIMEOUT_SECONDS", PATIENCE_SECONDS)
        api.gate[1].set()

        async def joined() -> bool:
            return bool((await tab.command("conversation:join", conversation_id="13"))["ok"])

        await eventually(joined)
        assert (await client.command("conversation:join", conversation_id="12"))["ok"]
        assert api.asked == ["12", "13"]


async def test_questions_that_wait_are_bounded(
    one_question_at_a_time: None, gateway: Gateway, api: AccessApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the API does not answer, no more questions are kept than the limit; later they are asked again."""
    monkeypatch.setattr(authority, "MOST_WAITING", 1)
    api.conversations[1]["13"] = "13"
    api.gate = (asyncio.Event(), asyncio.Event())
    async with gateway.dashboard() as client:
        for conversation in ("12", "13"):
            answer = await client.command("conversation:join", conversation_id=conversation)
            assert answer["error"]["code"] == "unavailable"
        monkeypatch.setattr(authority, "ANSWER_TIMEOUT_SECONDS", PATIENCE_SECONDS)
        api.gate[1].set()

        async def joined() -> bool:
            return bool((await client.command("conversation:join", conversation_id="12"))["ok"])

        await eventually(joined)
        assert api.asked == ["12"], "the second had no place to wait at"
        assert (await client.command("conversation:join", conversation_id="13"))["ok"]


async def test_what_may_be_older_than_a_change_of_rights_is_not_remembered(gateway: Gateway, api: AccessApi) -> None:
    """An answer that was on its way then is good for who waits for it, and for nobody later."""
    api.gate = (asyncio.Event(), asyncio.Event())
    async with gateway.dashboard() as client, gateway.dashboard() as tab:
        joining = asyncio.create_task(client.command("conversation:join", conversation_id="12"))
        await api.gate[0].wait()
        assert (await tab.command("conversation:transfer", conversation_id="12", to_user_id="8"))["ok"]
        api.gate[1].set()
        assert (await joining)["ok"]
        assert (await client.command("conversation:join", conversation_id="12"))["ok"]
        assert api.asked == ["12", "12"]


async def test_refusal_is_not_remembered(gateway: Gateway, api: AccessApi) -> None:
    """A right that was just given is honoured at once."""
    async with gateway.dashboard() as client:
        assert not (await client.command("conversation:join", conversation_id="77"))["ok"]
        api.conversations[1]["77"] = "77"

        assert (await client.command("conversation:join", conversation_id="77"))["ok"]


async def test_leaving_stops_delivery(gateway: Gateway, publisher: Publisher, redis: Redis) -> None:
    """After leaving nothing more comes, others still get theirs, and the last to leave ends the subscription."""
    async with gateway.dashboard() as leaver, gateway.dashboard() as stayer:
        for client in (leaver, stayer):
            await client.command("conversation:join", conversation_id="12")
        await publisher.publish()
        await leaver.sequence("conversa:12", 1)

        assert (await leaver.command("conversation:leave", conversation_id="12"))["data"] == {}
        await publisher.publish()
        await stayer.sequence("conversa:12", 2)
        assert (await leaver.command("ping"))["ok"]
        assert len(leaver.events("conversa:12")) == 1

        await stayer.command("conversation:leave", conversation_id="12")

        async def unsubscribed() -> bool:
            return await subscribers(redis, 1, "conversa:12") == 0

        await eventually(unsubscribed)


async def test_leaving_what_was_not_joined_is_no_error(gateway: Gateway) -> None:
    """Leaving twice, or something never joined, succeeds and does nothing."""
    async with gateway.dashboard() as client:
        assert (await client.command("conversation:leave", conversation_id="12"))["ok"]
        assert (await client.command("ping"))["ok"]


async def test_quick_leave_and_join_ends_joined(gateway: Gateway, publisher: Publisher) -> None:
    """However often a page flips between conversations, the last word counts and nothing published after it is missed."""
    async with gateway.dashboard() as client:
        for _ in range(10):
            await client.send({"type": "conversation:join", "data": {"conversation_id": "12"}})
            await client.send({"type": "conversation:leave", "data": {"conversation_id": "12"}})
        answer = await client.command("conversation:join", conversation_id="12")
        assert answer["data"]["seq"] == 0

        await publisher.publish(times=3)
        assert await client.sequence("conversa:12", 3) == [1, 2, 3]


async def test_one_link_and_one_subscription_for_all(
    gateway: Gateway, publisher: Publisher, redis: Redis, stack: AsyncExitStack
) -> None:
    """However many clients listen, Redis sends each event to this gateway once."""
    clients = [await stack.enter_async_context(gateway.dashboard()) for _ in range(20)]
    for client in clients:
        await client.command("conversation:join", conversation_id="12")

    assert await subscribers(redis, 1, "conversa:12") == 1
    await publisher.publish(times=5)
    assert [await client.sequence("conversa:12", 5) for client in clients] == [[1, 2, 3, 4, 5]] * 20


async def test_channels_per_connection_are_bounded(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that joined as much as it may is refused more, keeps what it has, and may swap."""
    monkeypatch.setattr(joins, "MOST_CHANNELS", 4)
    async with gateway.dashboard() as client:
        assert (await client.command("conversation:join", conversation_id="12"))["ok"]

        answer = await client.command("conversation:join", conversation_id="13")
        assert answer["error"]["code"] == "too_many_channels"
        assert (await client.command("conversation:join", conversation_id="12"))["ok"]
        await client.command("conversation:leave", conversation_id="12")
        assert (await client.command("conversation:join", conversation_id="13"))["ok"]


async def test_leaving_by_one_name_leaves_by_all(
    gateway: Gateway, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A conversation joined by two of its names is one channel: events come once, and leaving frees both places."""
    monkeypatch.setattr(joins, "MOST_CHANNELS", 5)
    async with gateway.dashboard() as client:
        for name in ("12", "5511965860124551150391104"):
            assert (await client.command("conversation:join", conversation_id=name))["ok"]
        await publisher.publish()
        assert await client.sequence("conversa:12", 1) == [1]

        await client.command("conversation:leave", conversation_id="12")
        for name in ("13", "12"):
            assert (await client.command("conversation:join", conversation_id=name))["ok"]


async def test_last_client_leaves_nothing_behind(gateway: Gateway, redis: Redis) -> None:
    """When nobody is connected any more, this gateway is subscribed to nothing."""
    async with gateway.dashboard() as client:
        await client.command("conversation:join", conversation_id="12")
        assert len(await redis.pubsub_channels("{prosa:1:*")) == 4

    async def unsubscribed() -> bool:
        return await redis.pubsub_channels("{prosa:1:*") == []

    await eventually(unsubscribed)
    assert metric("channels") == 0


async def test_conversation_is_left_by_whichever_of_its_names(gateway: Gateway, publisher: Publisher) -> None:
    """Joined by its external id and left by its own, it is left."""
    async with gateway.dashboard() as client:
        joined = await client.command("conversation:join", conversation_id="5511965860124551150391104")
        assert joined["data"]["conversation_id"] == "12"
        assert (await client.command("conversation:leave", conversation_id="12"))["ok"]
        await publisher.publish()
        await publisher.publish(target_id=1, target="empresa")

        await client.sequence("empresa:1", 1)
        assert client.events("conversa:12") == []


async def test_name_that_comes_to_mean_another_conversation(
    gateway: Gateway, api: AccessApi, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Joined again it is the other one that is followed, and nothing is left of the first."""
    monkeypatch.setattr(authority, "REMEMBERED_SECONDS", 0.0)
    name = "5511965860124551150391104"
    async with gateway.dashboard() as client:
        await client.command("conversation:join", conversation_id=name)
        api.conversations[1][name] = "13"
        assert (await client.command("conversation:join", conversation_id=name))["data"]["conversation_id"] == "13"
        await publisher.publish(target_id=12)
        await publisher.publish(target_id=13)

        await client.sequence("conversa:13", 1)
        assert client.events("conversa:12") == []

    async def nothing_left() -> bool:
        return metric("subscriptions") == 0

    await eventually(nothing_left)
