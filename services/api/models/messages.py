"""Messages. Their object is made in `shared.events.message`, because live events carry the same one."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints, field_validator
from pydantic_core import PydanticCustomError

from services.api.models.base import AnswerModel, BodyModel, QueryModel
from services.api.storable import Text

MAX_CONTENT_CHARACTERS = 65_536

PageLimit = Annotated[int, Field(ge=1, le=200)]


def _require_words(content: str) -> str:
    if not content.strip():
        raise PydanticCustomError("empty_content", "A message may not be empty")
    return content


class SendMessageBody(BodyModel):
    content: Annotated[Text, StringConstraints(max_length=MAX_CONTENT_CHARACTERS), AfterValidator(_require_words)]
    message_type: Literal["text"] = "text"
    client_message_id: Annotated[Text, StringConstraints(min_length=1, max_length=128)] | None = Field(
        None, description="The client's own id of the message: sent again, it has no second effect."
    )

    attachments: Annotated[list[Any], Field(max_length=0)] | None = Field(
        None, description="Nothing can be attached yet: null or empty."
    )

    @field_validator("message_type", mode="before")
    @classmethod
    def _only_text(cls, value: object) -> object:
        if value != "text":
            raise PydanticCustomError("message_type", 'Only messages of type "text" can be sent for now')
        return value


class MessageQuery(QueryModel):
    before: str | None = Field(None, description="A message's id, or `next_before` of the page before.")
    limit: PageLimit = 50


class Attachment(AnswerModel):
    id: str
    file_name: str
    file_path: str | None = Field(description="Null until the file was fetched.")
    file_type: str | None
    file_size: int | None
    metadata: dict[str, Any]


class Reaction(AnswerModel):
    emoji: str
    by: str = Field(description="`patient`, `professional` or, in a group, the participant's address.")
    at: str


class Message(AnswerModel):
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


class MessagePage(AnswerModel):
    messages: list[Message] = Field(description="Oldest first.")
    has_more: bool
    next_before: str | None


class SentMessage(AnswerModel):
    message: Message
