"""Writes gather until the loop's tick ends."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


class Member:
    """Of audiences; keeps what was written to it, as it was written."""

    def __init__(self, number: int, writer: Writer["Member"]) -> None:
        self.id = str(number)
        self.writes: list[bytes] = []
        self._gathered: list[bytes] = []
        self._writer = writer

    def send(self, frame: bytes) -> None:
        if not self._gathered:
            self._writer.add(self)
        self._gathered.append(frame)

    def send_ephemeral(self, frame: bytes) -> None:
        self.send(frame)

    def deliver(self, data: bytes, frames: Sequence[bytes]) -> bool:
        assert not self._gathered, "something is overtaken"
        assert data == b"".join(frames)
        self.writes.append(data)
        return True

    def flush(self) -> None:
        if self._gathered:
            self.writes.append(b"".join(self._gathered))
            self._gathered.clear()

    def hopeless(self, _now: float) -> bool:
        return False

    def cut_off(self, _parting: str) -> None:
        """Nobody does."""


AUDIENCES = [(0, 1, 2), (1, 2, 3, 4, 5), (4,)]
# To an audience, to somebody alone, or the end of a tick.
Deeds = st.lists(
    st.one_of(
        st.tuples(st.just("cast"), st.integers(0, len(AUDIENCES) - 1)),
        st.tuples(st.just("send"), st.integers(0, 5)),
        st.tuples(st.just("tick"), st.just(0)),
    ),
    max_size=40,
)


@given(deeds=Deeds, turn=st.sampled_from([1, 2, 256]))
def test_everybody_is_written_what_they_were_sent_in_order(deeds: list[tuple[str, int]], turn: int) -> None:
    """Whether it was for many or for one, and however few are written before the loop turns."""
    asyncio.run(_act(deeds, turn))


async def _act(deeds: list[tuple[str, int]], turn: int) -> None:
    former, writer_module.WRITES_PER_TURN = writer_module.WRITES_PER_TURN, turn
    writer: Writer[Member] = Writer(Tally())
    members = [Member(number, writer) for number in range(6)]
    audiences = [tuple(members[number] for number in audience) for audience in AUDIENCES]
    sent: list[list[bytes]] = [[] for _ in members]
    try:
        for number, (deed, whom) in enumerate(deeds):
            frame = b"<%d>" % number
            if deed == "tick":
                await asyncio.sleep(0)
                continue
            for member in AUDIENCES[whom] if deed == "cast" else [whom]:
                sent[member].append(frame)
            if deed == "cast":
                writer.cast(audiences[whom], frame)
                if number % 3 == 0:  # what came together may be one event or several
                    writer.write()
            else:
                members[whom].send(frame)
        writer.write()
        for _ in range(2 * len(deeds) * len(members) + 2):
            await asyncio.sleep(0)
    finally:
        writer_module.WRITES_PER_TURN = former
    assert [b"".join(member.writes) for member in members] == [b"".join(frames) for frames in sent]


async def test_one_audience_of_a_tick_is_written_without_gathering() -> None:
    """Its frames are joined once for all of them."""
    writer: Writer[Member] = Writer(Tally())
    members = [Member(number, writer) for number in range(3)]
    audience = tuple(members)
    for frame in (b"a", b"b"):
        writer.cast(audience, frame)
    writer.write()

    assert [member.writes for member in members] == [[b"ab"]] * 3
    assert members[0].writes[0] is members[2].writes[0]
    assert (writer.tally.writes, writer.tally.frames, writer.tally.bytes) == (3, 6, 6)


async def test_failing_member_does_not_silence_an_audience() -> None:
    """Those after it have the frame all the same."""
    writer: Writer[Member] = Writer(Tally())
    members = [Member(number, writer) for number in range(3)]
    members[1].deliver = _fail  # type: ignore[method-assign, assignment]
    writer.cast(tuple(members), b"a")
    with pytest.raises(RuntimeError):
        writer.write()
    await asyncio.sleep(0)

    assert [member.writes for member in members] == [[b"a"], [], [b"a"]]


def _fail(_data: bytes, _frames: Sequence[bytes]) -> bool:
    raise RuntimeError
