"""The message object: one shape in REST answers and in live events."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from shared.events.clinic_time import to_clinic_time
from shared.events.told import ToldModel

Row = Mapping[str, Any]


class Attachment(ToldModel):
    id: str
    file_name: str
    file_path: str | None = Field(description="Null until the file was fetched.")
    file_type: str | None
    file_size: int | None
    state: Literal["none", "pending", "stored", "failed", "expired"] = Field(
        description="Whether the file is here: `pending` is being fetched, `none` is not fetched at all."
    )
    metadata: dict[str, Any]


class Reaction(ToldModel):
    emoji: str
    by: str = Field(description="`patient`, `professional` or, in a group, the participant's address.")
    at: str


class Message(ToldModel):
    id: str
    conversation_id: str
    sender_type: Literal["patient", "professional", "ai", "system"]
    sender_name: str | None
    sender_user_id: str | None
    content: str
    message_type: str
    timestamp: str
    status: Literal["pending", "sent", "delivered", "read", "played", "failed"]
    client_message_id: str | None
    external_id: str | None = Field(description="The provider's id of the message.")
    reply_to: str | None = Field(description="The provider's id of the message this one answers.")
    metadata: dict[str, Any]
    reactions: list[Reaction]
    edited_at: str | None
    deleted_at: str | None = Field(description="Where it is there, nobody is shown what the message said.")
    version: int = Field(description="Rises with every change; of two copies the higher one is newer.")
    attachments: list[Attachment]


class ReadMark(ToldModel):
    conversation_id: str
    message_id: str | None
    unread_count: int
    version: int


def message_object(row: Row, attachments: Sequence[Row], zone_name: str) -> dict[str, Any]:
    """A row of `messages` as clients see it: ids as strings, times in the clinic's zone, newest `version` wins.

    Of a message that was deleted for everybody nobody sees again what it said.
    """
    deleted = row["deleted_at"] is not None
    return {
        "id": str(row["id"]),
        "conversation_id": str(row["conversation_id"]),
        "sender_type": row["sender_type"],
        "sender_name": row["sender_name"],
        "sender_user_id": optional_id(row["sender_user_id"]),
        "content": "" if deleted else row["content"],
        "message_type": row["message_type"],
        "timestamp": to_clinic_time(row["timestamp"], zone_name),
        "status": row["delivery_status"],
        "client_message_id": row["client_message_id"],
        "external_id": row["provider_id"],
        "reply_to": row["reply_to"],
        "metadata": {} if deleted else row["metadata"],
        "reactions": [reaction_object(reaction, zone_name) for reaction in row["reactions"]],
        "edited_at": row["edited_at"] and to_clinic_time(row["edited_at"], zone_name),
        "deleted_at": row["deleted_at"] and to_clinic_time(row["deleted_at"], zone_name),
        "version": row["version"],
        "attachments": [] if deleted else [attachment_object(attachment) for attachment in attachments],
    }


def reaction_object(reaction: Row, zone_name: str) -> dict[str, Any]:
    """An emoji on a message. `by` is patient, professional or, in a group, the participant's address."""
    at = to_clinic_time(datetime.fromisoformat(reaction["at"]), zone_name)
    return {"emoji": reaction["emoji"], "by": reaction["by"], "at": at}


def attachment_object(row: Row) -> dict[str, Any]:
    """A row of `message_attachments` as clients see it; `file_path` is null until the media was fetched.

    `state`: `pending`, `stored`, `failed`, `expired`, or `none` where nothing is fetched.
    """
    return {
        "id": str(row["id"]),
        "file_name": row["file_name"],
        "file_path": row["file_path"],
        "file_type": row["file_type"],
        "file_size": row["file_size"],
        "state": row["state"],
        "metadata": row["metadata"],
    }


def optional_id(value: int | None) -> str | None:
    """Ids leave as strings; an absent one stays absent."""
    return None if value is None else str(value)
