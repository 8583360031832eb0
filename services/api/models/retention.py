"""What a clinic deletes by itself, and after how many days."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from services.api.models.base import AnswerModel, BodyModel

Row = Mapping[str, Any]
Class = Literal["messages", "media", "dead_letters", "reads"]
CLASSES: tuple[Class, ...] = ("messages", "media", "dead_letters", "reads")

# A slip of the hand is not to empty a clinic within minutes: what is kept for shorter is the command line's to say.
FEWEST_DAYS, MOST_DAYS = 7, 36_500
MOST_COUNTED = 10_000

Days = Annotated[int, Field(ge=FEWEST_DAYS, le=MOST_DAYS)]


class RetentionBody(BodyModel):
    """Days after which what is of a class goes; null: it is kept. What is not named stays as it is."""

    messages: Days | None = Field(None, description="With edits, reactions, attachments and files, by their own time.")
    media: Days | None = Field(None, description="Files of messages; the message stays, and that it had a file.")
    dead_letters: Days | None = Field(None, description="By the day they died; none while the clinic holds anybody.")
    reads: Days | None = Field(None, description="Entries of the audit log about who looked at which conversation.")
    dry_run: bool = Field(False, description="Change nothing; only count what would go.")

    @model_validator(mode="after")
    def _names_a_class(self) -> Self:
        if not self.model_fields_set.intersection(CLASSES):
            raise PydanticCustomError("nothing", "Should name what is to change")
        return self

    def named(self) -> dict[Class, int | None]:
        """The classes that are named, with their days."""
        return {what: getattr(self, what) for what in CLASSES if what in self.model_fields_set}


class Rule(AnswerModel):
    what: Class = Field(alias="class")
    days: int | None = Field(description="null: everything is kept.")
    set_by: str | None
    set_at: str | None


class Older(AnswerModel):
    what: Class = Field(alias="class")
    count: int = Field(description="What is older than that now, and of nobody who is held.")
    or_more: bool = Field(description=f"True: it was counted no further than to {MOST_COUNTED}.")


class Retention(AnswerModel):
    rules: list[Rule] = Field(description="One a class, always of all four.")
    fewest_days: int
    most_days: int


class ChangedRetention(Retention):
    changed: bool = Field(description="False: it was so already, or is a dry run.")
    would_delete: list[Older] | None = Field(description="Of a dry run, each class that is named with days; else null.")
