"""The `channels` parameter of a poll: channels and how far the client has them, as text and back. Pure.

`conversa:12@41.26df4e7f,empresa:1`: a name and, after the last `@`, the sequence and epoch of its last event. A channel
without a position is one that the client begins with. External ids may have an `@` in them; it then takes one at the end
to say that no position follows.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from services.realtime_gateway.protocol.positions import Position
from services.realtime_gateway.protocol.refusal import Refusal

MOST_POLLED_CHANNELS = 200
LARGEST_SEQ = 2**63 - 1
# The id's pattern is a conversation's (protocol/commands.py): other channels' ids are numbers.
_NAME = re.compile(r"[a-z]{1,16}:[A-Za-z0-9][A-Za-z0-9_.:@+=-]{0,254}")
_POSITION = re.compile(r"(0|[1-9][0-9]{0,18})\.([A-Za-z0-9_.:+=~-]{1,64})")


class Asked(NamedTuple):
    """A channel that a client polls, and the last event that it has of it."""

    name: str
    since: Position | None


def read_channels(text: str) -> list[Asked]:
    """What a client polls. Raises Refusal."""
    if not text:
        raise Refusal("bad_request", "`channels` is missing: name channels, separated by commas")
    parts = text.split(",", MOST_POLLED_CHANNELS)
    if len(parts) > MOST_POLLED_CHANNELS:
        raise Refusal("too_many_channels", f"a poll may name {MOST_POLLED_CHANNELS} channels")
    asked = [_read_channel(part) for part in parts]
    if len({one.name for one in asked}) < len(asked):
        raise Refusal("bad_request", "`channels` names one of them twice")
    return asked


def write_channels(asked: Iterable[Asked]) -> str:
    """The text that is read as this."""
    return ",".join(map(_write_channel, asked))


def _read_channel(text: str) -> Asked:
    name, _, position = text.rpartition("@") if "@" in text else (text, "", "")
    if not _NAME.fullmatch(name):
        raise Refusal("bad_request", "`channels`: a channel is `target:id` or `target:id@seq.epoch`")
    return Asked(name, _read_position(position) if position else None)


def _read_position(text: str) -> Position:
    found = _POSITION.fullmatch(text)
    if found is None or int(found[1]) > LARGEST_SEQ:
        raise Refusal("bad_request", "`channels`: what follows an `@` is `seq.epoch`")
    return Position(int(found[1]), found[2])


def _write_channel(asked: Asked) -> str:
    if asked.since:
        return f"{asked.name}@{asked.since.seq}.{asked.since.epoch}"
    return f"{asked.name}@" if "@" in asked.name else asked.name
