"""One reading of a channel serves everybody who asked for it."""

import asyncio
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.realtime_gateway.channels import histories
from services.realtime_gateway.channels.histories import HistoryReader, earliest
from services.realtime_gateway.protocol.positions import Position, bridge
from shared.events.live import numbered_frame
from shared.pubsub.history import ChannelHistory


def history(top: int, kept: int, after: int | None) -> ChannelHistory:
    """What Redis answers for a channel of `top` events whose last `kept` it still has."""
    first = top + 1 if after is None else max(after + 1, top - kept + 1)
    return ChannelHistory(top, "e", [numbered_frame('{"n":1}', seq, "e") for seq in range(first, top + 1)])


@given(st.integers(0, 30), st.integers(0, 30), st.lists(st.none() | st.integers(0, 35), min_size=1, max_size=5))
def test_a_shared_reading_is_to_each_as_one_of_its_own(top: int, kept: int, asked: list[int | None]) -> None:
    """Whatever positions are asked for together, each gets what it would have got alone."""
    shared = history(top, kept, earliest(asked))
    for after in asked:
        assert shared.after(after) == history(top, kept, after)


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_frames_that_did_not_fit_are_not_passed_over(top: int, missing: int, since: int) -> None:
    """A reading without its oldest frames leads from no position before them."""
    cut = ChannelHistory(top, "e", history(top, top, 0).frames[missing:])
    led = bridge(Position(since, "e"), cut.after(since))
    assert (led is not None) == (missing <= since <= top or since == top)


async def test_who_reads_hears_of_every_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also of one that nobody has foreseen: whoever waited for ever would keep a channel silent."""

    async def fail(*_: Any) -> Any:
        raise ValueError("nobody has foreseen this")

    monkeypatch.setattr(histories, "read_histories", fail)
    reader = HistoryReader(cast(Redis, None))
    running = asyncio.create_task(reader.run())
    with pytest.raises(RedisError):
        await reader.read(1, "conversa:12", None)

    with pytest.raises(ValueError, match="foreseen"):
        await running
