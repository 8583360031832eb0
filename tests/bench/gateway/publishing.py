"""Events on their way to each contestant, as each wants them; the publisher's own cost is nobody's."""

import asyncio
import secrets
import struct
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any, NamedTuple

import orjson
from redis.asyncio import Redis

from shared.events.live import live_event
from shared.pubsub.history import OutboxEntry, publish
from tests.bench.gateway.dialects import FIRST_CLINIC

# An id that was used in the last minutes is taken for the same event, also by the next run.
_ids = map(f"{secrets.token_hex(4)}-{{}}".format, count(1))


class Event(NamedTuple):
    """An event for a room, planned for a moment in microseconds."""

    room: int
    at: int
    text: str


Publish = Callable[[Sequence[Event]], Any]


def _live(event: Event) -> Any:
    data = {"planned": event.at, "text": event.text}
    return live_event("message:new", "conversa", event.room, data, datetime.now(UTC))


@asynccontextmanager
async def publisher(kind: str, redis: Redis, port: int) -> AsyncIterator[Publish]:
    """Publishes several events at once, in their order."""
    if kind == "nchan":
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        draining = asyncio.create_task(_drain(reader))
        try:
            yield lambda events: _post(writer, events)
        finally:
            draining.cancel()
            writer.close()
    else:
        yield {
            "prosa": _numbered(redis),
            "plain": _plain(redis),
            "adapter": _adapter(redis),
            "manager": _manager(redis),
        }[kind]


def _numbered(redis: Redis) -> Publish:
    async def send(events: Sequence[Event]) -> None:
        await publish(redis, [OutboxEntry(next(_ids), FIRST_CLINIC + event.room, _live(event)) for event in events])

    return send


def _pipelined(redis: Redis, message: Callable[[Event], tuple[str, bytes]]) -> Publish:
    async def send(events: Sequence[Event]) -> None:
        async with redis.pipeline(transaction=False) as pipeline:
            for event in events:
                pipeline.publish(*message(event))
            await pipeline.execute()

    return send


def _plain(redis: Redis) -> Publish:
    return _pipelined(redis, lambda event: (f"bench:{event.room}", _live(event).frame.encode()))


def _adapter(redis: Redis) -> Publish:
    """As @socket.io/redis-emitter does."""

    def message(event: Event) -> tuple[str, bytes]:
        packet = {"type": 2, "data": ["message", orjson.loads(_live(event).frame)], "nsp": "/"}
        options = {"rooms": [str(event.room)], "except": [], "flags": {}}
        return f"socket.io#/#{event.room}#", packed(["emitter", packet, options])

    return _pipelined(redis, message)


def _manager(redis: Redis) -> Publish:
    """As python-socketio's write-only manager does."""

    def message(event: Event) -> tuple[str, bytes]:
        return "socketio", orjson.dumps(
            {
                "method": "emit",
                "event": "message",
                "data": [orjson.loads(_live(event).frame)],
                "binary": False,
                "namespace": "/",
                "room": str(event.room),
                "skip_sid": None,
                "callback": None,
                "host_id": "bench",
            }
        )

    return _pipelined(redis, message)


async def _post(writer: asyncio.StreamWriter, events: Sequence[Event]) -> None:
    for event in events:
        body = _live(event).frame.encode()
        head = f"POST /pub/{event.room} HTTP/1.1\r\nHost: bench\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
    await writer.drain()


async def _drain(reader: asyncio.StreamReader) -> None:
    while await reader.read(65536):
        pass


def packed(value: Any) -> bytes:
    """MessagePack of what an emitter sends."""
    match value:
        case str():
            data = value.encode()
            return struct.pack(">BH", 0xDA, len(data)) + data
        case int():
            return struct.pack(">BQ", 0xCF, value)
        case list():
            return struct.pack(">BH", 0xDC, len(value)) + b"".join(map(packed, value))
        case dict():
            items = b"".join(packed(key) + packed(item) for key, item in value.items())
            return struct.pack(">BH", 0xDE, len(value)) + items
    raise TypeError(type(value))
