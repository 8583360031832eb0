"""Ids of events."""

import secrets
import time
from uuid import UUID


def time_ordered_uuid() -> UUID:
    """A UUID of version 7 (RFC 9562): rising with time, so that indexes grow at their end."""
    milliseconds = time.time_ns() // 1_000_000
    return UUID(
        int=(milliseconds << 80) | (0x7 << 76) | (secrets.randbits(12) << 64) | (0b10 << 62) | secrets.randbits(62)
    )
