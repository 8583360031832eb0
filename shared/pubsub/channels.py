"""Names in Redis. Each is built from the clinic of a verified token or a committed row, never from a client's input."""

WAKE_CHANNEL = "prosa:wake"


def redis_channel(clinic_id: int, channel: str) -> str:
    """Where a clinic's channel is published. The braces keep a channel's keys in one slot of a cluster."""
    return f"{{prosa:{clinic_id}:{channel}}}"


def position_key(clinic_id: int, channel: str) -> str:
    """The hash that holds the channel's sequence and epoch."""
    return f"{redis_channel(clinic_id, channel)}:position"


def history_key(clinic_id: int, channel: str) -> str:
    """The stream that holds the channel's last events."""
    return f"{redis_channel(clinic_id, channel)}:history"


def published_key(clinic_id: int, channel: str, entry_id: int | str) -> str:
    """Remembers that an outbox entry was published, so that a crashed relay does not publish it twice."""
    return f"{redis_channel(clinic_id, channel)}:published:{entry_id}"
