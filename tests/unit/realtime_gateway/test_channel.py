"""A channel between a lossy subscription and a bounded history."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.realtime_gateway.channels import channel as channel_module
from services.realtime_gateway.channels.channel import Channel
from services.realtime_gateway.protocol.framing import text_frame
from services.realtime_gateway.protocol.positions import Position
from shared.events.live import numbered_frame
from shared.pubsub.history import ChannelHistory
from tests.unit.realtime_gateway.test_positions import text

TYPING = b'{"type":"conversation:typing"}'


class Redis:
    """Numbers events and keeps the last of them."""

    def __init__(self, kept: int) -> None:
        self.seq = 0
        self.epoch = "a"
        self._kept = kept
        self._texts: list[tuple[int, str]] = []

    def publish(self) -> bytes:
        self.seq += 1
        self._texts = [*self._texts, (self.seq, text(self.seq, self.epoch))][-self._kept :]
        return text(self.seq, self.epoch).encode()

    def flush(self) -> None:
        self.seq, self.epoch, self._texts = 0, self.epoch + "a", []

    def history(self, after: int | None) -> ChannelHistory:
        texts = [] if after is None else [text for seq, text in self._texts if seq > after]
        return ChannelHistory(self.seq, self.epoch, texts)


class Client:
    """Knows what it received."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []

    id = "client"

    def send(self, frame: bytes) -> None:
        self.frames.append(frame)

    send_ephemeral = send

    def deliver(self, _data: bytes, frames: Sequence[bytes]) -> bool:
        self.frames += frames
        return True

    @property
    def resets(self) -> int:
        return sum(b'"type":"reset"' in frame for frame in self.frames)


class Reader:
    """Answers what a channel asks with a history as old as can be: read the moment it was asked for."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self.asked: list[ChannelHistory] = []

    def fell_behind(self, channel: Channel) -> None:
        self.asked = [self._redis.history(channel.read_after)]  # a newer question takes the older one's place

    def answer(self, channel: Channel) -> None:
        asked, self.asked = self.asked, []
        for history in asked:
            channel.catch_up(history)


def followed(client: Client, redis: Redis) -> tuple[Channel, Reader]:
    """A channel that the client listens to, not yet confirmed."""
    reader = Reader(redis)
    channel = Channel(1, "conversa:12", reader.fell_behind)
    channel.admit(client)
    return channel, reader


def level_channel(client: Client, redis: Redis) -> tuple[Channel, Reader]:
    channel, reader = followed(client, redis)
    channel.fall_behind()
    reader.answer(channel)
    return channel, reader


Steps = st.lists(
    st.sampled_from(
        ["publish", "publish", "publish", "lost on the way", "twice", "answered", "answered", "link lost", "typing"]
    ),
    max_size=60,
)


def walk(steps: list[str], redis: Redis, client: Client) -> None:
    """Go through the steps; then the link is good, one more event comes, and every question is answered."""
    channel, reader = level_channel(client, redis)
    confirmed = True
    for step in steps:
        match step:
            case "publish":
                channel.receive(redis.publish())
            case "lost on the way":
                redis.publish()
            case "twice":
                payload = redis.publish()
                channel.receive(payload)
                channel.receive(payload)
            case "answered" if not confirmed:
                channel.fall_behind()
                confirmed = True
            case "answered":
                reader.answer(channel)
            case "link lost":
                channel.lose()
                reader.asked = []
                confirmed = False
            case "typing":
                channel.receive(TYPING)
    if not confirmed:
        channel.fall_behind()
    channel.receive(redis.publish())
    while reader.asked:
        reader.answer(channel)


@given(Steps)
def test_each_event_once_in_order_whatever_happens(steps: list[str]) -> None:
    """However events are lost, repeated and late, once the link is good a client has every one of them, once, in order."""
    redis, client = Redis(kept=100), Client()
    walk(steps, redis, client)

    durable = [frame for frame in client.frames if frame != text_frame(TYPING)]
    assert durable == [text_frame(text(seq).encode()) for seq in range(1, redis.seq + 1)]
    assert len(client.frames) - len(durable) == steps.count("typing")


@given(Steps, st.integers(1, 5))
def test_hole_is_never_silent(steps: list[str], kept: int) -> None:
    """With a history too short to heal everything, a client that sees a hole in the sequence has been told to refetch."""
    redis, client = Redis(kept=kept), Client()
    walk(steps, redis, client)

    received = [frame for frame in client.frames if b"message:new" in frame]
    assert len(received) == redis.seq or client.resets
    assert len(received) == len(set(received))


def test_another_epoch_is_a_reset() -> None:
    """When Redis forgot the channel, clients are told to refetch once, with the position from which events go on."""
    redis, client = Redis(kept=100), Client()
    channel, reader = level_channel(client, redis)
    channel.receive(redis.publish())
    redis.flush()

    channel.receive(redis.publish())
    reader.answer(channel)
    channel.receive(redis.publish())

    assert client.resets == 1
    assert channel.position == Position(2, "aa")
    assert client.frames[-1] == text_frame(text(2, "aa").encode())


def test_nothing_counts_before_the_subscription_is_confirmed() -> None:
    """Events on an unconfirmed subscription are left to history, which is read after the confirmation."""
    redis, client = Redis(kept=100), Client()
    channel, reader = followed(client, redis)

    channel.receive(redis.publish())
    channel.catch_up(redis.history(None))
    assert (client.frames, reader.asked, channel.position) == ([], [], None)


def test_gap_is_asked_for_once() -> None:
    """Events that arrive while history is on its way are held, and complete what it brings."""
    redis, client = Redis(kept=100), Client()
    channel, reader = level_channel(client, redis)
    redis.publish()
    channel.receive(redis.publish())
    asked = list(reader.asked)
    for _ in range(5):
        channel.receive(redis.publish())

    assert reader.asked == asked
    assert client.frames == []
    reader.answer(channel)
    assert client.frames == [text_frame(text(seq).encode()) for seq in range(1, 8)]


def test_held_events_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """While history cannot be read memory does not grow, and what was dropped comes from history in the end."""
    monkeypatch.setattr(channel_module, "MOST_HELD", 10)
    redis, client = Redis(kept=1000), Client()
    channel, reader = level_channel(client, redis)
    redis.publish()
    for _ in range(50):
        channel.receive(redis.publish())

    reader.answer(channel)
    assert len(client.frames) < 15
    channel.receive(redis.publish())
    reader.answer(channel)
    assert client.frames == [text_frame(text(seq).encode()) for seq in range(1, redis.seq + 1)]


async def test_level_waits_until_the_position_is_known() -> None:
    """Who wants to join waits until the channel can be trusted, also after it could not for a while."""
    redis = Redis(kept=100)
    channel, reader = followed(Client(), redis)
    waiting = asyncio.create_task(channel.level())
    redis.publish()
    channel.fall_behind()
    reader.answer(channel)
    assert await waiting == Position(1, "a")

    channel.lose()
    waiting = asyncio.create_task(channel.level())
    await asyncio.sleep(0)
    assert not waiting.done()
    channel.fall_behind()
    reader.answer(channel)
    assert await waiting == Position(1, "a")


def test_observers_see_what_is_passed_on() -> None:
    """During a resume the events that go out live are collected, and no longer."""
    redis, client = Redis(kept=100), Client()
    channel, _ = level_channel(client, redis)
    with channel.observed() as passed, channel.observed() as other:
        channel.receive(redis.publish())
        channel.receive(TYPING)
        channel.receive(numbered_frame('{"type":"message:new"}', 1, "a").encode())
    channel.receive(redis.publish())

    assert [frame.position for frame in passed] == [Position(1, "a")]
    assert other == passed
