"""What a poll is answered. Pure; events go in as they were published, encoded once."""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from services.realtime_gateway.polling.following import Following
from services.realtime_gateway.polling.positions_text import Asked, write_channels
from services.realtime_gateway.protocol.envelope import error_of


def poll_answer(following: Sequence[Following], ephemeral: Iterable[bytes], reconnect_ms: int | None) -> bytes:
    """The body: each channel with its events and new position, what is told and forgotten, and the next poll's `channels`."""
    more: dict[str, Any] = {"next": write_channels(next_channels(following))}
    if reconnect_ms is not None:
        more["going_away"] = {"reconnect_ms": reconnect_ms}
    channels = b",".join(map(_channel, following))
    return b'{"channels":[%s],"ephemeral":[%s],%s' % (channels, b",".join(ephemeral), orjson.dumps(more)[1:])


def next_channels(following: Iterable[Following]) -> list[Asked]:
    """What the client goes on with: all but what it will never get."""
    return [
        one.asked if one.refusal else Asked(one.asked.name, one.position)
        for one in following
        if one.refusal is None or one.refusal.temporary
    ]


def _channel(one: Following) -> bytes:
    if one.refusal:
        return orjson.dumps({"asked": one.asked.name, "error": error_of(one.refusal)})
    name = one.channel.name if one.channel else one.asked.name
    known = {"asked": one.asked.name, "channel": name, **one.position._asdict(), "recovered": one.recovered}
    return b'%s,"events":[%s]}' % (orjson.dumps(known)[:-1], b",".join(one.events))
