"""What the gateway itself says to clients, beside the events that it passes on."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from services.realtime_gateway.protocol.positions import Frame, Position


def connected(data: Mapping[str, Any]) -> bytes:
    """The socket is authenticated and has joined its own channels."""
    return orjson.dumps({"type": "connected", "data": data})


def joined(position: Position, missed: Iterable[Frame] | None, more: Mapping[str, Any]) -> bytes:
    """Data of a reply: the channel was joined at a position.

    `missed` is every event since the client's own position, as published, or None: then the client refetches.
    """
    known = {"seq": position.seq, "epoch": position.epoch, "recovered": missed is not None, **more}
    events = b",".join(frame.payload for frame in missed or ())
    return b'%s,"events":[%s]}' % (orjson.dumps(known)[:-1], events)


def pong() -> bytes:
    """Data of a reply: the server's time, for clients that compare clocks."""
    return orjson.dumps({"server_time": server_time()})


def reset(channel: str, position: Position) -> bytes:
    """Events of the channel may have been missed up to this position: refetch what it shows."""
    data = {"channel": channel, "seq": position.seq, "epoch": position.epoch}
    return orjson.dumps({"type": "reset", "channel": channel, "data": data})


def token_expiring(expires_at: int) -> bytes:
    """The token ends soon: send `auth` with a newer one, or be disconnected then (seconds since the epoch)."""
    return orjson.dumps({"type": "token_expiring", "data": {"expires_at": expires_at}})


def going_away(reconnect_ms: int) -> bytes:
    """This gateway ends the connection now: connect again after that time."""
    return orjson.dumps({"type": "going_away", "data": {"reconnect_ms": reconnect_ms}})


def server_time() -> str:
    """Now, as clients read it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
