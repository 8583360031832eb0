"""Answers that are written often, under a shortcut, with variables."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints, field_validator
from pydantic_core import PydanticCustomError

from services.api.models.base import AnswerModel, BodyModel, ChangeModel, QueryModel, require_value
from services.api.models.conversations import CURSOR_NOTE
from services.api.models.messages import PageLimit, Words
from services.api.placeholders import VARIABLES, unknown_variables
from services.api.storable import Text
from shared.events.clinic_time import to_clinic_time

Row = Mapping[str, Any]


def _require_known(content: str) -> str:
    if unknown := unknown_variables(content):
        known = ", ".join(VARIABLES)
        raise PydanticCustomError(
            "variables",
            "Has what is no variable: {unknown}; there are {known}",
            {"unknown": ", ".join(unknown), "known": known},
        )
    return content


# One word, as it is typed after a slash.
Shortcut = Annotated[Text, StringConstraints(pattern=r"^[^\s/{}\p{C}]{1,50}$")]
Template = Annotated[Words, AfterValidator(_require_known)]
CONTENT_NOTE = "With variables in double braces: " + ", ".join(f"`{name}`" for name in VARIABLES) + "."


class CannedReplyQuery(QueryModel):
    prefix: Annotated[Text, StringConstraints(max_length=50)] | None = Field(
        None, description="How the shortcut begins; capitals and accents make no difference."
    )
    cursor: Annotated[Text, StringConstraints(max_length=1000)] | None = Field(None, description=CURSOR_NOTE)
    limit: PageLimit = 50


class RenderQuery(QueryModel):
    conversation_id: str


class NewCannedReply(BodyModel):
    shortcut: Shortcut
    content: Template = Field(description=CONTENT_NOTE)


class CannedReplyChange(ChangeModel):
    """What is not named stays."""

    shortcut: Shortcut | None = None
    content: Template | None = Field(None, description=CONTENT_NOTE)

    _is_something = field_validator("shortcut", "content")(require_value)


class CannedReply(AnswerModel):
    id: str
    shortcut: str
    content: str
    created_at: str
    updated_at: str
    version: int = Field(description="Rises with every change; also the `ETag`.")


class CannedReplyAnswer(AnswerModel):
    canned_reply: CannedReply


class ChangedCannedReply(CannedReplyAnswer):
    changed: bool = Field(description="False: it was so already, and nobody was told anything.")


class CannedReplyList(AnswerModel):
    canned_replies: list[CannedReply] = Field(description="By their shortcuts.")
    next_cursor: str | None


class RenderedReply(AnswerModel):
    content: str
    missing: list[str] = Field(description="Variables for which there is nothing; they are empty in the text.")


def canned_reply_object(row: Row) -> dict[str, Any]:
    """A canned reply as clients see it."""
    return {
        "id": str(row["id"]),
        "shortcut": row["shortcut"],
        "content": row["content"],
        "created_at": to_clinic_time(row["created_at"], row["timezone"]),
        "updated_at": to_clinic_time(row["updated_at"], row["timezone"]),
        "version": row["version"],
    }
