"""Who types in a conversation: told to those who have it open, and known for some seconds to those who open it then.

Agents' typing comes from gateways, patients' from the worker. Whoever stops without a word ends by time.
"""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import orjson
from redis.asyncio import Redis

from shared.events.live import encode_json
from shared.pubsub.channels import redis_channel
from shared.pubsub.connection import publish_verb
from shared.pubsub.history import OutboxEntry
from shared.pubsub.script import Script

TYPING_EVENT = "conversation:typing"
# A client renews every 3 s: one renewal may be late or lost.
TYPING_SECONDS = 6.0

_announce = Script(Path(__file__).with_name("typing.lua"))
_now = Script(Path(__file__).with_name("typing_now.lua"))


async def announce_typing(redis: Redis, entries: Sequence[OutboxEntry]) -> None:
    """Publish `conversation:typing` events as they are, in order, and remember for a while who types."""
    channels: dict[tuple[int, str], list[OutboxEntry]] = {}
    for entry in entries:
        channels.setdefault((entry.clinic_id, entry.event.channel), []).append(entry)
    if not channels:
        return
    head = publish_verb(redis), int(TYPING_SECONDS * 1000)
    await _announce.call(redis, [_call(*channel, head, some) for channel, some in channels.items()])


async def typing_now(redis: Redis, clinic_id: int, channel: str) -> list[dict[str, Any]]:
    """The data of the last event of each who types in the conversation."""
    [known] = await _now.call(redis, [([_key(clinic_id, channel)], [])])
    return [orjson.loads(data) for data in known]


def is_typing(entry: OutboxEntry) -> bool:
    """Whether an event says that somebody types or no longer does."""
    return entry.event.ephemeral and f'"type":"{TYPING_EVENT}"' in entry.event.frame[:200]


def _call(
    clinic_id: int, channel: str, head: tuple[str, int], entries: Sequence[OutboxEntry]
) -> tuple[list[str], list[str | int]]:
    verb, ttl_ms = head
    said = chain.from_iterable(_said(entry.event.frame) for entry in entries)
    return [_key(clinic_id, channel)], [verb, redis_channel(clinic_id, channel), ttl_ms, *said]


def _said(frame: str) -> tuple[str, str, str, str]:
    data = orjson.loads(frame)["data"]
    user = data["user"]
    # A patient has no user's id; in a group several have names.
    typist = f"{user['kind']}:{user['id'] or user['name']}"
    return typist, "1" if data["typing"] else "0", encode_json(data).decode(), frame


def _key(clinic_id: int, channel: str) -> str:
    return f"{redis_channel(clinic_id, channel)}:typing"
