"""What a recorder is told of a frame on its way to agents."""

from datetime import UTC, datetime

import pytest

from services.realtime_gateway.channels.frame_spans import frame_span
from shared.events.live import live_event, numbered_frame
from tests.spans import recorded_spans

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
SAID = {"id": "12", "content": "dói aqui"}
NEW = numbered_frame(live_event("message:new", "conversa", 3, SAID, AT).frame, 7, "e1").encode()
WHERE = {"prosa.clinic_id": 1, "prosa.channel": "conversa:3", "messaging.system": "redis"}


@pytest.mark.parametrize(
    ("payload", "told"),
    [
        (NEW, {"prosa.seq": 7, "prosa.epoch": "e1", "prosa.message_id": "12"}),
        (live_event("conversation:typing", "conversa", 3, {"typing": True}, AT).frame.encode(), {}),
        (b"no frame", {}),
        (b'{"type":7,"data":[]}', {}),
    ],
)
def test_a_frames_span_says_its_place_and_its_message(payload: bytes, told: dict[str, object]) -> None:
    """By these it is found beside the relay's; of what it says nothing is told."""
    with recorded_spans() as recorded, frame_span(1, "conversa:3", payload):
        pass
    [made] = recorded.named("frame")
    assert dict(made.attributes or {}) == {**WHERE, "messaging.operation.type": "process", **told}
