"""Reads channels' positions and histories: one round trip for whatever is asked while the one before is under way.

A thousand clients that reconnect at once cost Redis a handful of pipelines on one connection instead of a thousand.
"""

import asyncio
from typing import NamedTuple

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.realtime_gateway.cancellation import cancelled
from shared.pubsub.history import ChannelHistory, read_histories

log = structlog.get_logger(__name__)

READS_PER_ROUND_TRIP = 256


class _Reading(NamedTuple):
    clinic_id: int
    channel: str
    after_seq: int | None
    answer: asyncio.Future[ChannelHistory]


class HistoryReader:
    """Gathers concurrent readings while `run` runs."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._asked: asyncio.Queue[_Reading] = asyncio.Queue()

    async def read(self, clinic_id: int, channel: str, after_seq: int | None) -> ChannelHistory:
        """Where the channel stands, read after this call began, and its frames after `after_seq`. Raises RedisError."""
        answer: asyncio.Future[ChannelHistory] = asyncio.get_running_loop().create_future()
        self._asked.put_nowait(_Reading(clinic_id, channel, after_seq, answer))
        return await answer

    async def run(self) -> None:
        """Answer readings, until cancelled."""
        while not cancelled():
            readings = [await self._asked.get()]
            while len(readings) < READS_PER_ROUND_TRIP and not self._asked.empty():
                readings.append(self._asked.get_nowait())
            await self._answer(readings)

    async def _answer(self, readings: list[_Reading]) -> None:
        try:
            histories = await read_histories(self._redis, [reading[:3] for reading in readings])
        except RedisError as error:
            log.warning("histories_not_read", channels=len(readings), error=str(error))
            for reading in readings:
                if not reading.answer.done():
                    reading.answer.set_exception(error)
            return
        for reading, history in zip(readings, histories, strict=True):
            if not reading.answer.done():  # its reader may have gone away
                reading.answer.set_result(history)
