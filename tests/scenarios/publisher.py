"""Publishes as the worker's relay does: committed first, then sent until Redis has acknowledged it."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import count

from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.events.live import Target, live_event, numbered_frame
from shared.pubsub.channels import history_key, position_key
from shared.pubsub.history import OutboxEntry, announce, publish
from tests.scenarios.truth import Address, Item, Truth

GIVES_UP_SECONDS = 30.0
AGAIN_SECONDS = 0.05


class Publisher:
    """One relay: what it sends on a channel, it sends one after the other."""

    def __init__(self, redis: Redis, truth: Truth, numbers: Iterator[int]) -> None:
        self.redis = redis
        self._truth = truth
        self._entries = numbers
        self._numbers: dict[Address, Iterator[int]] = defaultdict(lambda: count(1))
        self._turns: dict[Address, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def publish(self, address: Address, times: int = 1, *, size: int = 20, sender: int | None = None) -> int:
        """Make something known on a channel, several times; the sequence of the last."""
        async with self._turns[address]:
            entries = [self._entry(address, size, sender) for _ in range(times)]
            seqs = await self._until_acknowledged(entries)
        self._truth.acknowledged += times
        return seqs[-1]

    async def publish_unheard(self, address: Address) -> None:
        """Number and keep an item as the publish script does, but let no subscriber have it."""
        async with self._turns[address]:
            entry = self._entry(address, 20, None)
            position = position_key(*address)
            last, epoch = await self.redis.hmget(position, ["seq", "epoch"])
            seq = int(last or 0) + 1
            frame = numbered_frame(entry.event.frame, seq, str(epoch))
            async with self.redis.pipeline(
                transaction=True
            ) as both:  # as by the script: nobody may see one without the other
                both.hincrby(position, "seq", 1)
                both.xadd(history_key(*address), {"f": frame}, id=f"{seq}-0")
                await both.execute()
        self._truth.acknowledged += 1

    async def whisper(self, address: Address, word: str) -> None:
        """Make something known that nobody keeps."""
        target, _, target_id = address.channel.partition(":")
        event = live_event("whisper", _target(target), target_id, {"word": word}, datetime.now(UTC), ephemeral=True)
        await announce(self.redis, [OutboxEntry(next(self._entries), address.clinic_id, event)])

    def _entry(self, address: Address, size: int, sender: int | None) -> OutboxEntry:
        number, entry_id = next(self._numbers[address]), next(self._entries)
        item = Item(number, f"{address.clinic_id}/{address.channel}/{number}/{entry_id}")
        self._truth.commit(address, item)
        target, _, target_id = address.channel.partition(":")
        data = {**item._asdict(), "content": "á" * size, "sender_user_id": sender and str(sender)}
        event = live_event("message:new", _target(target), target_id, data, datetime.now(UTC))
        return OutboxEntry(entry_id, address.clinic_id, event)

    async def _until_acknowledged(self, entries: Sequence[OutboxEntry]) -> list[int]:
        async with asyncio.timeout(GIVES_UP_SECONDS):
            while True:
                try:
                    return await publish(self.redis, entries)
                except (RedisError, OSError):
                    await asyncio.sleep(AGAIN_SECONDS)


async def load(
    publisher: Publisher, channels: Sequence[Address], chance: random.Random, *, per_second: float, seconds: float
) -> None:
    """Publish on channels by chance, now and then several at once, at this rate for this time."""
    loop = asyncio.get_running_loop()
    began, sent = loop.time(), 0
    async with asyncio.TaskGroup() as tasks:
        while (passed := loop.time() - began) < seconds:
            while sent < passed * per_second:
                times = chance.choice((1, 1, 1, 2, 5))
                tasks.create_task(publisher.publish(chance.choice(channels), times, size=chance.randrange(10, 200)))
                sent += times
            await asyncio.sleep(0.01)


def _target(kind: str) -> Target:
    targets: dict[str, Target] = {
        "conversa": "conversa",
        "empresa": "empresa",
        "atendente": "atendente",
        "presence": "presence",
    }
    return targets[kind]
