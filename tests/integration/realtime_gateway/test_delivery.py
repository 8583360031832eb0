"""Events on their way to those who listen: complete, in order, and no client at another's cost."""

import asyncio
import socket
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

from redis.asyncio import Redis
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from shared.pubsub.channels import redis_channel
from tests.integration.realtime_gateway.conftest import Gateway, Publisher, eventually, metric, token_for, typing_event


async def test_frame_arrives_as_it_was_published(gateway: Gateway, publisher: Publisher) -> None:
    """A client gets the event with its place in the channel in front, and nothing about the tenant's name in Redis."""
    async with gateway.dashboard() as client:
        joined = await client.command("conversation:join", conversation_id="12")
        await publisher.publish(size=3)

        frame = await client.first(lambda frame: frame["type"] == "message:new")
        timestamp = frame.pop("timestamp")
        assert timestamp.endswith("+00:00")
        assert frame == {
            "seq": 1,
            "epoch": joined["data"]["epoch"],
            "type": "message:new",
            "target": "conversa",
            "targetId": "12",
            "channel": "conversa:12",
            "data": {"content": "ááá"},
        }


async def test_ephemeral_events_pass_unnumbered(gateway: Gateway, publisher: Publisher, redis: Redis) -> None:
    """Typing and presence carry no position, reach the channel's clients, and open no gap between those that do."""
    async with gateway.dashboard() as client:
        await client.command("conversation:join", conversation_id="12")
        await publisher.publish()
        await redis.publish(redis_channel(1, "conversa:12"), typing_event().frame)
        await publisher.publish()

        assert await client.sequence("conversa:12", 2) == [1, 2]
        assert [frame["type"] for frame in client.received[-3:]] == [
            "message:new",
            "conversation:typing",
            "message:new",
        ]


async def test_long_frames_of_every_length_class(gateway: Gateway, publisher: Publisher) -> None:
    """Frames with short, 16-bit and 64-bit lengths arrive whole."""
    async with gateway.dashboard() as client:
        await client.command("conversation:join", conversation_id="12")
        for size in (1, 200, 40_000):
            await publisher.publish(size=size)

        await client.sequence("conversa:12", 3)
        assert [len(event["data"]["content"]) for event in client.events("conversa:12")] == [1, 200, 40_000]


async def test_joining_while_events_pour_in(gateway: Gateway, publisher: Publisher, stack: AsyncExitStack) -> None:
    """Clients that join or resume amid a stream have every event after their position, once, in order."""
    total = 3000
    pouring = asyncio.create_task(pour(publisher, total))
    clients = [await stack.enter_async_context(gateway.dashboard()) for _ in range(20)]
    starts = []
    for client in clients:
        joined = await client.command("conversation:join", conversation_id="12")
        starts.append(joined["data"]["seq"])
    await pouring

    for client, start in zip(clients, starts, strict=True):
        kinds = [frame["type"] for frame in client.received]
        assert kinds.index("reply") < kinds.index("message:new")
        assert await client.sequence("conversa:12", total) == list(range(start + 1, total + 1))
    assert len(set(starts)) > 1


async def pour(publisher: Publisher, total: int) -> None:
    for _ in range(total // 10):
        await publisher.publish(times=10)


async def test_burst_shares_writes(gateway: Gateway, publisher: Publisher) -> None:
    """Events that come together leave together: fewer writes than frames."""
    async with gateway.dashboard() as client:
        await client.command("conversation:join", conversation_id="12")
        await client.first(lambda frame: frame["type"] == "conversation:viewers")
        frames, writes = metric("frames_delivered_total"), metric("writes_total")

        await publisher.publish(times=200)
        await client.sequence("conversa:12", 200)

        async def counted() -> bool:
            return metric("frames_delivered_total") - frames >= 200

        await eventually(counted)
        assert metric("writes_total") - writes < 100


async def test_slow_reader_is_cut_off_without_delaying_others(gateway: Gateway, publisher: Publisher) -> None:
    """A client that stops reading is ended once too much waits for it; another gets everything, in order, meanwhile."""
    cut_off = metric("connections_closed_total", reason="slow")
    async with gateway.dashboard() as reader, stuck_socket(gateway.url):
        await reader.command("conversation:join", conversation_id="12")
        sent = 0
        async with asyncio.timeout(30):
            while metric("connections_closed_total", reason="slow") == cut_off:
                sent = (await publisher.publish(target_id=1, target="empresa", size=30_000))[-1]
                await reader.sequence("empresa:1", sent)

        assert await reader.sequence("empresa:1", sent) == list(range(1, sent + 1))
        assert (await reader.command("ping"))["ok"]


async def test_slow_client_loses_only_what_may_be_lost(gateway: Gateway, publisher: Publisher, redis: Redis) -> None:
    """A client that pauses misses typing, and has every numbered event, in order, once it reads again."""
    dropped = metric("ephemeral_dropped_total")
    async with gateway.dashboard(sock=small_socket(gateway.url, 128 * 1024)) as client:
        await client.command("conversation:join", conversation_id="12")
        client.socket.transport.pause_reading()
        last = 0
        async with asyncio.timeout(30):
            while not metric("slow_connections"):
                last = (await publisher.publish(size=30_000))[-1]
                await asyncio.sleep(0)
        await redis.publish(redis_channel(1, "conversa:12"), typing_event().frame)
        last = (await publisher.publish())[-1]
        client.socket.transport.resume_reading()

        assert await client.sequence("conversa:12", last) == list(range(1, last + 1))
        assert "conversation:typing" not in {frame["type"] for frame in client.received}
    assert metric("ephemeral_dropped_total") == dropped + 1


def small_socket(url: str, receive_bytes: int = 4096) -> socket.socket:
    """A connection that takes little before its client reads."""
    small = socket.create_connection(("127.0.0.1", urlsplit(url).port or 0))
    small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    return small


def stuck_socket(url: str) -> connect:
    """A client that is connected, joined to its clinic, and reads nothing more than its buffers take."""
    offered = [Subprotocol("prosa.v1"), Subprotocol(f"bearer.{token_for()}")]
    return connect(
        url, subprotocols=offered, sock=small_socket(url), max_queue=1, close_timeout=0.1, ping_interval=None
    )
