import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events.live import Target, live_event, numbered_frame

AT = datetime(2025, 6, 27, 3, 59, 16, 363_999, tzinfo=UTC)


@given(
    data=st.dictionaries(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")) | st.none()),
    seq=st.integers(1, 2**53),
    epoch=st.from_regex(r"[0-9a-f]{8,32}", fullmatch=True),
)
def test_a_numbered_frame_is_the_event_with_its_position(data: dict[str, Any], seq: int, epoch: str) -> None:
    """The client reads seq and epoch beside what the event said, and nothing else changed."""
    event = live_event("message:new", "conversa", 12, data, AT)

    frame = json.loads(numbered_frame(event.frame, seq, epoch))

    assert frame == json.loads(event.frame) | {"seq": seq, "epoch": epoch}
    assert frame["data"] == data


def test_the_position_comes_first() -> None:
    """A gateway finds it without parsing what follows."""
    event = live_event("message:new", "conversa", 12, {}, AT)

    frame = numbered_frame(event.frame, 41, "e1")

    assert frame.startswith('{"seq":41,"epoch":"e1","type":"message:new",')


@pytest.mark.parametrize(
    ("target", "spoken"),
    [("atendente", "atendente"), ("conversa", "conversa"), ("empresa", "global"), ("presence", "presence")],
)
def test_an_event_names_its_channel(target: Target, spoken: str) -> None:
    """Frames carry the older clients' words for targets, ids as strings, and milliseconds."""
    event = live_event("user:status", target, 7, {"a": 1}, AT)

    assert event.channel == f"{target}:7"
    assert json.loads(event.frame) == {
        "type": "user:status",
        "target": spoken,
        "targetId": "7",
        "channel": f"{target}:7",
        "timestamp": "2025-06-27T03:59:16.363+00:00",
        "data": {"a": 1},
    }
