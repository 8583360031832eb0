"""Writes gather until the loop's tick ends."""

import asyncio

from services.realtime_gateway import writer as writer_module
from services.realtime_gateway.writer import Writer


class Socket:
    """Writes down when it was flushed."""

    def __init__(self, flushed: list["Socket"]) -> None:
        self._flushed = flushed

    def flush(self) -> int:
        self._flushed.append(self)
        return 1


async def test_flush_comes_after_the_tick() -> None:
    """Nothing is written while frames may still be added; then everybody is, in order."""
    flushed: list[Socket] = []
    writer, sockets = Writer(), [Socket(flushed) for _ in range(3)]
    for socket in sockets:
        writer.add(socket)
    assert flushed == []

    await asyncio.sleep(0)
    assert flushed == sockets


async def test_large_rooms_take_turns_with_other_work() -> None:
    """A room too large for one turn is written over several, with the loop free in between."""
    flushed: list[Socket] = []
    writer = Writer()
    for _ in range(writer_module.WRITES_PER_TURN * 2 + 1):
        writer.add(Socket(flushed))

    counts = []
    for _ in range(3):
        await asyncio.sleep(0)
        counts.append(len(flushed))
    assert counts == [256, 512, 513]
