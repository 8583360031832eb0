"""Ids of events."""

import os
import time
from uuid import UUID

_LOW_BITS = (1 << 62) - 1


def time_ordered_uuid() -> UUID:
    """A UUID of version 7 (RFC 9562): rising with time, so that indexes grow at their end."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    return UUID(int=(milliseconds << 80) | (0x7 << 76) | (random >> 68 << 64) | (0b10 << 62) | (random & _LOW_BITS))
