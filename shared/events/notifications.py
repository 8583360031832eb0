"""What concerns one agent, on their own channel. Ids and names, so that it can be shown; never what somebody wrote."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from shared.events.clinic_time import to_clinic_time
from shared.events.live import LiveEvent, live_event

NotificationReason = Literal["message", "transferred", "assigned"]


def message_notification(
    user_id: int,
    reason: NotificationReason,
    conversation: Mapping[str, Any],
    happened_at: datetime,
    at: datetime,
    zone_name: str,
    **more: Any,
) -> LiveEvent:
    """Tell an agent of a conversation of theirs: `id`, `contact_name` and `version`, and what else `reason` has to say.

    What it tells of `happened_at` one time, and is told `at` another.
    """
    data = {
        "reason": reason,
        "conversation_id": str(conversation["id"]),
        "contact_name": conversation["contact_name"],
        **more,
        "timestamp": to_clinic_time(happened_at, zone_name),
        "version": conversation["version"],
    }
    return live_event("message_notification", "atendente", user_id, data, at)
