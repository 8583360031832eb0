"""How events are called."""

from typing import Any

import pytest

from services.queue_worker.interpretation.event_names import event_name


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("messages.upsert", "messages.upsert"),
        ("MESSAGES_UPSERT", "messages.upsert"),
        ("messages-upsert", "messages.upsert"),
        (" Messages_Upsert ", "messages.upsert"),
        ("GROUP_PARTICIPANTS_UPDATE", "group-participants.update"),
        ("SEND_MESSAGE_UPDATE", "send.message.update"),
        ("MESSAGING_HISTORY_SET", "messaging-history.set"),
        ("typebot-change-status", "typebot.change-status"),
        ("MESSAGE_CREATED", "message.created"),
        ("new_message", "new_message"),
        ("SOMETHING_NEW", "something.new"),
        ("olá {mundo}\n", "ol___mundo_"),
        ("x" * 200, "x" * 100),
        ("", "unknown"),
        (None, "unknown"),
        (["messages.upsert"], "unknown"),
    ],
)
def test_event_has_one_spelling(given_name: Any, name: str) -> None:
    """Every way to write an event's name gives the one that is stored, fit for a label."""
    assert event_name({"event": given_name}) == name


@pytest.mark.parametrize("payload", [None, [], "messages.upsert", {}])
def test_event_without_a_name_is_unknown(payload: Any) -> None:
    """What names no event is unknown."""
    assert event_name(payload) == "unknown"
