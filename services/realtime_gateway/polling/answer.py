"""What a poll is answered. Pure; events go in as they were published, encoded once."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import orjson

from services.realtime_gateway.polling.following import Following
from services.realtime_gateway.polling.positions_text import Asked, write_channels
from services.realtime_gateway.protocol.envelope import error_of
from services.realtime_gateway.protocol.refusal import Refusal


class Refused(NamedTuple):
    """A channel that the client can't have, or can't have now."""

    asked: Asked
    refusal: Refusal


def poll_answer(
    followed: Sequence[Following], refused: Sequence[Refused], ephemeral: Iterable[bytes], reconnect_ms: int | None
) -> bytes:
    """The body: each channel with its events and new position, what is told and forgotten, and the next poll's `channels`."""
    channels = [*map(_followed, followed), *map(_refused, refused)]
    more: dict[str, Any] = {"next": write_channels(next_channels(followed, refused))}
    if reconnect_ms is not None:
        more["going_away"] = {"reconnect_ms": reconnect_ms}
    return b'{"channels":[%s],"ephemeral":[%s],%s' % (b",".join(channels), b",".join(ephemeral), orjson.dumps(more)[1:])


def next_channels(followed: Iterable[Following], refused: Iterable[Refused]) -> list[Asked]:
    """What the client goes on with: all but what it will never get."""
    going_on = [Asked(one.asked.name, one.position) for one in followed]
    return [*going_on, *(one.asked for one in refused if one.refusal.temporary)]


def _followed(one: Following) -> bytes:
    name = one.channel.name if one.channel else one.asked.name
    known = {"asked": one.asked.name, "channel": name, **one.position._asdict(), "recovered": one.recovered}
    return b'%s,"events":[%s]}' % (orjson.dumps(known)[:-1], b",".join(one.events))


def _refused(one: Refused) -> bytes:
    return orjson.dumps({"asked": one.asked.name, "error": error_of(one.refusal)})
