"""WebSocket frames as the clients of the benchmark need them, and where in an event its planned moment stands."""

import time
from collections.abc import Iterator

# Microseconds of the monotonic clock, which processes of a machine share; the summand gives all the same 16 digits.
MARK = b'"planned":'
_EPOCH = 10**15
_DIGITS = 16


def moment(seconds: float) -> int:
    """A moment as events carry it."""
    return _EPOCH + int(seconds * 1e6)


def microseconds_since(data: bytes, mark: int) -> int:
    """How long ago the moment behind the mark was."""
    start = mark + len(MARK)
    return _EPOCH + time.monotonic_ns() // 1000 - int(data[start : start + _DIGITS])


def frames_in(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Opcode, start and end of each whole frame's payload."""
    at, end = 0, len(data)
    while end - at >= 2:
        length, head = data[at + 1], 2
        if length == 126:
            if end - at < 4:
                return
            length, head = data[at + 2] << 8 | data[at + 3], 4
        elif length == 127:
            if end - at < 10:
                return
            length, head = int.from_bytes(data[at + 2 : at + 10]), 10
        start = at + head
        stop = start + length
        if stop > end:
            return
        yield data[at] & 0x0F, start, stop
        at = stop


def masked_frame(payload: bytes, opcode: int = 0x1) -> bytes:
    """What a client sends. A mask of zeros changes nothing and is allowed."""
    length = len(payload)
    if length < 126:
        return bytes((0x80 | opcode, 0x80 | length)) + bytes(4) + payload
    return bytes((0x80 | opcode, 0x80 | 126, length >> 8, length & 0xFF)) + bytes(4) + payload
