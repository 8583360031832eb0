"""Where a channel stands, and what may be concluded from it. Pure: every promise of completeness is decided here.

A position is a sequence, gapless within an epoch. Another epoch means that Redis forgot the channel: nothing about what
came before can then be said.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from shared.pubsub.history import ChannelHistory

_NUMBERED = re.compile(rb'\{"seq":(\d+),"epoch":"([^"\\]*)",')
_ORIGINATED = re.compile(rb'\{"origin":"([^"\\]*)",')

Step = Literal["next", "seen", "gap"]


class Position(NamedTuple):
    """The last event of a channel that somebody has."""

    seq: int
    epoch: str


class Frame(NamedTuple):
    """An event as it was published: final JSON. Ephemeral ones (typing, presence) have no position.

    `origin` is the connection that an ephemeral one comes from, which needs no echo.
    """

    payload: bytes
    position: Position | None
    origin: str | None = None


def read_frame(payload: bytes) -> Frame:
    """The frame with what was put in front of it: a position or an origin. The rest is not parsed."""
    numbered = _NUMBERED.match(payload)
    if numbered is None:
        originated = _ORIGINATED.match(payload)
        return Frame(payload, None, originated[1].decode() if originated else None)
    return Frame(payload, Position(int(numbered[1]), numbered[2].decode()))


def opening(position: Position) -> bytes:
    """What the event with this position begins with."""
    return b'{"seq":%d,"epoch":"%s",' % (position.seq, position.epoch.encode())


def read_frames(history: ChannelHistory) -> Iterator[Frame]:
    """The frames of a history, in order."""
    return (read_frame(text.encode()) for text in history.frames)


def step(last: Position, new: Position) -> Step:
    """What an event is to somebody who stands at `last`: the next one, one already seen, or proof of others missing."""
    if new.epoch != last.epoch:
        return "gap"
    if new.seq <= last.seq:
        return "seen"
    return "next" if new.seq == last.seq + 1 else "gap"


def bridge(last: Position, history: ChannelHistory) -> list[Frame] | None:
    """What leads from `last` to where the channel stands; None where that can't be told, or not completely.

    A history that ends before `last` in the same epoch is one that Redis restored from an older copy.
    """
    if history.epoch != last.epoch or history.seq < last.seq:
        return None
    return contiguous(last.seq, history.seq, read_frames(history))


def contiguous(after: int, until: int, frames: Iterable[Frame]) -> list[Frame] | None:
    """The frames numbered `after` + 1 to `until`, in order and once each; None unless every one of them is there."""
    found = {frame.position.seq: frame for frame in frames if frame.position and after < frame.position.seq <= until}
    if len(found) != until - after:
        return None
    return [found[seq] for seq in range(after + 1, until + 1)]
