"""WebSocket frames as bytes, built once however many sockets they go to.

The library frames a message for each connection again; without compression those frames are all the same.
"""

import struct

# Empty: the answer to it says nothing either.
PING = b"\x89\x00"

_FINAL_TEXT = 0x81
_SHORT = 126
_MEDIUM = 1 << 16


def text_frame(payload: bytes) -> bytes:
    """An unfragmented, unmasked text frame (RFC 6455 section 5.2): what a server sends."""
    length = len(payload)
    if length < _SHORT:
        header = struct.pack("!BB", _FINAL_TEXT, length)
    elif length < _MEDIUM:
        header = struct.pack("!BBH", _FINAL_TEXT, 126, length)
    else:
        header = struct.pack("!BBQ", _FINAL_TEXT, 127, length)
    return header + payload


def framed_payload(frame: bytes) -> bytes:
    """What `text_frame` framed."""
    length = frame[1]
    return frame[2 if length < _SHORT else 4 if length == _SHORT else 10 :]
