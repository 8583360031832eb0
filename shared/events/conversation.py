"""Conversations and what happened around them: one shape in REST answers and in live events."""

from typing import Any, Literal

from pydantic import Field

from shared.events.told import ToldModel

Status = Literal["active", "archived"]
Priority = Literal["low", "normal", "high", "urgent"]


class Conversation(ToldModel):
    id: str
    contact_id: str
    contact_name: str
    contact_phone: str | None
    external_id: str | None = Field(description="The id an outside system knows the conversation under.")
    status: Status
    priority: Priority
    assigned_to: str | None = Field(description="A user's id.")
    unread_count: int
    label_ids: list[str] = Field(description="The clinic's own labels; a client leaves out those it does not know.")
    last_message_id: str | None
    last_message: str | None = Field(description="The beginning of the last message.")
    last_message_type: str | None
    last_message_sender: str | None
    timestamp: str = Field(description="The last message's time, or `created_at` where there is none.")
    created_at: str
    updated_at: str
    version: int = Field(description="Rises with every change; of two copies the higher one is newer.")


class ConversationAction(ToldModel):
    id: str
    conversation_id: str
    action_type: str
    action_data: Any
    created_at: str


class Transferred(ToldModel):
    conversation: Conversation
    action: ConversationAction | None = Field(
        description="The transfer in the timeline; null where it was the user's already."
    )
    transferred: bool = Field(description="False: it was the user's already, and nobody was told anything.")
