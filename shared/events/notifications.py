"""What concerns one agent, on their own channel. Ids and names, so that it can be shown; never what somebody wrote."""

from datetime import datetime
from typing import Any, Literal

from shared.events.clinic_time import to_clinic_time
from shared.events.live import LiveEvent, live_event

NotificationReason = Literal["message", "transferred"]


def message_notification(
    user_id: int,
    reason: NotificationReason,
    conversation: dict[str, Any],
    at: datetime,
    zone_name: str,
    **more: Any,
) -> LiveEvent:
    """Tell an agent of a conversation of theirs: `id`, `contact_name` and `version`, and what else `reason` has to say."""
    data = {
        "reason": reason,
        "conversation_id": str(conversation["id"]),
        "contact_name": conversation["contact_name"],
        **more,
        "timestamp": to_clinic_time(at, zone_name),
        "version": conversation["version"],
    }
    return live_event("message_notification", "atendente", user_id, data, at)
