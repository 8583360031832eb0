"""What clients are told about who is where: final frames, built once for all of them."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from services.realtime_gateway.presence.roster import Attendee, Edge, Roster
from services.realtime_gateway.protocol.framing import text_frame
from shared.events.live import live_event

# One change under both of its names: older clients know the first, newer ones the second.
STATUS_EVENTS = ("user:status", "presence_update")
COUNTED = ("online", "away", "busy")


def status_frames(clinic_id: int, edges: Iterable[Edge]) -> Iterator[bytes]:
    """Tell how users are seen now."""
    for edge in edges:
        data = {
            **_described(edge.user_id, edge.attendee),
            "previous": edge.previous,
            "at": _time(edge.attendee.since_ms),
        }
        for event_type in STATUS_EVENTS:
            yield _frame(event_type, "presence", clinic_id, data)


def viewers_frame(conversation_id: str, viewers: list[dict[str, str]]) -> bytes:
    """Tell who looks at a conversation."""
    data = {"conversation_id": conversation_id, "viewers": viewers}
    return _frame("conversation:viewers", "conversa", conversation_id, data)


def named(attendees: Mapping[int, Attendee]) -> list[dict[str, str]]:
    """Users by name, in an order that does not change."""
    return [{"user_id": str(user_id), "name": one.name} for user_id, one in sorted(attendees.items())]


def listing(roster: Roster, *, stale: bool) -> bytes:
    """Data of a reply: who is present. `stale`: events do not arrive just now, so that this may have changed."""
    present = roster.present()
    users = [{**_described(user_id, one), "since": _time(one.since_ms)} for user_id, one in sorted(present.items())]
    counts = {status: sum(one.status == status for one in present.values()) for status in COUNTED}
    return orjson.dumps({"users": users, "counts": counts, "version": roster.version, "stale": stale})


def _described(user_id: int, attendee: Attendee) -> dict[str, Any]:
    return {
        "user_id": str(user_id),
        "name": attendee.name,
        "status": attendee.status,
        "version": attendee.version,
    }


def _frame(event_type: str, target: Any, target_id: int | str, data: Mapping[str, Any]) -> bytes:
    event = live_event(event_type, target, target_id, data, datetime.now(UTC), ephemeral=True)
    return text_frame(event.frame.encode())


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
