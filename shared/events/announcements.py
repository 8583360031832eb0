"""What clinics' own systems are told, and what makes it the same thing when it is told again. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

Announced = Literal["message.created", "conversation.updated", "conversation.transferred"]
ANNOUNCED: tuple[Announced, ...] = get_args(Announced)

# What colleagues write to one another among the messages. A bot that heard of it might tell the patient.
NOTE = "note"

# Each is told on several channels; who has the conversation open is told of it once.
_ANNOUNCED_BY: Mapping[tuple[str, str], Announced] = {
    ("message:new", "conversa"): "message.created",
    ("conversation:updated", "conversa"): "conversation.updated",
    ("conversation:transferred", "conversa"): "conversation.transferred",
}


@dataclass(frozen=True, slots=True)
class Announcement:
    """A live event that leaves the house too. Of one key each destination is told once."""

    event: Announced
    key: str


def announcement(event_type: str, target: str, target_id: int | str, data: Mapping[str, Any]) -> Announcement | None:
    """How a live event is announced, or None where it stays in the house, as colleagues' notes to one another do."""
    event = _ANNOUNCED_BY.get((event_type, target))
    if event is None or data.get("message_type") == NOTE:
        return None
    if event == "message.created":
        return Announcement(event, f"{event}/{data.get('id')}")
    # One decision may say several things of one version, each in an action of its own.
    action = (data.get("action") or {}).get("id", "")
    return Announcement(event, f"{event}/{target_id}/{data.get('version')}/{action}")
