"""What leaves the house, and under which key."""

from typing import Any

import pytest

from shared.events.announcements import ANNOUNCED, announcement

MESSAGE = {"id": "7", "conversation_id": "1", "message_type": "text"}


@pytest.mark.parametrize(
    ("event_type", "target", "data", "key"),
    [
        ("message:new", "conversa", MESSAGE, "message.created/7"),
        ("conversation:updated", "conversa", {"version": 3, "action": {"id": "9"}}, "conversation.updated/1/3/9"),
        ("conversation:updated", "conversa", {"version": 3, "merged_into": "2"}, "conversation.updated/1/3/"),
        ("conversation:transferred", "conversa", {"version": 3}, "conversation.transferred/1/3/"),
    ],
)
def test_a_key_says_what_happened(event_type: str, target: str, data: dict[str, Any], key: str) -> None:
    """The same for the same thing, another for another."""
    found = announcement(event_type, target, 1, data)
    assert found is not None
    assert found.event in ANNOUNCED
    assert found.key == key


@pytest.mark.parametrize(
    ("event_type", "target", "data"),
    [
        ("message:new", "conversa", MESSAGE | {"message_type": "note"}),
        ("message:updated", "conversa", MESSAGE),
        ("conversation:transferred", "empresa", {"version": 3}),
        ("conversation:list:updated", "empresa", {"version": 3}),
        ("message_notification", "atendente", {}),
    ],
)
def test_the_rest_stays_in_the_house(event_type: str, target: str, data: dict[str, Any]) -> None:
    """Colleagues' notes, changes of messages, and what other channels tell of the same."""
    assert announcement(event_type, target, 1, data) is None
