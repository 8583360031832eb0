"""Cache-aside over two layers: memory, then Redis, then whoever can read it.

Each question goes to Redis, in one round trip, for the place's generation: what memory holds is shown only if it is of
that generation. What is read is kept under the generation that was current before the reading began. So one deletion in
Redis invalidates every process at once, and nobody keeps what was read before it.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace

from services.api import metrics
from services.api.cache.early import is_due
from services.api.cache.entries import Entry
from services.api.cache.kinds import Kind
from services.api.cache.link import AwayError, Link
from services.api.cache.memory import Held, Memory, Place
from services.api.cache.redis_layer import Looked, RedisLayer
from services.api.cache.statistics import Source, Statistics
from services.api.cache.waiting import Patience

MOST_EARLY = 8


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: the answer, and what is kept of it, if anything and for how long (None: as long as its type)."""

    answer: Entry
    kept: Entry | None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """An entry and where it comes from."""

    entry: Entry
    source: Source


Read = Callable[[], Awaitable[Reading]]


class Cache:
    """Bounded everywhere; what it cannot do in time it leaves to the caller, by AwayError."""

    def __init__(
        self, url: str, *, memory_bytes: int, budget_seconds: float, compress_from: int, used: bool = True
    ) -> None:
        self._used = used
        self.memory = Memory(memory_bytes)
        self.link = Link(url, budget_seconds, self.memory.clear)
        self.statistics = Statistics()
        self._redis = RedisLayer(self.link, compress_from)
        self._readings: dict[tuple[Place, bytes], asyncio.Task[Reading]] = {}
        self._early: set[asyncio.Task[None]] = set()
        self._patience: dict[str, Patience] = {}
        self.waiting = 0
        self.insisting = 0
        self.joined = 0

    async def get(self, kind: Kind, place: Place, read: Read) -> Answer:
        """What is at a place. Raises AwayError where Redis does not say, and whatever `read` raises."""
        began = time.monotonic()
        try:
            answer = await self._get(kind, place, read)
        except AwayError:
            self.statistics.bypassed(kind)
            raise
        self.statistics.answered(kind, answer.source, time.monotonic() - began)
        return answer

    async def prepare(self, kind: Kind, place: Place, read: Read) -> bool:
        """Have something at hand that nobody has asked for; whether it had to be read. Raises as `get` does."""
        held = self.memory.find(place, time.monotonic())
        looked = await self._redis.look(place, held.generation if held else b"")
        match looked:
            case Looked("read"):
                await self._reading(kind, place, looked.generation, read, ahead=True)
                return True
            case Looked("found", _, Entry() as entry, left):
                self._hold(place, looked.generation, entry, min(left, kind.seconds), ahead=True)
        return False

    async def generation(self, key: str) -> bytes:
        """The key's generation, begun now where it has none."""
        return (await self._redis.look(Place(key, "-"))).generation

    async def is_current(self, key: str, generation: bytes) -> bool:
        """Whether nothing in a key was invalidated since that generation began."""
        return await self._redis.generation(key) == generation

    async def drop(self, keys: Collection[str]) -> bool:
        """Invalidate, on every process; see `Link.insist` for what False means."""
        if not keys or not self._used:
            return True
        self.insisting += 1
        try:
            confirmed = await self.link.insist("UNLINK", *sorted(keys))
        finally:
            self.insisting -= 1
        metrics.CACHE_DROPS.labels("confirmed" if confirmed else "unconfirmed").inc(len(keys))
        return confirmed

    def patience(self, kind: str) -> Patience:
        """How long one waits for another process' reading of a type."""
        return self._patience.setdefault(kind, Patience())

    async def close(self) -> None:
        """Give up what is under way."""
        tasks = [*self._readings.values(), *self._early]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _get(self, kind: Kind, place: Place, read: Read) -> Answer:
        held = self.memory.find(place, time.monotonic())
        looked = await self._redis.look(place, held.generation if held else b"")
        if looked.state == "wait":
            looked = await self._wait(kind, place, looked)
            if looked.state == "found" and looked.entry is not None:
                return self._found(kind, place, looked, looked.entry, "waited")
        match looked:
            case Looked("same") if held is not None:
                return self._same(kind, place, held, read)
            case Looked("found", _, Entry() as entry):
                answer = self._found(kind, place, looked, entry, "redis")
                self._renew_early(kind, place, looked.generation, looked.seconds_left, read)
                return answer
        reading = await self._reading(kind, place, looked.generation, read)
        return Answer(reading.answer, "database")

    def _same(self, kind: Kind, place: Place, held: Held, read: Read) -> Answer:
        if held.ahead:
            metrics.CACHE_AHEAD_USED.inc()
            self.memory.put(place, replace(held, ahead=False))
        self.memory.use(place)
        self._renew_early(kind, place, held.generation, held.expires - time.monotonic(), read)
        return Answer(held.entry, "memory")

    def _found(self, kind: Kind, place: Place, looked: Looked, entry: Entry, source: Source) -> Answer:
        self._hold(place, looked.generation, entry, min(looked.seconds_left, kind.seconds))
        return Answer(entry, source)

    def _hold(self, place: Place, generation: bytes, entry: Entry, seconds: float, *, ahead: bool = False) -> None:
        if self.link.usable:
            self.memory.put(place, Held(entry, generation, time.monotonic() + seconds, ahead))

    async def _wait(self, kind: Kind, place: Place, looked: Looked) -> Looked:
        """What the one who reads it finds; after as long as a reading takes, nothing: then everybody reads."""
        if (place, looked.generation) in self._readings:
            return looked
        self.waiting += 1
        try:
            for pause in self.patience(kind.name).pauses():
                await asyncio.sleep(pause)
                looked = await self._redis.look(place)
                if looked.state != "wait" or (place, looked.generation) in self._readings:
                    return looked
        finally:
            self.waiting -= 1
        metrics.CACHE_WAITS_IN_VAIN.inc()
        return looked

    async def _reading(
        self, kind: Kind, place: Place, generation: bytes, read: Read, *, ahead: bool = False
    ) -> Reading:
        """Read once in this process, however many ask; who comes in another generation does not join an older reading."""
        task = self._readings.get((place, generation))
        if task is not None:
            self.joined += 1
        if task is None:
            task = asyncio.create_task(self._read(kind, place, generation, read, ahead=ahead))
            self._readings[place, generation] = task
            task.add_done_callback(lambda _: self._readings.pop((place, generation), None))
        return await asyncio.shield(task)

    async def _read(self, kind: Kind, place: Place, generation: bytes, read: Read, *, ahead: bool) -> Reading:
        began = time.monotonic()
        try:
            reading = await read()
        except BaseException:
            await self._redis.release(place)
            raise
        self.patience(kind.name).took(time.monotonic() - began)
        if reading.kept is not None:
            await self._keep(kind, place, generation, reading, reading.kept, ahead=ahead)
        else:
            await self._redis.release(place)
        return reading

    async def _keep(
        self, kind: Kind, place: Place, generation: bytes, reading: Reading, kept: Entry, *, ahead: bool
    ) -> None:
        seconds = kind.seconds if reading.seconds is None else reading.seconds
        try:
            outcome = await self._redis.store(place, generation, kept, seconds)
        except AwayError:
            metrics.CACHE_STORES.labels(kind.name, "failed").inc()
            return
        metrics.CACHE_STORES.labels(kind.name, outcome).inc()
        if outcome == "stored":
            self._hold(place, generation, kept, seconds, ahead=ahead)

    def _renew_early(self, kind: Kind, place: Place, generation: bytes, left: float, read: Read) -> None:
        if len(self._early) < MOST_EARLY and is_due(kind.seconds, left, random.random()):  # noqa: S311
            task = asyncio.create_task(self._renew(kind, place, generation, read))
            self._early.add(task)
            task.add_done_callback(self._early.discard)

    async def _renew(self, kind: Kind, place: Place, generation: bytes, read: Read) -> None:
        """Read anew behind the answer's back. Where it fails, the entry ends when its time is over, as it would have."""
        try:
            looked = await self._redis.look(place, renew=True)
            if looked.state == "read" and looked.generation == generation:
                await self._reading(kind, place, generation, read)
                metrics.CACHE_EARLY.inc()
        except Exception as error:  # noqa: BLE001 - whoever asks next reads it, and is told what is wrong
            metrics.CACHE_STORES.labels(kind.name, "failed").inc()
            del error
