"""Frames built by hand against those of the library."""

import pytest
from websockets.frames import Frame, Opcode

from services.realtime_gateway.protocol.framing import text_frame


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65_535, 65_536, 100_000])
def test_frame_is_the_librarys(length: int) -> None:
    """At every boundary of the length's encoding the bytes are what the library would send."""
    payload = b"x" * length

    assert text_frame(payload) == Frame(Opcode.TEXT, payload).serialize(mask=False)
