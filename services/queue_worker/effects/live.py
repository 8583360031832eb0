"""What agents are told of a batch's effects."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from services.queue_worker.effects.conversations import Summary
from services.queue_worker.effects.messages import Row
from shared.events.clinic_time import to_clinic_time
from shared.events.live import LiveEvent, live_event
from shared.events.message import message_object


def message_events(
    rows: Sequence[Row], attachments: Mapping[int, Sequence[Row]], zone: str, now: datetime
) -> Iterable[LiveEvent]:
    """`message:new` or, where a known one changed, `message:updated`; the oldest first."""
    for row in sorted(rows, key=lambda row: (row["timestamp"], row["id"])):
        event_type = "message:new" if row["inserted"] else "message:updated"
        data = message_object(row, attachments.get(row["id"], ()), zone)
        yield live_event(event_type, "conversa", row["conversation_id"], data, now)


def list_events(
    summaries: Iterable[Summary], opened: set[int], clinic_id: int, zone: str, now: datetime
) -> Iterable[LiveEvent]:
    """`conversation:list:updated`, once a conversation however much happened in it."""
    for summary in summaries:
        data = {
            "conversationId": str(summary.id),
            "clinicId": str(clinic_id),
            "eventType": "new" if summary.id in opened else "updated",
            "timestamp": to_clinic_time(now, zone),
            "version": summary.version,
        }
        yield live_event("conversation:list:updated", "empresa", clinic_id, data, now)


def action_events(
    rows: Sequence[Mapping[str, Any]], versions: Mapping[int, int], zone: str, now: datetime
) -> Iterable[LiveEvent]:
    """`conversation:updated` for each new action."""
    for row in rows:
        action = {
            "id": str(row["id"]),
            "conversation_id": str(row["conversation_id"]),
            "action_type": row["action_type"],
            "action_data": row["action_data"],
            "created_at": to_clinic_time(row["created_at"], zone),
        }
        data = {
            "conversation_id": str(row["conversation_id"]),
            "version": versions.get(row["conversation_id"]),
            "action": action,
        }
        yield live_event("conversation:updated", "conversa", row["conversation_id"], data, now)
