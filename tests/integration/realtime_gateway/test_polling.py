"""Polling: whoever goes on from the positions of the answer before has every event once, whichever gateway answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis.asyncio import Redis

from services.realtime_gateway.polling import caller as callers
from shared.events.live import LiveEvent, originated_frame
from shared.events.sessions import session_revoked
from shared.pubsub.history import HISTORY_SIZE, OutboxEntry, announce, publish
from tests.integration.realtime_gateway.conftest import (
    Gateway,
    Publisher,
    StartGateway,
    eventually,
    metric,
    token_for,
    typing_event,
)
from tests.integration.realtime_gateway.polling_client import PollingClient, entry, polling_client
from tests.integration.realtime_gateway.stand_ins import AccessApi, Cable

OWN = "atendente:7,empresa:1,presence:1"


@pytest.fixture
async def client(gateway: Gateway) -> AsyncIterator[PollingClient]:
    """Ana without a socket."""
    async with polling_client(gateway.http, token_for()) as polling:
        yield polling


async def polls_wait(number: int) -> None:
    """Wait until so many polls wait, and, where none does, nothing is left of them."""

    async def waiting() -> bool:
        return metric("polls_waiting") == number and (number == 0) == (metric("subscriptions") == 0)

    await eventually(waiting)


async def tell_typing(redis: Redis, origin: str = "", conversation_id: int = 12) -> None:
    """Announce that somebody types."""
    event = typing_event(conversation_id)
    frame = originated_frame(event.frame, origin) if origin else event.frame
    await announce(redis, [OutboxEntry("typing", 1, LiveEvent(event.channel, frame, ephemeral=True))])


async def test_client_begins_with_positions(client: PollingClient, publisher: Publisher) -> None:
    """Channels without a position are answered at once with where they stand, and to be fetched."""
    await publisher.publish(times=3)

    answer = await client.poll(f"conversa:12,{OWN}")

    assert [entry(answer, name)["seq"] for name in ("conversa:12", "empresa:1")] == [3, 0]
    assert {channel["recovered"] for channel in answer["channels"]} == {False}
    assert all(channel["events"] == [] and channel["epoch"] for channel in answer["channels"])
    assert "going_away" not in answer


async def test_event_ends_the_wait_and_is_the_socket_s(
    client: PollingClient, gateway: Gateway, publisher: Publisher
) -> None:
    """The waiting poll is answered with the event as sockets have it, and with the position that it leads to."""
    await client.poll("conversa:12")
    async with gateway.dashboard() as socket:
        await socket.command("conversation:join", conversation_id="12")
        poll = asyncio.create_task(client.poll())
        await polls_wait(1)
        await publisher.publish()

        found = entry(await poll, "conversa:12")

        await socket.sequence("conversa:12", 1)
        assert found["events"] == socket.events("conversa:12")
        assert (found["recovered"], found["seq"], found["channel"]) == (True, 1, "conversa:12")


async def test_what_came_between_two_polls_is_told_at_once(client: PollingClient, publisher: Publisher) -> None:
    """Nothing is kept for a client that is away; the history has it."""
    await client.poll("conversa:12,empresa:1")
    await publisher.publish(times=5)
    await publisher.publish(1, target="empresa")

    found = await client.poll()

    assert [event["seq"] for event in entry(found, "conversa:12")["events"]] == [1, 2, 3, 4, 5]
    assert [event["seq"] for event in entry(found, "empresa:1")["events"]] == [1]


async def test_no_event_is_missed_or_doubled_whichever_gateway_answers(
    start_gateway: StartGateway, publisher: Publisher
) -> None:
    """Polls that go to three gateways in turn, while events come in bursts, give one gapless sequence a channel."""
    async with start_gateway() as one, start_gateway() as two, start_gateway() as three:
        async with polling_client(one.http, token_for()) as client:
            await client.poll("conversa:12,conversa:13,empresa:1")

            async def events() -> None:
                for burst in (1, 7, 2, 30, 1, 1, 50, 3, 105):
                    await publisher.publish(12, times=burst)
                    await publisher.publish(13, times=burst)

            async def polls() -> None:
                gateways = [one, two, three]
                while len(client.events["conversa:12"]) < 200 or len(client.events["conversa:13"]) < 200:
                    gateways.append(gateways.pop(0))
                    client.url = gateways[0].http
                    await client.poll()

            await asyncio.gather(events(), polls())

            for channel in ("conversa:12", "conversa:13"):
                assert [event["seq"] for event in client.events[channel]] == list(range(1, 201))
            assert len(client.refetches) == 3  # each channel's beginning, and never again


async def test_wait_without_events_ends_empty(client: PollingClient) -> None:
    """The client goes on from where it was."""
    await client.poll("conversa:12,empresa:1")
    before = client.next

    answer = await client.poll(wait=0.2)

    assert client.next == before
    assert all(channel["recovered"] and not channel["events"] for channel in answer["channels"])
    assert answer["ephemeral"] == []


async def test_external_id_is_polled_by_its_own_name(client: PollingClient, publisher: Publisher) -> None:
    """A client that only knows an external id learns the channel's own name; both names have all events."""
    external = "conversa:5511965860124551150391104"
    answer = await client.poll(f"{external},conversa:12")
    await publisher.publish()

    later = await client.poll()

    assert entry(answer, external)["channel"] == "conversa:12"
    assert [event["seq"] for event in entry(later, external)["events"]] == [1]
    assert [event["seq"] for event in entry(later, "conversa:12")["events"]] == [1]


async def test_missing_and_forbidden_channels_are_refused_alike(client: PollingClient) -> None:
    """Another clinic's conversation, nobody's, others' own channels and unknown kinds: the same words, each for itself."""
    foreign = ["conversa:90", "conversa:4711"]
    unknown = ["atendente:8", "empresa:2", "presence:2", "planet:1", "conversa:1:2"]

    answer = await client.poll(",".join(["conversa:12", *foreign, *unknown]))

    assert entry(answer, "conversa:90")["error"] == entry(answer, "conversa:4711")["error"]
    assert len({entry(answer, name)["error"]["message"] for name in unknown[:4]}) == 1
    assert {entry(answer, name)["error"]["code"] for name in foreign + unknown} == {"not_found"}
    assert client.next == f"conversa:12@0.{entry(answer, 'conversa:12')['epoch']}"


async def test_token_s_clinic_decides_where_events_come_from(gateway: Gateway, publisher: Publisher) -> None:
    """A channel of the same name in another clinic is another channel."""
    async with polling_client(gateway.http, token_for(user_id=9, clinic_id=2)) as carla:
        await carla.poll("conversa:90,empresa:2")
        await publisher.publish(90, clinic_id=1)
        await publisher.publish(90, clinic_id=2)

        assert await carla.poll_until("conversa:90", 1) == [1]
        assert carla.events["conversa:90"][0]["epoch"] == carla.next.split(",")[0].split(".")[1]


async def test_what_history_no_longer_has_is_to_be_fetched(client: PollingClient, publisher: Publisher) -> None:
    """Too many events were missed: no part of them is told, and the client goes on from the end."""
    await client.poll("conversa:12")
    await publisher.publish(times=HISTORY_SIZE + 1)

    found = entry(await client.poll(), "conversa:12")

    assert (found["recovered"], found["events"], found["seq"]) == (False, [], HISTORY_SIZE + 1)


async def test_other_epoch_is_to_be_fetched(client: PollingClient, redis: Redis, publisher: Publisher) -> None:
    """Redis forgot everything between two polls."""
    await publisher.publish(times=2)
    await client.poll("conversa:12")
    await redis.flushall()
    await publisher.publish(times=2)

    found = entry(await client.poll(), "conversa:12")

    assert (found["recovered"], found["events"], found["seq"]) == (False, [], 2)


async def test_epoch_that_changes_during_the_wait_is_told(
    client: PollingClient, redis: Redis, publisher: Publisher
) -> None:
    """What sockets hear as `reset` ends the wait, and the next poll goes on without a gap."""
    await publisher.publish(times=2)
    await client.poll("conversa:12")
    poll = asyncio.create_task(client.poll())
    await polls_wait(1)
    await redis.flushall()
    await publisher.publish()

    found = entry(await poll, "conversa:12")
    await publisher.publish()

    assert (found["recovered"], found["events"], found["seq"]) == (False, [], 1)
    assert await client.poll_until("conversa:12", 2) == [2]


async def test_full_answer_leaves_the_rest_to_the_next_poll(
    client: PollingClient, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer is bounded; nothing is lost by that."""
    monkeypatch.setattr(callers, "MOST_ANSWERED_BYTES", 5000)
    await client.poll("conversa:12")
    poll = asyncio.create_task(client.poll())
    await polls_wait(1)
    await publisher.publish(times=30)

    answer = await poll

    assert 1 < len(entry(answer, "conversa:12")["events"]) < 30
    await publisher.publish(times=1)
    monkeypatch.undo()
    assert await client.poll_until("conversa:12", 31) == list(range(1, 32))


async def test_replay_that_does_not_fit_is_never_partial(
    client: PollingClient, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was missed is told as a whole or not at all."""
    monkeypatch.setattr(callers, "MOST_ANSWERED_BYTES", 5000)
    await client.poll("conversa:12,conversa:13")
    await publisher.publish(12, times=30)
    await publisher.publish(13, times=3)

    answer = await client.poll()

    assert (entry(answer, "conversa:12")["recovered"], entry(answer, "conversa:12")["events"]) == (False, [])
    assert [event["seq"] for event in entry(answer, "conversa:13")["events"]] == [1, 2, 3]


async def test_typing_is_told_to_who_waits_but_not_to_its_own_tab(gateway: Gateway, redis: Redis) -> None:
    """Ephemeral events end the wait too; a tab does not hear itself. What one poll misses is renewed for the next."""
    async with polling_client(gateway.http, token_for(), "tab-0001") as client:
        await client.poll("conversa:12,conversa:13")

        def heard() -> list[str]:
            return [event["channel"] for event in client.ephemeral if event["type"] == "conversation:typing"]

        while not heard():
            poll = asyncio.create_task(client.poll())
            await polls_wait(1)
            await tell_typing(redis, origin="1-7-tab-0001", conversation_id=13)
            await tell_typing(redis, origin="1-7-tab-0002", conversation_id=12)
            await poll

        assert set(heard()) == {"conversa:12"}


async def test_client_that_goes_away_leaves_nothing_behind(client: PollingClient) -> None:
    """Its channels are not held for the rest of the wait."""
    await client.poll("conversa:12,empresa:1")
    gone = metric("polls_total", outcome="gone")
    poll = asyncio.create_task(client.poll())
    await polls_wait(1)

    poll.cancel()

    await polls_wait(0)
    assert metric("polls_total", outcome="gone") == gone + 1


async def test_second_poll_of_a_tab_ends_the_first(gateway: Gateway) -> None:
    """The first is one whose client is gone, behind a proxy that does not say so."""
    async with polling_client(gateway.http, token_for(), "tab-0001") as client:
        await client.poll("empresa:1")
        first = asyncio.create_task(client.poll())
        await polls_wait(1)
        second = asyncio.create_task(client.poll())

        answer = await first

        assert entry(answer, "empresa:1")["recovered"]
        assert not second.done()
        second.cancel()
        await polls_wait(0)


async def test_polls_of_one_user_are_bounded(gateway: Gateway, stack: AsyncExitStack) -> None:
    """The 21st poll at once is refused with a time to wait; another user is not concerned."""
    tabs = [
        await stack.enter_async_context(polling_client(gateway.http, token_for(), f"tab-{number:04}"))
        for number in range(21)
    ]
    await tabs[0].poll("empresa:1")
    polls = [asyncio.create_task(tab.poll(tabs[0].next)) for tab in tabs[:20]]
    await polls_wait(20)

    async with tabs[20].polling("empresa:1") as refused:
        assert (refused.status, refused.headers["Retry-After"]) == (429, "1")
    async with polling_client(gateway.http, token_for(user_id=8)) as other:
        assert await other.poll("empresa:1")
    for poll in polls:
        poll.cancel()
    await polls_wait(0)


async def test_full_gateway_says_when_to_poll_again(start_gateway: StartGateway) -> None:
    """As many polls as sockets."""
    async with start_gateway(WEBSOCKET_MAX_CONNECTIONS=1) as gateway:
        async with (
            polling_client(gateway.http, token_for()) as first,
            polling_client(gateway.http, token_for(8)) as other,
        ):
            await first.poll("empresa:1")
            poll = asyncio.create_task(first.poll())
            await polls_wait(1)

            async with other.polling("empresa:1") as refused:
                assert refused.status == 503
                assert int(refused.headers["Retry-After"]) >= 2
            poll.cancel()
            await polls_wait(0)


async def test_restart_answers_those_who_wait(start_gateway: StartGateway) -> None:
    """They are told when to come back; who comes meanwhile is sent elsewhere, and the process is not held up."""
    async with start_gateway(GATEWAY_DRAIN_TIME=10_000) as gateway, gateway.dashboard(close_timeout=0.1) as stuck:
        await stuck.connected()
        stuck.socket.transport.pause_reading()
        async with polling_client(gateway.http, token_for()) as client:
            await client.poll("conversa:12")
            poll = asyncio.create_task(client.poll())
            await polls_wait(1)

            gateway.task.cancel()

            answer = await poll
            assert answer["going_away"]["reconnect_ms"] >= 0
            assert entry(answer, "conversa:12")["recovered"]
            async with client.polling(client.next) as late:
                assert late.status == 503
                assert "Retry-After" in late.headers
            stuck.socket.transport.abort()
            async with asyncio.timeout(8):
                await asyncio.wait([gateway.task])


async def test_wait_ends_with_the_token(gateway: Gateway) -> None:
    """A poll lives no longer than its token; the next one is a 401."""
    async with polling_client(gateway.http, token_for(life=timedelta(seconds=3))) as client:
        await client.poll("empresa:1")

        assert entry(await client.poll(), "empresa:1")["recovered"]

        async def expired() -> bool:
            async with client.polling(client.next, wait=0) as response:
                return bool(response.status == 401)

        await eventually(expired)


async def test_ended_session_is_told_and_then_refused(client: PollingClient, redis: Redis, api: AccessApi) -> None:
    """The waiting poll hears of it on its user's own channel; the next one is a 401, however valid the token looks."""
    await client.poll("atendente:7,empresa:1")
    poll = asyncio.create_task(client.poll())
    await polls_wait(1)
    api.signed_out.add(7)
    now = datetime.now(UTC)
    await publish(redis, [OutboxEntry("over", 1, session_revoked(7, "signed_out", now, now))])

    [told] = entry(await poll, "atendente:7")["events"]

    assert told["type"] == "session:revoked"
    async with client.polling(client.next) as refused:
        assert refused.status == 401


async def test_api_that_is_away_costs_only_the_conversations(client: PollingClient, api: AccessApi) -> None:
    """The clinic's events go on; what could not be checked is told as temporary and stays among what is polled next."""
    api.status = 500

    answer = await client.poll("conversa:12,empresa:1")

    assert entry(answer, "conversa:12")["error"]["temporary"] is True
    assert entry(answer, "empresa:1")["seq"] == 0
    assert {name.split("@")[0] for name in client.next.split(",")} == {"conversa:12", "empresa:1"}


async def test_redis_that_is_away_is_a_503(cabled_gateway: Gateway, redis_cable: Cable, monkeypatch: Any) -> None:
    """With a time to try again; when it is back, so is the client, and nothing was lost."""
    async with polling_client(cabled_gateway.http, token_for()) as client:
        await client.poll("conversa:12")
        redis_cable.cut()

        with monkeypatch.context() as impatient:
            impatient.setattr("services.realtime_gateway.commands.joins.JOIN_TIMEOUT_SECONDS", 0.3)
            async with client.polling(client.next) as refused:
                assert refused.status == 503
                assert int(refused.headers["Retry-After"]) >= 1

        redis_cable.mend()
        await cabled_gateway.until_ready()
        assert entry(await client.poll(wait=0), "conversa:12")["recovered"]


async def test_events_missed_while_the_link_was_cut_are_told(
    cabled_gateway: Gateway, redis_cable: Cable, publisher: Publisher
) -> None:
    """A poll that waits through a loss of the link has the gap healed like a socket."""
    async with polling_client(cabled_gateway.http, token_for()) as client:
        await client.poll("conversa:12")
        poll = asyncio.create_task(client.poll())
        await polls_wait(1)
        redis_cable.cut()
        await publisher.publish(times=3)
        redis_cable.mend()

        await poll

        assert await client.poll_until("conversa:12", 3) == [1, 2, 3]
