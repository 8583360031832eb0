"""The decisions on which completeness rests."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.realtime_gateway.protocol.positions import Frame, Position, bridge, contiguous, read_frame, step
from shared.events.live import numbered_frame
from shared.pubsub.history import ChannelHistory

SEQS = st.integers(min_value=0, max_value=40)
EPOCHS = st.sampled_from(["a", "b"])


def frame(seq: int, epoch: str = "a") -> Frame:
    return Frame(text(seq, epoch).encode(), Position(seq, epoch))


def text(seq: int, epoch: str = "a") -> str:
    return numbered_frame('{"type":"message:new"}', seq, epoch)


def history(seqs: Sequence[int], seq: int, epoch: str = "a") -> ChannelHistory:
    return ChannelHistory(seq, epoch, [text(number, epoch) for number in seqs])


def numbers(frames: list[Frame] | None) -> list[int] | None:
    return None if frames is None else [frame.position.seq for frame in frames if frame.position]


@pytest.mark.parametrize(
    ("last", "new", "expected"),
    [
        (Position(4, "a"), Position(5, "a"), "next"),
        (Position(0, "a"), Position(1, "a"), "next"),
        (Position(4, "a"), Position(4, "a"), "seen"),
        (Position(4, "a"), Position(1, "a"), "seen"),
        (Position(4, "a"), Position(6, "a"), "gap"),
        (Position(4, "a"), Position(5, "b"), "gap"),
        (Position(4, "a"), Position(4, "b"), "gap"),
        (Position(4, "a"), Position(1, "b"), "gap"),
    ],
)
def test_step(last: Position, new: Position, expected: str) -> None:
    """An event is the next one, a known one, or proof that something is missing."""
    assert step(last, new) == expected


@given(st.permutations(range(1, 12)), st.lists(st.integers(1, 11)))
def test_only_what_follows_is_taken(order: list[int], repeats: list[int]) -> None:
    """Whatever comes in whatever order, one who takes only next events has a prefix of the sequence, once each."""
    last, taken = Position(0, "a"), []
    for seq in [*order, *repeats, *order]:
        if step(last, Position(seq, "a")) == "next":
            last = Position(seq, "a")
            taken.append(seq)

    assert taken == list(range(1, len(taken) + 1))


@given(SEQS, SEQS, st.lists(SEQS))
def test_contiguous_is_all_or_nothing(after: int, until: int, seqs: list[int]) -> None:
    """What is returned is exactly the asked range in order; nothing is returned only where something of it is missing."""
    found = numbers(contiguous(after, until, map(frame, seqs)))
    wanted = list(range(after + 1, until + 1))

    assert found in (wanted, None)
    assert (found is None) == bool(until < after or set(wanted) - set(seqs))


@given(SEQS, EPOCHS, SEQS, EPOCHS, st.sets(SEQS))
def test_bridge_leads_to_where_the_channel_stands(seq: int, epoch: str, there: int, other: str, kept: set[int]) -> None:
    """A bridge exists only within an epoch, and then has every event between its ends."""
    frames = bridge(Position(seq, epoch), history(sorted(kept), there, other))

    if frames is not None:
        assert epoch == other
        assert numbers(frames) == list(range(seq + 1, there + 1))


def test_bridge_of_nothing_missed() -> None:
    """Who stands where the channel stands has missed nothing, even where history holds nothing."""
    assert bridge(Position(7, "a"), history([], 7)) == []


def test_no_bridge_backwards() -> None:
    """A channel that stands before what was already seen is another copy of itself."""
    assert bridge(Position(7, "a"), history([], 5)) is None


@given(st.integers(0, 2**63), st.text("0123456789abcdef", min_size=1, max_size=12))
def test_position_is_read_from_the_front(seq: int, epoch: str) -> None:
    """What the publish script puts in front is found again, and the payload stays as it is."""
    payload = text(seq, epoch).encode()

    assert read_frame(payload) == Frame(payload, Position(seq, epoch))


@pytest.mark.parametrize(
    "payload", [b"", b"{}", b'{"type":"conversation:typing","seq":1,"epoch":"a"}', b'{"seq":-1,"epoch":"a",', b"\xff"]
)
def test_other_payloads_have_no_position(payload: bytes) -> None:
    """Ephemeral events, and what is none of ours, have no place in the sequence."""
    assert read_frame(payload) == Frame(payload, None)
