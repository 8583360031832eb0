"""Conversations and what happened around them."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, StringConstraints, field_validator
from pydantic_core import PydanticCustomError

from services.api.models.base import AnswerModel, BodyModel, ChangeModel, QueryModel, require_value
from services.api.models.messages import PageLimit
from services.api.references import parse_id
from services.api.storable import Text
from shared.events.clinic_time import to_clinic_time
from shared.events.conversation import Conversation, ConversationAction, Priority, Status
from shared.events.message import Message, optional_id

Row = Mapping[str, Any]

LONGEST_NOTE = 2000
UserId = Annotated[Text, StringConstraints(min_length=1, max_length=20)]

CURSOR_NOTE = "Opaque: `next_cursor` of the page before."


class PageQuery(QueryModel):
    cursor: str | None = Field(None, description=CURSOR_NOTE)
    limit: PageLimit = 50


class ConversationQuery(PageQuery):
    status: Status | None = None
    assigned_to: str | None = Field(None, description="A user's id, `me`, or `none` for what nobody has taken.")
    priority: Priority | None = None
    q: Annotated[Text, StringConstraints(max_length=100)] | None = Field(
        None, description="As in the list of contacts: words of the name, or a phone."
    )
    label: str | None = Field(None, description="The id of a label that the conversation has.")

    @field_validator("assigned_to")
    @classmethod
    def _known_assignee(cls, value: str) -> str:
        if value not in {"me", "none"} and parse_id(value) is None:
            raise PydanticCustomError("assignee", 'Should be a user\'s id, "me" or "none"')
        return value

    @field_validator("label")
    @classmethod
    def _possible_label(cls, value: str) -> str:
        if parse_id(value) is None:
            raise PydanticCustomError("label", "Should be a label's id")
        return value


class ConversationList(AnswerModel):
    conversations: list[Conversation]
    total: int = Field(
        description="How many conversations match, on all pages. Of a search that finds more than 2,000 contacts: at least"
        " how many."
    )
    next_cursor: str | None


class ConversationDetail(AnswerModel):
    conversation: Conversation
    messages: list[Message] = Field(description="The latest 50, oldest first.")
    actions: list[ConversationAction] = Field(description="The latest 50, oldest first.")
    has_more: bool = Field(description="Whether there are older messages.")


class TransferBody(BodyModel):
    to_user_id: UserId
    note: Annotated[Text, StringConstraints(strip_whitespace=True, max_length=LONGEST_NOTE)] | None = Field(
        None, description="For colleagues: it stands in the timeline and never leaves the house."
    )
    expected_assigned_to: UserId | None = Field(
        None,
        description="Where it is given, the conversation must belong to this user, or with null to nobody: else a 409.",
    )


class ChangeBody(ChangeModel):
    """What is not named stays."""

    status: Status | None = Field(None, description="`archived`, or `active` to open it again.")
    priority: Priority | None = None
    assigned_to: UserId | None = Field(None, description="A user's id, or null for nobody.")

    _is_something = field_validator("status", "priority")(require_value)


class Changed(AnswerModel):
    conversation: Conversation
    changed: bool = Field(description="False: it was so already, and nobody was told anything.")


class Access(AnswerModel):
    conversation_id: str


def conversation_object(row: Row) -> dict[str, Any]:
    """A conversation with its contact as clients see it: ids as strings, times in the clinic's zone."""
    return {
        "id": str(row["id"]),
        "contact_id": str(row["contact_id"]),
        "contact_name": row["contact_name"],
        "contact_phone": row["contact_phone"],
        "external_id": row["external_id"],
        "status": row["status"],
        "priority": row["priority"],
        "assigned_to": optional_id(row["assigned_to"]),
        "unread_count": row["unread_count"],
        "label_ids": [str(label_id) for label_id in row["label_ids"]],
        "last_message_id": optional_id(row["last_message_id"]),
        "last_message": row["last_message"],
        "last_message_type": row["last_message_type"],
        "last_message_sender": row["last_message_sender"],
        "timestamp": to_clinic_time(row["activity_at"], row["timezone"]),
        "created_at": to_clinic_time(row["created_at"], row["timezone"]),
        "updated_at": to_clinic_time(row["updated_at"], row["timezone"]),
        "version": row["version"],
    }


def action_object(row: Row, zone_name: str) -> dict[str, Any]:
    """A row of `conversation_actions` as clients see it."""
    return {
        "id": str(row["id"]),
        "conversation_id": str(row["conversation_id"]),
        "action_type": row["action_type"],
        "action_data": row["action_data"],
        "created_at": to_clinic_time(row["created_at"], zone_name),
    }
