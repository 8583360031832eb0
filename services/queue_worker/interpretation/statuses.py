"""How far a message has come, in our words."""

from collections.abc import Mapping
from typing import Any

from services.queue_worker.facts import DeliveryStatus
from services.queue_worker.interpretation.fields import integer

# Evolution's words on the left, the Cloud channel's beside them.
_WORDS: Mapping[str, DeliveryStatus] = {
    "PENDING": "pending",
    "SERVER_ACK": "sent",
    "SENT": "sent",
    "DELIVERY_ACK": "delivered",
    "DELIVERED": "delivered",
    "READ": "read",
    "PLAYED": "played",
    "ERROR": "failed",
    "FAILED": "failed",
}
# Baileys' numbers are the positions.
_NUMBERS: tuple[DeliveryStatus, ...] = ("failed", "pending", "sent", "delivered", "read", "played")


def delivery_status(value: Any) -> DeliveryStatus | None:
    """The status, in any of the vocabularies; None for what is none."""
    if isinstance(value, str) and value.strip().upper() in _WORDS:
        return _WORDS[value.strip().upper()]
    number = integer(value)
    return _NUMBERS[number] if number is not None and 0 <= number < len(_NUMBERS) else None
