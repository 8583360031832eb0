from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from services.api.answers import json_answer
from services.api.models.conversations import conversation_object
from services.api.performance import Performance
from services.api.views.monitoring import queue_object
from shared.events.conversation import Conversation
from shared.events.message import Message, message_object

ROW: dict[str, Any] = {
    "id": 2**60,
    "contact_id": 5,
    "contact_name": "Caio",
    "contact_phone": None,
    "external_id": "5511965860124551150391104",
    "status": "active",
    "priority": "normal",
    "assigned_to": None,
    "unread_count": 0,
    "last_message_id": None,
    "last_message": None,
    "last_message_type": None,
    "last_message_sender": None,
    "activity_at": datetime(2025, 6, 27, 3, 59, 16, 363000, tzinfo=UTC),
    "created_at": datetime(2025, 6, 27, 3, 59, 16, 363000, tzinfo=UTC),
    "updated_at": datetime(2025, 6, 27, 3, 59, 16, 363999, tzinfo=UTC),
    "version": 1,
    "timezone": "America/Sao_Paulo",
    "label_ids": [7],
}


def test_a_conversation_is_shown_as_documented() -> None:
    """Ids are strings, because JavaScript's numbers are too small for them; times have the clinic's offset."""
    shown = conversation_object(ROW)
    Conversation.model_validate(shown)
    assert shown["id"] == "1152921504606846976"
    assert shown["timestamp"] == "2025-06-27T00:59:16.363-03:00"
    assert shown["updated_at"] == "2025-06-27T00:59:16.363-03:00"


def test_the_shared_message_object_is_the_documented_one() -> None:
    """Live events and REST answers have one shape, and openapi.json describes it."""
    row = {
        "id": 1,
        "conversation_id": 2,
        "sender_type": "patient",
        "sender_name": None,
        "sender_user_id": None,
        "content": "Oi",
        "message_type": "text",
        "timestamp": datetime(2025, 6, 27, tzinfo=UTC),
        "delivery_status": "delivered",
        "client_message_id": None,
        "provider_id": "3EB0",
        "reply_to": None,
        "metadata": {},
        "reactions": [],
        "edited_at": None,
        "deleted_at": None,
        "version": 1,
    }
    attachment = {
        "id": 3,
        "file_name": "a.pdf",
        "file_path": None,
        "file_type": None,
        "file_size": None,
        "state": "none",
        "metadata": {},
    }
    Message.model_validate(message_object(row, [attachment], "America/Sao_Paulo"))


def test_numbers_beyond_64_bits_are_answered_exactly() -> None:
    """An integration's action data may hold them."""
    body = json_answer({"number": 5511965860124551150391104}).body
    assert body == b'{"number":5511965860124551150391104}'
    assert json_answer({"number": 1}).body == orjson.dumps({"number": 1})


def test_the_queue_is_counted_by_status_and_kind() -> None:
    """Statuses that nothing has are shown as zero."""
    rows = [
        {"message_type": "send.text", "status": "pending", "depth": 2, "oldest_age_seconds": 4.0},
        {"message_type": "send.text", "status": "retrying", "depth": 1, "oldest_age_seconds": 9.5},
    ]
    assert queue_object(rows) == {
        "depth": {"pending": 2, "processing": 0, "retrying": 1},
        "oldest_age_seconds": 9.5,
        "by_type": {"send.text": 3},
    }


def test_an_empty_queue_has_no_age() -> None:
    """Nothing waiting is zero seconds, also where clocks differ."""
    assert queue_object([])["oldest_age_seconds"] == 0
    ahead = {"message_type": "x", "status": "pending", "depth": 1, "oldest_age_seconds": -0.5}
    assert queue_object([ahead])["oldest_age_seconds"] == 0


def test_performance_is_of_the_last_answers() -> None:
    """Old answers leave the averages, not the count."""
    performance = Performance()
    performance.record(9.0, 500)
    for _ in range(1000):
        performance.record(timedelta(milliseconds=10).total_seconds(), 200)
    assert performance.summary() == {
        "requests": 1001,
        "avg_response_ms": pytest.approx(10),
        "p95_response_ms": pytest.approx(10),
        "error_rate": 0,
    }


def test_performance_of_nothing_is_zero() -> None:
    """A process that has answered nobody yet can say so."""
    assert Performance().summary()["p95_response_ms"] == 0
