"""What agents are told of a batch's effects."""

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime, timedelta
from typing import Any

from services.queue_worker.effects.conversations import Summary
from services.queue_worker.effects.messages import Row
from shared.events.clinic_time import to_clinic_time
from shared.events.live import LiveEvent, live_event
from shared.events.message import message_object
from shared.events.notifications import message_notification

# What comes later than this waits in the list like everything unread: nobody wants a day's outage as a thousand calls.
NEWS = timedelta(hours=1)


def message_events(
    rows: Sequence[Row], attachments: Mapping[int, Sequence[Row]], zone: str, now: datetime
) -> Iterable[LiveEvent]:
    """`message:new` or, where a known one changed, `message:updated`; the oldest first."""
    for row in sorted(rows, key=lambda row: (row["timestamp"], row["id"])):
        event_type = "message:new" if row["inserted"] else "message:updated"
        data = message_object(row, attachments.get(row["id"], ()), zone)
        yield live_event(event_type, "conversa", row["conversation_id"], data, now)


def notifications(
    messages: Sequence[Row], summaries: Iterable[Summary], zone: str, now: datetime
) -> Iterable[LiveEvent]:
    """`message_notification` to whom the conversation belongs, for each message of the patient that is news."""
    held = {summary.id: summary for summary in summaries if summary.assigned_to is not None}
    for row in sorted(messages, key=lambda row: (row["timestamp"], row["id"])):
        summary = held.get(row["conversation_id"])
        if summary is None or summary.assigned_to is None or not is_news(row, now):
            continue
        entry = {"id": summary.id, "contact_name": summary.contact_name, "version": summary.version}
        more = {"message_id": str(row["id"]), "message_type": row["message_type"]}
        yield message_notification(summary.assigned_to, "message", entry, row["timestamp"], now, zone, **more)


def is_news(message: Row, now: datetime) -> bool:
    """Whether an agent is to be called for a message. History is none, nor what was taken back or comes hours late."""
    said_by_patient = message["sender_type"] == "patient" and message["deleted_at"] is None and not message["quiet"]
    return said_by_patient and now - message["timestamp"] < NEWS


def list_events(
    summaries: Iterable[Summary], opened: Set[int], clinic_id: int, zone: str, now: datetime
) -> Iterable[LiveEvent]:
    """`conversation:list:updated`, once a conversation however much happened in it; before it `conversation:new`."""
    for summary in summaries:
        if summary.id in opened:
            new = {
                "conversation_id": str(summary.id),
                "clinic_id": str(clinic_id),
                "timestamp": to_clinic_time(now, zone),
                "version": summary.version,
            }
            yield live_event("conversation:new", "empresa", clinic_id, new, now)
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
