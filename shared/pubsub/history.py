"""A channel's sequence and bounded history in Redis: the publisher's side and the reader's, which must agree on layout.

Redis is never the truth: a channel that was evicted or flushed, or whose server was restarted or replaced, gets a new
epoch, and clients that see one refetch.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from redis.asyncio import Redis

from shared.events.live import LiveEvent
from shared.pubsub.channels import history_key, position_key, published_key, redis_channel
from shared.pubsub.connection import pipelined, publish_verb
from shared.pubsub.script import Script

HISTORY_SIZE = 300
HISTORY_TTL_SECONDS = 24 * 3600
POSITION_TTL_SECONDS = 30 * 24 * 3600
PUBLISHED_TTL_SECONDS = 600
# What one reading of a channel brings at most; older frames stay away, and the reader sees that some are missing.
MOST_READ_BYTES = 512 * 1024


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """An event on its way out; `id`, unique for good, is what makes publishing it again harmless."""

    id: int | str
    clinic_id: int
    event: LiveEvent


@dataclass(frozen=True, slots=True)
class ChannelHistory:
    """Where a channel stands, and frames after the asked position: contiguous from it, or not complete."""

    seq: int
    epoch: str
    frames: list[str]

    def after(self, seq: int | None) -> "ChannelHistory":
        """The same as it would have been read from a later position: frames are consecutive and end with the newest."""
        wanted = 0 if seq is None else max(0, self.seq - seq)
        if wanted >= len(self.frames):
            return self
        return ChannelHistory(self.seq, self.epoch, self.frames[len(self.frames) - wanted :])


_publish = Script(Path(__file__).with_name("publish.lua"))
_history = Script(Path(__file__).with_name("history.lua"))


async def publish(redis: Redis, entries: Sequence[OutboxEntry]) -> list[int]:
    """Number, keep and publish durable events; returns their sequences. One published minutes ago is not repeated.

    One call of the script a channel: its events are numbered in their order, those of two channels in any.
    """
    channels: dict[tuple[int, str], list[int]] = {}
    for index, entry in enumerate(entries):
        channels.setdefault((entry.clinic_id, entry.event.channel), []).append(index)
    verb = publish_verb(redis)
    calls = [_publish_call(verb, *channel, [entries[i] for i in indexes]) for channel, indexes in channels.items()]
    numbered = dict(zip(chain(*channels.values()), chain(*await _publish.call(redis, calls)), strict=True))
    return [int(numbered[index]) for index in range(len(entries))]


def _publish_call(
    verb: str, clinic_id: int, channel: str, entries: Sequence[OutboxEntry]
) -> tuple[list[str], list[str | int]]:
    keys = [
        position_key(clinic_id, channel),
        history_key(clinic_id, channel),
        *(published_key(clinic_id, channel, entry.id) for entry in entries),
    ]
    arguments: list[str | int] = [
        verb,
        redis_channel(clinic_id, channel),
        new_epoch(),
        HISTORY_SIZE,
        HISTORY_TTL_SECONDS,
        POSITION_TTL_SECONDS,
        PUBLISHED_TTL_SECONDS,
        *(entry.event.frame for entry in entries),
    ]
    return keys, arguments


async def announce(redis: Redis, entries: Sequence[OutboxEntry]) -> None:
    """Publish ephemeral events as they are. Who does not listen now never learns of them."""
    verb = publish_verb(redis)
    await pipelined(
        redis,
        [(verb, redis_channel(entry.clinic_id, entry.event.channel), entry.event.frame) for entry in entries],
    )


async def read_history(redis: Redis, clinic_id: int, channel: str, after_seq: int | None) -> ChannelHistory:
    """Where the channel stands and, where `after_seq` is given, the newest frames that came after it."""
    [history] = await read_histories(redis, [(clinic_id, channel, after_seq)])
    return history


async def read_histories(redis: Redis, asked: Sequence[tuple[int, str, int | None]]) -> list[ChannelHistory]:
    """`read_history` for each (clinic id, channel, after seq), in order, in one round trip."""
    answers = await _history.call(redis, [_history_call(*reading) for reading in asked])
    return [ChannelHistory(int(seq), str(epoch), frames[::-1]) for seq, epoch, frames in answers]


def _history_call(clinic_id: int, channel: str, after_seq: int | None) -> tuple[list[str], list[str | int]]:
    keys = [position_key(clinic_id, channel), history_key(clinic_id, channel)]
    wanted = "" if after_seq is None else str(after_seq + 1)
    return keys, [new_epoch(), POSITION_TTL_SECONDS, wanted, HISTORY_SIZE, MOST_READ_BYTES]


def new_epoch() -> str:
    """The name of a channel's life; another one tells clients that what they know may be incomplete."""
    return secrets.token_hex(6)
