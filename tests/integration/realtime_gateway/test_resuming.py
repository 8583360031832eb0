"""What a client gets that was away: everything since its position, or the word to refetch. Never a part of it."""

import asyncio
from typing import Any

import pytest
from redis.asyncio import Redis

from services.realtime_gateway.channels import resume
from services.realtime_gateway.channels.histories import HistoryReader
from services.realtime_gateway.protocol.positions import read_frames
from shared.pubsub.channels import history_key
from shared.pubsub.history import HISTORY_SIZE
from tests.integration.realtime_gateway.conftest import Gateway, Publisher, StartGateway, number_unsent_event
from tests.integration.realtime_gateway.gateway_client import Client


async def join(client: Client, **since: Any) -> dict[str, Any]:
    """Join conversation 12, perhaps since a position; returns the reply's data."""
    answer = await client.command("conversation:join", conversation_id="12", **({"since": since} if since else {}))
    data: dict[str, Any] = answer["data"]
    return data


async def epoch_after(publisher: Publisher, gateway: Gateway, events: int) -> str:
    """Publish so many events on conversation 12; returns its epoch."""
    await publisher.publish(times=events)
    async with gateway.dashboard() as client:
        return str((await join(client))["epoch"])


async def test_first_join_recovers_nothing(gateway: Gateway, publisher: Publisher) -> None:
    """Without a position there is nothing to resume from: no events, and where the channel stands."""
    await publisher.publish(times=2)
    async with gateway.dashboard() as client:
        data = await join(client)

    assert (data["seq"], data["recovered"], data["events"]) == (2, False, [])
    assert data["typing"] == data["viewers"] == []


async def test_resume_brings_every_missed_event(gateway: Gateway, publisher: Publisher) -> None:
    """A client that missed events gets them in the reply, in order, as they were published; the next one comes live."""
    epoch = await epoch_after(publisher, gateway, 9)
    async with gateway.dashboard() as client:
        data = await join(client, seq=4, epoch=epoch)
        await publisher.publish()

        assert data["recovered"] is True
        assert [event["seq"] for event in data["events"]] == [5, 6, 7, 8, 9]
        assert data["events"][0]["type"] == "message:new"
        assert data["events"][0]["data"] == {"content": "á" * 10}
        assert data["seq"] == 9
        assert await client.sequence("conversa:12", 10) == [10]


async def test_resume_with_nothing_missed(gateway: Gateway, publisher: Publisher) -> None:
    """A client that missed nothing is told so, on a channel with events and on one that never had any."""
    epoch = await epoch_after(publisher, gateway, 2)
    async with gateway.dashboard() as client:
        assert (await join(client, seq=2, epoch=epoch))["recovered"] is True

        quiet = await client.command("conversation:join", conversation_id="13")
        again = await client.command(
            "conversation:join", conversation_id="13", since={"seq": 0, "epoch": quiet["data"]["epoch"]}
        )
        assert again["data"]["recovered"] is True
        assert again["data"]["events"] == []


async def test_unknown_epoch_is_not_recovered(gateway: Gateway, publisher: Publisher) -> None:
    """A position of another life of the channel says nothing about this one."""
    await publisher.publish(times=5)
    async with gateway.dashboard() as client:
        data = await join(client, seq=4, epoch="forgotten")

    assert (data["recovered"], data["events"], data["seq"]) == (False, [], 5)


async def test_position_from_the_future_is_not_recovered(gateway: Gateway, publisher: Publisher) -> None:
    """A client that claims to have what never was is told to refetch."""
    epoch = await epoch_after(publisher, gateway, 5)
    async with gateway.dashboard() as client:
        data = await join(client, seq=6, epoch=epoch)

    assert (data["recovered"], data["events"], data["seq"]) == (False, [], 5)


async def test_client_ahead_of_the_gateway(gateway: Gateway, publisher: Publisher, redis: Redis) -> None:
    """A client that heard of an event elsewhere, before this gateway did, has missed nothing; the others get it too."""
    epoch = await epoch_after(publisher, gateway, 1)
    async with gateway.dashboard() as ahead, gateway.dashboard() as other:
        await join(other)
        await number_unsent_event(redis, 2, epoch)
        data = await join(ahead, seq=2, epoch=epoch)
        await publisher.publish()

        assert (data["recovered"], data["events"], data["seq"]) == (True, [], 2)
        assert await ahead.sequence("conversa:12", 3) == [3]
        assert await other.sequence("conversa:12", 3) == [2, 3]


async def test_as_far_back_as_history_reaches(gateway: Gateway, publisher: Publisher) -> None:
    """Exactly the kept history is replayed; one event more and nothing of it is."""
    epoch = await epoch_after(publisher, gateway, HISTORY_SIZE + 1)
    async with gateway.dashboard() as client:
        reached = await join(client, seq=1, epoch=epoch)
        beyond = await join(client, seq=0, epoch=epoch)

    assert [event["seq"] for event in reached["events"]] == list(range(2, HISTORY_SIZE + 2))
    assert (beyond["recovered"], beyond["events"]) == (False, [])


async def test_replay_too_large_to_be_worth_it(
    gateway: Gateway, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A replay of too many bytes is not made: refetching costs less."""
    monkeypatch.setattr(resume, "MOST_REPLAYED_BYTES", 1000)
    epoch = await epoch_after(publisher, gateway, 9)
    async with gateway.dashboard() as client:
        assert (await join(client, seq=0, epoch=epoch))["recovered"] is False
        assert (await join(client, seq=8, epoch=epoch))["recovered"] is True


async def test_history_lost_behind_a_known_position(gateway: Gateway, publisher: Publisher, redis: Redis) -> None:
    """Where Redis kept the count but lost the events, nothing is recovered in part."""
    epoch = await epoch_after(publisher, gateway, 9)
    await redis.xtrim(history_key(1, "conversa:12"), maxlen=2, approximate=False)
    async with gateway.dashboard() as client:
        data = await join(client, seq=4, epoch=epoch)

    assert (data["recovered"], data["events"]) == (False, [])


async def test_clinic_channel_resumes(gateway: Gateway, publisher: Publisher) -> None:
    """The clinic's events since a position come on `clinic:join`, and its channel was joined from the start."""
    async with gateway.dashboard() as client:
        epoch = next(c["epoch"] for c in (await client.connected())["channels"] if c["channel"] == "empresa:1")
    await publisher.publish(1, times=3, target="empresa")

    async with gateway.dashboard() as client:
        answer = await client.command("clinic:join", since={"seq": 1, "epoch": epoch})
        without = await client.command("clinic:join")
        await publisher.publish(1, target="empresa")

        assert [event["seq"] for event in answer["data"]["events"]] == [2, 3]
        assert (without["data"]["recovered"], without["data"]["seq"]) == (False, 3)
        assert await client.sequence("empresa:1", 4) == [4]


async def test_resuming_while_events_pour_in(gateway: Gateway, publisher: Publisher) -> None:
    """A client that leaves and resumes amid a stream, again and again, has each event once, in order."""
    total = 2000
    epoch = await epoch_after(publisher, gateway, 1)

    async def pour() -> None:
        for _ in range(total // 5):
            await publisher.publish(times=5)

    pouring = asyncio.create_task(pour())
    seen, last = [1], 1
    while last < total + 1:
        async with gateway.dashboard() as client:
            data = await join(client, seq=last, epoch=epoch)
            assert data["recovered"], "the stream is slower than history is long"
            await some_events(client, pouring)
            seen += [event["seq"] for event in (*data["events"], *client.events("conversa:12"))]
            last = seen[-1]
    await pouring
    assert seen == list(range(1, total + 2))


async def some_events(client: Client, pouring: asyncio.Task[None]) -> None:
    """Stay until there were some, or until no more will come."""
    enough = asyncio.create_task(client.until(lambda: len(client.events("conversa:12")) > 20))
    await asyncio.wait([enough, pouring], return_when=asyncio.FIRST_COMPLETED)
    enough.cancel()
    await client.command("ping")


async def test_any_gateway_resumes(start_gateway: StartGateway, publisher: Publisher) -> None:
    """A position learnt from one gateway is good at another, where nobody has listened before."""
    async with start_gateway() as first, start_gateway() as second:
        epoch = await epoch_after(publisher, first, 3)
        async with second.dashboard() as client:
            data = await join(client, seq=1, epoch=epoch)

    assert [event["seq"] for event in data["events"]] == [2, 3]


async def test_many_resume_at_once(gateway: Gateway, publisher: Publisher) -> None:
    """A crowd that returns together is all recovered."""
    epoch = await epoch_after(publisher, gateway, 50)

    async def resume_one() -> list[int]:
        async with gateway.dashboard() as client:
            return [event["seq"] for event in (await join(client, seq=10, epoch=epoch))["events"]]

    assert await asyncio.gather(*(resume_one() for _ in range(100))) == [list(range(11, 51))] * 100


async def test_a_storm_reads_each_channel_a_few_times(publisher: Publisher, redis: Redis) -> None:
    """A thousand readings of two channels, from all positions, are a few calls of the script; each gets its own part."""
    await publisher.publish(times=100)
    await publisher.publish(13, times=100)
    histories = HistoryReader(redis)
    running = asyncio.create_task(histories.run())
    before = await script_calls(redis)
    asked = [(f"conversa:{12 + number % 2}", number % 100) for number in range(1000)]

    answers = await asyncio.gather(*(histories.read(1, channel, after) for channel, after in asked))

    running.cancel()
    assert await script_calls(redis) - before <= 4
    for (channel, after), history in zip(asked, answers, strict=True):
        assert [frame.position and frame.position.seq for frame in read_frames(history)] == list(range(after + 1, 101))
        assert all(f'"channel":"{channel}"' in frame for frame in history.frames)


async def script_calls(redis: Redis) -> int:
    return int((await redis.info("commandstats")).get("cmdstat_evalsha", {}).get("calls", 0))
