"""A clinic's own labels."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints, field_validator

from services.api.models.base import AnswerModel, BodyModel, ChangeModel, QueryModel, require_value
from services.api.models.conversations import CURSOR_NOTE
from services.api.models.messages import PageLimit
from services.api.storable import Text
from shared.events.clinic_time import to_clinic_time
from shared.events.conversation import Conversation

Row = Mapping[str, Any]

Name = Annotated[
    Text, StringConstraints(strip_whitespace=True, pattern=r"^\s*[^\s\p{C}]([^\p{C}]*[^\s\p{C}])?\s*$", max_length=50)
]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}$"), AfterValidator(str.lower)]


class LabelQuery(QueryModel):
    cursor: Annotated[Text, StringConstraints(max_length=1000)] | None = Field(None, description=CURSOR_NOTE)
    limit: PageLimit = 200


class NewLabel(BodyModel):
    name: Name
    colour: Colour = Field(description="`#rrggbb`. It never says anything alone: the name stands beside it.")


class LabelChange(ChangeModel):
    """What is not named stays."""

    name: Name | None = None
    colour: Colour | None = None

    _is_something = field_validator("name", "colour")(require_value)


class Label(AnswerModel):
    id: str
    name: str
    colour: str
    created_at: str
    updated_at: str
    version: int = Field(description="Rises with every change; also the `ETag`.")


class LabelAnswer(AnswerModel):
    label: Label


class ChangedLabel(LabelAnswer):
    changed: bool = Field(description="False: it was so already, and nobody was told anything.")


class LabelList(AnswerModel):
    labels: list[Label] = Field(description="By name.")
    next_cursor: str | None


class Labelled(AnswerModel):
    conversation: Conversation
    changed: bool = Field(description="False: it was so already, and nobody was told anything.")


def label_object(row: Row) -> dict[str, Any]:
    """A label as clients see it."""
    return {
        "id": str(row["id"]),
        "name": row["name"],
        "colour": row["colour"],
        "created_at": to_clinic_time(row["created_at"], row["timezone"]),
        "updated_at": to_clinic_time(row["updated_at"], row["timezone"]),
        "version": row["version"],
    }
