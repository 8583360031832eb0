import json
from datetime import UTC, datetime
from typing import Any

import pytest

from services.api.models.messages import SendMessageBody
from services.api.sending import is_same_message, sent_events

BODY = SendMessageBody(content="Bom dia", client_message_id="c-1")
EARLIER = {"sender_user_id": 7, "content": "Bom dia", "message_type": "text", "edited_at": None, "deleted_at": None}
LATER = datetime(2025, 6, 27, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({}, True),
        ({"content": "Boa tarde"}, False),
        ({"sender_user_id": 8}, False),
        ({"content": "Boa tarde", "edited_at": LATER}, True),
        ({"content": "", "deleted_at": LATER}, True),
    ],
)
def test_a_repeated_request_is_told_from_another_one(changes: dict[str, Any], same: bool) -> None:
    """The words decide, as long as they are still those that were sent."""
    assert is_same_message(EARLIER | changes, 7, BODY) is same


def test_a_sent_message_is_told_to_its_conversation_and_its_clinic() -> None:
    """The frames are those of the contract, with ids as strings and the versions that order them."""
    at = datetime(2025, 6, 27, 3, 59, 16, 363000, tzinfo=UTC)
    message = {"id": "9", "version": 1}
    told, listed = sent_events(1, message, {"id": 12, "updated_at": at, "version": 4}, "America/Sao_Paulo")
    assert told.channel == "conversa:12"
    assert json.loads(told.frame)["type"] == "message:new"
    assert json.loads(told.frame)["data"] == message
    assert listed.channel == "empresa:1"
    assert json.loads(listed.frame)["type"] == "conversation:list:updated"
    assert json.loads(listed.frame)["data"] == {
        "conversationId": "12",
        "clinicId": "1",
        "eventType": "updated",
        "timestamp": "2025-06-27T00:59:16.363-03:00",
        "version": 4,
    }
