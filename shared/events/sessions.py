"""What becomes of somebody's sessions, told on their own channel: gateways act on it, and their tabs see it too."""

from datetime import datetime
from typing import Literal

from shared.events.live import LiveEvent, live_event

SESSION_REVOKED = "session:revoked"
SESSION_CHANGED = "session:changed"

RevocationReason = Literal["signed_out", "signed_out_everywhere", "deactivated", "password_changed"]


def session_revoked(user_id: int, reason: RevocationReason, valid_from: datetime, at: datetime) -> LiveEvent:
    """Sessions that began before `revoked_before` (seconds since the epoch) are over: their sockets end now."""
    data = {"user_id": str(user_id), "reason": reason, "revoked_before": int(valid_from.timestamp())}
    return live_event(SESSION_REVOKED, "atendente", user_id, data, at)


def session_changed(user_id: int, role: str, at: datetime) -> LiveEvent:
    """The user may do other things now than their token says: what is remembered of their rights is worth nothing."""
    return live_event(SESSION_CHANGED, "atendente", user_id, {"user_id": str(user_id), "role": role}, at)
