from datetime import UTC, datetime
from typing import Any

from shared.events.message import attachment_object, message_object, optional_id

AT = datetime(2025, 6, 27, 3, 59, 16, 363_000, tzinfo=UTC)
BEYOND_JAVASCRIPT = 2**53 + 1


def row(**changes: Any) -> dict[str, Any]:
    """A row of `messages` as Postgres gives it."""
    columns = {
        "id": BEYOND_JAVASCRIPT,
        "conversation_id": 12,
        "sender_type": "patient",
        "sender_name": "Maria",
        "sender_user_id": None,
        "content": "oi",
        "message_type": "text",
        "timestamp": AT,
        "delivery_status": "delivered",
        "client_message_id": None,
        "provider_id": "3EB0",
        "reply_to": None,
        "metadata": {},
        "reactions": [],
        "edited_at": None,
        "deleted_at": None,
        "version": 3,
    }
    return columns | changes


def test_nobody_sees_again_what_was_deleted() -> None:
    """Neither the words, nor the files, nor what was known about them."""
    gone = row(content="meu exame", deleted_at=AT, metadata={"latitude": 1})

    message = message_object(gone, [{"id": 1}], "America/Sao_Paulo")

    assert (message["content"], message["attachments"], message["metadata"]) == ("", [], {})
    assert message["deleted_at"] == "2025-06-27T00:59:16.363-03:00"


def test_reactions_have_the_clinics_time() -> None:
    """They are stored in UTC."""
    reaction = {"emoji": "❤️", "by": "patient", "at": AT.isoformat()}

    message = message_object(row(reactions=[reaction]), [], "America/Sao_Paulo")

    assert message["reactions"] == [{"emoji": "❤️", "by": "patient", "at": "2025-06-27T00:59:16.363-03:00"}]


def test_ids_are_text() -> None:
    """A browser would round a large number; an absent id stays absent."""
    message = message_object(row(sender_user_id=7), [], "America/Sao_Paulo")

    assert (message["id"], message["conversation_id"]) == ("9007199254740993", "12")
    assert message["sender_user_id"] == "7"
    assert message_object(row(), [], "America/Sao_Paulo")["sender_user_id"] is None
    assert optional_id(0) == "0"


def test_times_are_the_clinics() -> None:
    """All of them, and only where there are any."""
    message = message_object(row(edited_at=AT, deleted_at=AT), [], "America/Sao_Paulo")
    untouched = message_object(row(), [], "America/Sao_Paulo")

    assert [message[name] for name in ("timestamp", "edited_at", "deleted_at")] == ["2025-06-27T00:59:16.363-03:00"] * 3
    assert (untouched["edited_at"], untouched["deleted_at"]) == (None, None)


def test_columns_have_the_clients_names() -> None:
    """What clients call `status` and `external_id` has other names in the table; attachments keep their order."""
    attachments: list[dict[str, Any]] = [
        {
            "id": number,
            "file_name": "a.pdf",
            "file_path": None,
            "file_type": None,
            "file_size": 1,
            "state": "none",
            "metadata": {},
        }
        for number in (2, 1)
    ]

    message = message_object(row(), attachments, "America/Sao_Paulo")

    assert (message["status"], message["external_id"], message["version"]) == ("delivered", "3EB0", 3)
    assert [attachment["id"] for attachment in message["attachments"]] == ["2", "1"]
    assert message["attachments"] == [attachment_object(attachment) for attachment in attachments]
