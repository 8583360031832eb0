"""Broker or spool: whichever is durable first answers, and nothing is forgotten on the way from one to the other."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from services.webhook_receiver.group_commit import NotDurableError
from services.webhook_receiver.spool.durability import Durability, batches
from services.webhook_receiver.spool.segments import Segments, open_segments
from tests.waiting import until

HEDGE = 0.02
ROOM = 10**6


class Broker:
    """A publish function whose confirms the test holds in its hand."""

    def __init__(self) -> None:
        self.confirmed: list[bytes] = []
        self.asked = 0
        self.refuses = False
        self.confirms = asyncio.Event()
        self.confirms.set()

    async def publish(self, parts: Sequence[bytes], /) -> None:
        self.asked += 1
        if self.refuses:
            raise NotDurableError("refused")
        await self.confirms.wait()
        self.confirmed += parts


@asynccontextmanager
async def draining(durability: Durability) -> AsyncIterator[None]:
    task = asyncio.create_task(durability.drain())
    try:
        yield
    finally:
        task.cancel()


def durable(broker: Broker, segments: Segments) -> Durability:
    return Durability(broker.publish, segments, hedge=HEDGE)


async def test_where_neither_is_durable_nothing_is_promised(tmp_path: Path) -> None:
    """Broker refuses, spool is full: the caller is told."""
    broker = Broker()
    broker.refuses = True

    with pytest.raises(NotDurableError):
        await durable(broker, open_segments(tmp_path, max_bytes=0)).commit([b"one"])


async def test_a_full_spool_leaves_it_to_the_late_confirm(tmp_path: Path) -> None:
    """Where the spool has no room, a publish that is late is waited for."""
    broker = Broker()
    broker.confirms.clear()
    commit = asyncio.create_task(durable(broker, open_segments(tmp_path, max_bytes=0)).commit([b"one"]))
    await until(lambda: broker.asked == 1)

    broker.confirms.set()
    await commit

    assert broker.confirmed == [b"one"]


async def test_a_healthy_broker_needs_no_spool(tmp_path: Path) -> None:
    """A confirm within the hedge time is all there is."""
    broker, segments = Broker(), open_segments(tmp_path, max_bytes=ROOM)

    await durable(broker, segments).commit([b"one"])

    assert broker.confirmed == [b"one"]
    assert segments.size == 0


async def test_a_refusal_is_spooled_and_drained_when_it_ends(tmp_path: Path) -> None:
    """What the broker refused is durable at once and reaches it later, in order."""
    broker, segments = Broker(), open_segments(tmp_path, max_bytes=ROOM)
    durability = durable(broker, segments)
    broker.refuses = True
    async with draining(durability):
        for number in range(5):
            await durability.commit([b"%d" % number])
        assert broker.confirmed == []

        broker.refuses = False
        await until(lambda: segments.size == 0)

    assert broker.confirmed == [b"0", b"1", b"2", b"3", b"4"]


async def test_a_late_confirm_is_not_waited_for(tmp_path: Path) -> None:
    """Past the hedge time the spool answers; the double that the late confirm makes is known by its id."""
    broker, segments = Broker(), open_segments(tmp_path, max_bytes=ROOM)
    broker.confirms.clear()
    durability = durable(broker, segments)

    await durability.commit([b"one"])
    assert segments.size > 0

    broker.confirms.set()
    async with draining(durability):
        await until(lambda: segments.size == 0)
    assert set(broker.confirmed) == {b"one"}


async def test_a_broker_in_trouble_is_not_asked_by_every_webhook(tmp_path: Path) -> None:
    """After one failure the spool comes first, until the drain has a confirm in time; then the broker does."""
    broker, segments = Broker(), open_segments(tmp_path, max_bytes=ROOM)
    durability = durable(broker, segments)
    broker.refuses = True
    for _ in range(10):
        await durability.commit([b"x"])
    assert broker.asked == 1

    broker.refuses = False
    async with draining(durability):
        await until(lambda: segments.size == 0)
        asked = broker.asked

        async def published_directly() -> bool:
            await durability.commit([b"y"])
            return segments.size == 0 and broker.asked > asked

        await until(published_directly)


async def test_what_a_dead_process_spooled_comes_first(tmp_path: Path) -> None:
    """A receiver that finds a spool drains it, and spools what arrives meanwhile behind it."""
    first = open_segments(tmp_path, max_bytes=ROOM)
    first.append([b"before"])
    first.close()
    broker, segments = Broker(), open_segments(tmp_path, max_bytes=ROOM)
    durability = durable(broker, segments)
    await durability.commit([b"after"])

    async with draining(durability):
        await until(lambda: segments.size == 0)

    assert broker.confirmed == [b"before", b"after"]


def test_large_spools_are_published_in_bounded_batches() -> None:
    """No publish is larger than a batch may be, nothing is left out and the order stays."""
    payloads = [b"%d" % number * 300_000 for number in range(40)]

    found = batches(payloads)

    assert [payload for batch in found for payload in batch] == payloads
    assert all(sum(map(len, batch)) <= 4 * 1024**2 for batch in found)
