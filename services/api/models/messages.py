"""Messages. Their object stands in `shared.events.message`, because live events carry the same one."""

import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from services.api.models.base import AnswerModel, BodyModel, QueryModel
from services.api.storable import Text
from shared.events.message import Attachment, Message

MAX_CONTENT_CHARACTERS = 65_536

PageLimit = Annotated[int, Field(ge=1, le=200)]


MessageType = Literal["text", "image", "video", "audio", "document"]
LONGEST_EMOJI = 32


def _require_words(content: str) -> str:
    if not content.strip():
        raise PydanticCustomError("empty_content", "A message may not be empty")
    return content


def _require_emoji(emoji: str) -> str:
    if emoji and not _is_emoji(emoji):
        raise PydanticCustomError("emoji", "A reaction is one emoji, or empty to take it back")
    return emoji


def _is_emoji(text: str) -> bool:
    """Whether a text may be one emoji. Which are emoji changes with every version of Unicode; WhatsApp has the last word."""
    categories = {unicodedata.category(character) for character in text}
    plain = any(character.isspace() or character.isalpha() for character in text)
    return not plain and bool(categories & {"So", "Sk", "Sm", "Me"} or set(text) & set("‼⁉"))


Words = Annotated[Text, StringConstraints(max_length=MAX_CONTENT_CHARACTERS), AfterValidator(_require_words)]

# A client's own name for what it asks for, so that asking again has no second effect.
ClientId = Annotated[Text, StringConstraints(min_length=1, max_length=128)]


class AttachmentReference(BodyModel):
    id: Annotated[Text, StringConstraints(min_length=1, max_length=20)] = Field(description="The id of an upload.")


class SendMessageBody(BodyModel):
    message_type: MessageType = "text"
    content: Annotated[Text, StringConstraints(max_length=MAX_CONTENT_CHARACTERS)] = Field(
        "", validate_default=True, description="The text, or the caption of a file; a voice message has none."
    )
    client_message_id: ClientId | None = Field(
        None, description="The client's own id of the message: sent again, it has no second effect."
    )
    attachments: list[AttachmentReference] | None = Field(
        None, validate_default=True, description="The upload to be sent: one, or none with a text."
    )
    reply_to: Annotated[Text, StringConstraints(min_length=1, max_length=20)] | None = Field(
        None, description="The id of the message that is answered, of the same conversation."
    )

    @field_validator("content")
    @classmethod
    def _fits_the_type(cls, content: str, info: ValidationInfo) -> str:
        message_type = info.data.get("message_type")
        if message_type == "audio" and content:
            raise PydanticCustomError("audio_caption", "A voice message has no caption")
        return _require_words(content) if message_type == "text" else content

    @field_validator("attachments")
    @classmethod
    def _one_file(
        cls, attachments: list[AttachmentReference] | None, info: ValidationInfo
    ) -> list[AttachmentReference] | None:
        message_type = info.data.get("message_type")
        if message_type == "text" and attachments:
            raise PydanticCustomError("text_with_file", "A text has no attachments; send the file with its own type")
        if message_type not in (None, "text") and len(attachments or ()) != 1:
            raise PydanticCustomError("one_file", "A file is sent with exactly one attachment")
        return attachments


class NoteBody(BodyModel):
    content: Words
    client_message_id: ClientId | None = Field(
        None, description="The client's own id of the note: written again, it has no second effect."
    )


class EditMessageBody(BodyModel):
    content: Words


class ReactionBody(BodyModel):
    emoji: Annotated[Text, StringConstraints(max_length=LONGEST_EMOJI), AfterValidator(_require_emoji)] = Field(
        description="One emoji; empty takes the reaction back."
    )


class ReadBody(BodyModel):
    message_id: Annotated[Text, StringConstraints(min_length=1, max_length=20)] | None = Field(
        None, description="The last message that was read; without it, all of them."
    )


class TypingBody(BodyModel):
    typing: bool


class MessageQuery(QueryModel):
    before: str | None = Field(None, description="A message's id, or `next_before` of the page before.")
    limit: PageLimit = 50


class UploadedAttachment(AnswerModel):
    attachment: Attachment


class MessagePage(AnswerModel):
    messages: list[Message] = Field(description="Oldest first.")
    has_more: bool
    next_before: str | None


class SentMessage(AnswerModel):
    message: Message
