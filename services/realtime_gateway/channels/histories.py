"""Reads channels' positions and histories: one round trip for whatever is asked while the one before is under way.

A thousand clients that reconnect at once cost Redis a handful of pipelines on one connection instead of a thousand, and a
channel that many of them ask for is read once, from the earliest position that one of them names.
"""

import asyncio
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.realtime_gateway.cancellation import cancelled
from shared.pubsub.history import ChannelHistory, read_histories

log = structlog.get_logger(__name__)

# With the most that a channel's reading may bring, this bounds what is in memory at once.
CHANNELS_PER_ROUND_TRIP = 32


class _Reading(NamedTuple):
    after_seq: int | None
    answer: asyncio.Future[ChannelHistory]


class HistoryReader:
    """Gathers concurrent readings while `run` runs."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._asked: dict[tuple[int, str], list[_Reading]] = {}
        self._news = asyncio.Event()

    async def read(self, clinic_id: int, channel: str, after_seq: int | None) -> ChannelHistory:
        """Where the channel stands, read after this call began, and its frames after `after_seq`. Raises RedisError."""
        answer: asyncio.Future[ChannelHistory] = asyncio.get_running_loop().create_future()
        self._asked.setdefault((clinic_id, channel), []).append(_Reading(after_seq, answer))
        self._news.set()
        return await answer

    async def run(self) -> None:
        """Answer readings, until cancelled."""
        while not cancelled():
            await self._news.wait()
            channels = list(islice(self._asked, CHANNELS_PER_ROUND_TRIP))
            await self._answer({channel: self._asked.pop(channel) for channel in channels})
            if not self._asked:
                self._news.clear()

    async def _answer(self, readings: dict[tuple[int, str], list[_Reading]]) -> None:
        asked = [
            (*channel, earliest([reading.after_seq for reading in several])) for channel, several in readings.items()
        ]
        try:
            histories = await read_histories(self._redis, asked)
        except RedisError as error:
            log.warning("histories_not_read", channels=len(asked), error=str(error))
            _fail(readings, error)
            return
        except Exception as error:
            _fail(readings, RedisError(f"not read: {error}"))  # they try again, whatever it was
            raise
        for history, several in zip(histories, readings.values(), strict=True):
            for reading in several:
                if not reading.answer.done():  # its reader may have gone away
                    reading.answer.set_result(history.after(reading.after_seq))


def earliest(positions: Sequence[int | None]) -> int | None:
    """The position from which a reading serves everybody; None where nobody wants frames."""
    return min((seq for seq in positions if seq is not None), default=None)


def _fail(readings: dict[tuple[int, str], list[_Reading]], error: RedisError) -> None:
    for reading in _waiting(readings):
        reading.answer.set_exception(error)


def _waiting(readings: dict[tuple[int, str], list[_Reading]]) -> list[_Reading]:
    return [reading for several in readings.values() for reading in several if not reading.answer.done()]
