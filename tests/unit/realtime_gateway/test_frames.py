"""The check that every frame of the gateway's tests goes through."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from services.realtime_gateway import examples
from tests.frames import check_frame, check_published

Change = Callable[[dict[str, Any]], object]

EVENT = examples.event_example("message:new", "conversa", "conversa", durable=True)
REPLY = examples.reply_example("presence:list")
ASKED = {"7": "presence:list"}

WRONG: dict[str, tuple[dict[str, Any], Change]] = {
    "an event of no known kind": (EVENT, lambda frame: frame.update(type="message:eaten")),
    "an event with a field more": (EVENT, lambda frame: frame.update(colour="blue")),
    "an event with a field less": (EVENT, lambda frame: frame.pop("timestamp")),
    "data with a field more": (EVENT, lambda frame: frame["data"].update(colour="blue")),
    "data with a number for an id": (EVENT, lambda frame: frame["data"].update(version="1")),
    "a durable event without its position": (EVENT, lambda frame: frame.pop("seq")),
    "an event on another kind of channel": (EVENT, lambda frame: frame.update(channel="presence:1")),
    "an event whose words differ about its channel": (EVENT, lambda frame: frame.update(targetId="2")),
    "a reply with a field more": (REPLY, lambda frame: frame["data"].update(colour="blue")),
    "another command's reply": (REPLY, lambda frame: frame.update(data={"server_time": "now"})),
    "a reply to nothing": (REPLY, lambda frame: frame.update(id="8")),
    "a refusal with an unknown code": (examples.REFUSED, lambda frame: frame["error"].update(code="mood")),
    "a refusal that says when but not that it helps": (
        examples.REFUSED,
        lambda frame: frame["error"].update(temporary=False),
    ),
    "a notice with a field more": (examples.NOTICES["reset"], lambda frame: frame.update(seq=9)),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_the_protocol_does_not_know_is_noticed(wrong: str) -> None:
    """A client of the tests accepts the frame as it is, and not as it is not."""
    frame, change = WRONG[wrong]
    check_frame(frame, ASKED)
    changed = json.loads(json.dumps(frame))

    change(changed)

    with pytest.raises((AssertionError, ValueError, KeyError)):
        check_frame(changed, ASKED)


def test_events_in_the_outbox_have_no_position_yet() -> None:
    """They are held against the same models as those that clients receive, and keep to what they are: durable or passing."""
    typing = examples.event_example("conversation:typing", "conversa", "conversa", durable=False)
    unnumbered = {name: part for name, part in EVENT.items() if name not in {"seq", "epoch"}}

    check_published("conversa:1", json.dumps(unnumbered, separators=(",", ":")), ephemeral=False)
    check_published("conversa:1", json.dumps(typing), ephemeral=True)

    with pytest.raises(ValueError, match="seq"):
        check_published("conversa:1", json.dumps(unnumbered), ephemeral=True)
