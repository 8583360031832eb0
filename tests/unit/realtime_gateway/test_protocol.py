"""What is read from clients, and what they are told."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.realtime_gateway.protocol.commands import COMMAND_TYPES, ConversationJoin, read_command
from services.realtime_gateway.protocol.envelope import read_envelope, refused, reply
from services.realtime_gateway.protocol.positions import Position
from services.realtime_gateway.protocol.refusal import Refusal
from services.realtime_gateway.protocol.words import joined, reset
from tests.unit.realtime_gateway.test_positions import frame

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
CommandLike = st.fixed_dictionaries(
    {}, optional={"id": JSON, "type": JSON | st.sampled_from(sorted(COMMAND_TYPES)), "data": JSON}
)


@given(st.text() | st.binary() | CommandLike.map(json.dumps) | JSON.map(json.dumps))
def test_anything_is_a_command_or_refused(text: str | bytes) -> None:
    """Whatever a client sends, it is understood or refused in words; an id that was accepted can be sent back."""
    assert outcome(text) in {"ok", "bad_frame", "bad_request", "unknown_command"}


def outcome(text: str | bytes) -> str:
    try:
        envelope = read_envelope(text)
        reply(envelope.id, b"{}")
        read_command(envelope)
    except Refusal as refusal:
        return refusal.code
    return "ok"


@pytest.mark.parametrize("conversation_id", ["12", 13, 5511965860124551150391104])
def test_ids_of_any_size_survive(conversation_id: str | int) -> None:
    """A conversation id beyond 64 bits arrives digit for digit, also as a number."""
    text = json.dumps({"type": "conversation:join", "data": {"conversation_id": conversation_id}, "new": 1})
    command = read_command(read_envelope(text))

    assert isinstance(command, ConversationJoin)
    assert command.data.conversation_id == str(conversation_id)


def test_newline_does_not_slip_through() -> None:
    """An id is matched to its very end."""
    text = json.dumps({"type": "conversation:join", "data": {"conversation_id": "12\n"}})
    with pytest.raises(Refusal):
        read_command(read_envelope(text))


def test_refusal_says_whether_to_try_again() -> None:
    """`retry_ms` is there exactly where trying again makes sense."""
    for_good = json.loads(refused("7", Refusal("not_found", "no")))
    for_now = json.loads(refused(None, Refusal("unavailable", "wait", retry_ms=5)))

    assert for_good == {
        "type": "reply",
        "id": "7",
        "ok": False,
        "error": {"code": "not_found", "message": "no", "temporary": False},
    }
    assert for_now["error"] == {"code": "unavailable", "message": "wait", "temporary": True, "retry_ms": 5}


def test_events_are_spliced_in_as_they_are() -> None:
    """A reply with events is valid JSON that contains their published bytes."""
    missed = [frame(5), frame(6)]
    answer = reply("7", joined(Position(6, "a"), missed, {"typing": []}))

    assert all(frame.payload in answer for frame in missed)
    assert json.loads(answer) == {
        "type": "reply",
        "id": "7",
        "ok": True,
        "data": {
            "seq": 6,
            "epoch": "a",
            "recovered": True,
            "typing": [],
            "events": [json.loads(frame.payload) for frame in missed],
        },
    }


def test_nothing_recovered_is_no_event() -> None:
    """Without recovery the events are an empty list, never a part."""
    data = json.loads(joined(Position(6, "a"), None, {}))

    assert data == {"seq": 6, "epoch": "a", "recovered": False, "events": []}


def test_reset_names_the_channel() -> None:
    """A reset says which channel to refetch, and where it stands."""
    assert json.loads(reset("conversa:12", Position(6, "a"))) == {
        "type": "reset",
        "channel": "conversa:12",
        "data": {"channel": "conversa:12", "seq": 6, "epoch": "a"},
    }
