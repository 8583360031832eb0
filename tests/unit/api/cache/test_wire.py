import asyncio

import pytest

from services.api.cache.wire import Wire, WireError


class Ends(asyncio.Transport):
    """Notes what is written, and that it was cut."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.cut = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def is_closing(self) -> bool:
        return self.cut

    def abort(self) -> None:
        self.cut = True


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def connected(clock: Clock) -> tuple[Wire, Ends]:
    wire, ends = Wire(clock, 1.0), Ends()
    wire.connection_made(ends)
    return wire, ends


async def test_answers_belong_to_questions_in_their_order() -> None:
    """What is asked in one turn of the loop leaves in one write; an error is its own question's."""
    wire, ends = connected(Clock())
    asked = [asyncio.create_task(wire.call("GET", name)) for name in ("a", "b", "c")]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert ends.written.count(b"GET") == 3
    wire.data_received(b"$1\r\n1\r\n-ERR no\r\n")
    wire.data_received(b":3\r\n")
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert (found[0], found[2]) == (b"1", 3)
    assert isinstance(found[1], WireError)


async def test_who_stopped_waiting_does_not_shift_the_others_answers() -> None:
    """An answer that nobody waits for any more is still the answer to its own question."""
    wire, _ = connected(Clock())
    first, second = (asyncio.create_task(wire.call("GET", name)) for name in ("a", "b"))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    wire.data_received(b"$5\r\nfirst\r\n$6\r\nsecond\r\n")
    assert await second == b"second"


async def test_an_answer_after_a_long_silence_is_not_taken() -> None:
    """A Redis that was frozen may carry out in any order what was held up: this link is over, whatever it says."""
    clock = Clock()
    wire, ends = connected(clock)
    asked = asyncio.create_task(wire.call("GET", "a"))
    await asyncio.sleep(0)
    assert wire.unanswered_since == 0.0
    clock.now = 1.1
    wire.data_received(b"$3\r\nold\r\n")
    assert ends.cut
    wire.connection_lost(None)
    with pytest.raises(WireError):
        await asked
    assert wire.unanswered_since == 0.0
    with pytest.raises(WireError):
        await wire.call("PING")


async def test_each_answer_renews_the_trust_from_when_its_question_was_sent() -> None:
    """Not from when it came: it says how Redis was then."""
    clock = Clock()
    wire, ends = connected(clock)
    for now in (0.5, 1.0, 1.8):
        clock.now = now
        beat = asyncio.create_task(wire.call("TIME"))
        await asyncio.sleep(0)
        clock.now = now + 0.1
        wire.data_received(b"+ok\r\n")
        await beat
        assert wire.proved == now
    assert wire.unanswered_since is None
    assert not ends.cut
    clock.now = 2.85
    assert not wire.trusted()
