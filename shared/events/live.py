"""Live events as agents' clients see them, encoded once: nobody downstream encodes them again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import orjson

from shared.events.announcements import Announcement, announcement

Target = Literal["atendente", "conversa", "empresa", "presence"]

# What a frame's `target` says for each kind of channel (the older clients' words).
FRAME_TARGET: dict[Target, str] = {
    "atendente": "atendente",
    "conversa": "conversa",
    "empresa": "global",
    "presence": "presence",
}


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """One event on one channel. `frame` is the client's JSON without `seq` and `epoch`, which Redis gives to durable ones.

    An `ephemeral` one (somebody is typing) is told to who listens now, without a number, and forgotten. One with an
    `announcement` is also told to the clinic's own systems. `stale` are keys of what it makes stale and does not name.
    """

    channel: str
    frame: str
    ephemeral: bool = False
    announcement: Announcement | None = None
    stale: tuple[str, ...] = ()


def channel_name(target: Target, target_id: int | str) -> str:
    """The channel's name as clients know it, for instance `conversa:12`. It says nothing about the tenant."""
    return f"{target}:{target_id}"


def live_event(
    event_type: str,
    target: Target,
    target_id: int | str,
    data: Mapping[str, Any],
    at: datetime,
    *,
    ephemeral: bool = False,
) -> LiveEvent:
    """Encode an event for a channel."""
    channel = channel_name(target, target_id)
    frame = {
        "type": event_type,
        "target": FRAME_TARGET[target],
        "targetId": str(target_id),
        "channel": channel,
        "timestamp": at.isoformat(timespec="milliseconds"),
        "data": data,
    }
    announced = None if ephemeral else announcement(event_type, target, target_id, data)
    return LiveEvent(channel, encode_json(frame).decode(), ephemeral, announced)


def originated_frame(frame: str, origin: str) -> str:
    """An ephemeral frame with the connection that it comes from in front, so that it is not echoed there."""
    return f'{{"origin":"{origin}",{frame[1:]}'


def encode_json(value: Mapping[str, Any]) -> bytes:
    """JSON, also of integers beyond 64 bits, which an integration's data may hold and the fast encoder refuses."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def numbered_frame(frame: str, seq: int, epoch: str) -> str:
    """The frame as it is sent, its position in front, so that it can be read without parsing the rest.

    The publish script does the same in Redis; this is its specification.
    """
    return f'{{"seq":{seq},"epoch":"{epoch}",{frame[1:]}'


def message_told(frame: str | bytes) -> str | None:
    """The id of the message that a frame tells of; None for any other frame, and for what is none."""
    try:
        told = json.loads(frame)
        named = told["data"]["id"] if told["type"].startswith("message:") else None
    except (ValueError, LookupError, TypeError, AttributeError):
        return None
    return named if isinstance(named, str) and named.isascii() and named.isdecimal() else None
