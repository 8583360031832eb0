"""Writes gather until the loop's tick ends."""

import asyncio

from services.realtime_gateway.connections import writer as writer_module
from services.realtime_gateway.connections.writer import Writer
from services.realtime_gateway.tally import Tally


class Socket:
    """Writes down when it was flushed."""

    def __init__(self, flushed: list["Socket"]) -> None:
        self._flushed = flushed

    def flush(self) -> None:
        self._flushed.append(self)

    def hopeless(self, _now: float) -> bool:
        return True

    def cut_off(self, _parting: str) -> None:
        self._flushed.append(self)


async def test_flush_comes_after_the_tick() -> None:
    """Nothing is written while frames may still be added; then everybody is, in order."""
    flushed: list[Socket] = []
    writer: Writer[Socket] = Writer(Tally())
    sockets = [Socket(flushed) for _ in range(3)]
    for socket in sockets:
        writer.add(socket)
    assert flushed == []

    await asyncio.sleep(0)
    assert flushed == sockets


class BrokenSocket(Socket):
    """Fails in a way that nobody has foreseen."""

    def flush(self) -> None:
        super().flush()
        raise RuntimeError


async def test_failing_socket_does_not_silence_the_others() -> None:
    """Whatever goes wrong with one socket, the others are written, then and later."""
    failures: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: failures.append(context))
    flushed: list[Socket] = []
    writer: Writer[Socket] = Writer(Tally())
    sockets = [Socket(flushed), BrokenSocket(flushed), Socket(flushed)]
    for socket in sockets:
        writer.add(socket)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert flushed == sockets
    assert len(failures) == 1

    writer.add(sockets[0])
    await asyncio.sleep(0)
    assert flushed[-1] is sockets[0]


async def test_large_rooms_take_turns_with_other_work() -> None:
    """A room too large for one turn is written over several, with the loop free in between."""
    flushed: list[Socket] = []
    writer: Writer[Socket] = Writer(Tally())
    for _ in range(writer_module.WRITES_PER_TURN * 2 + 1):
        writer.add(Socket(flushed))

    counts = []
    for _ in range(3):
        await asyncio.sleep(0)
        counts.append(len(flushed))
    assert counts == [256, 512, 513]
