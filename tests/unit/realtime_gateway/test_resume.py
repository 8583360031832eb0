"""What a client that was away is given."""

from hypothesis import given
from hypothesis import strategies as st

from services.realtime_gateway.channels.resume import MOST_REPLAYED_BYTES, reachable, replay
from services.realtime_gateway.protocol.positions import Position
from shared.pubsub.history import HISTORY_SIZE, ChannelHistory
from tests.unit.realtime_gateway.test_positions import EPOCHS, SEQS, frame, history, numbers


@given(SEQS, SEQS, SEQS, SEQS)
def test_history_and_live_events_meet(since: int, before: int, read: int, after: int) -> None:
    """Whenever history is read between two moments of a live stream, the two together lead from any position to the end."""
    started, until = before, before + read + after
    wanted = min(since, started)
    kept = history(range(wanted + 1, started + read + 1), started + read)
    passed = [frame(seq) for seq in range(started + 1, until + 1)]

    assert numbers(replay(Position(wanted, "a"), Position(until, "a"), kept, passed)) == list(
        range(wanted + 1, until + 1)
    )


@given(SEQS, EPOCHS, SEQS, EPOCHS, EPOCHS, st.sets(SEQS), st.sets(SEQS))
def test_replay_is_complete_or_nothing(
    seq: int, epoch: str, until: int, now: str, read: str, kept: set[int], passed: set[int]
) -> None:
    """A replay within one epoch has every event between the positions; any other is none at all."""
    live = [frame(number) for number in sorted(passed)]
    frames = replay(Position(seq, epoch), Position(until, now), history(sorted(kept), until, read), live)

    if frames is not None:
        assert epoch == now == read
        assert numbers(frames) == list(range(seq + 1, until + 1))


def test_history_ahead_of_what_was_delivered() -> None:
    """Events that history has but the channel has not yet passed on are left to come live."""
    frames = replay(Position(1, "a"), Position(3, "a"), history([2, 3, 4, 5], 5), [])

    assert numbers(frames) == [2, 3]


def test_large_replay_is_not_made() -> None:
    """A replay that would cost more than refetching is refused as a whole."""
    large = [f'{{"seq":{seq},"epoch":"a","data":"{"x" * (MOST_REPLAYED_BYTES // 2)}"}}' for seq in (1, 2)]

    assert replay(Position(0, "a"), Position(2, "a"), ChannelHistory(2, "a", large), []) is None


def test_reachable_as_far_as_history_goes() -> None:
    """History is only read where it can help."""
    here = Position(1000, "a")

    assert reachable(Position(1000 - HISTORY_SIZE, "a"), here)
    assert not reachable(Position(1000 - HISTORY_SIZE - 1, "a"), here)
    assert not reachable(Position(1001, "a"), here)
    assert not reachable(Position(999, "b"), here)
