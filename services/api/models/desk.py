"""What a desk shows of all conversations at once, and changes of many."""

from typing import Annotated

from pydantic import Field, StringConstraints

from services.api.models.base import AnswerModel, BodyModel
from services.api.models.conversations import ChangeBody
from services.api.models.problems import Problem
from services.api.references import LONGEST_REFERENCE
from services.api.storable import Text
from shared.events.conversation import Conversation

MOST_AT_ONCE = 100
Reference = Annotated[Text, StringConstraints(min_length=1, max_length=LONGEST_REFERENCE)]


class StatusCounts(AnswerModel):
    active: int
    archived: int


class Counts(AnswerModel):
    """How many conversations; all but those by status are of the active ones."""

    unread: int = Field(description="In which something is unread.")
    unassigned: int = Field(description="Nobody's.")
    mine: int = Field(description="Of whoever asks.")
    by_status: StatusCounts


class BulkBody(BodyModel):
    ids: Annotated[list[Reference], Field(min_length=1, max_length=MOST_AT_ONCE)] = Field(
        description="Conversations by their own ids or external ids."
    )
    changes: ChangeBody


class Fate(AnswerModel):
    """What became of one conversation: as a PATCH of it alone would have been answered."""

    id: str = Field(description="As the request names it.")
    status: int
    conversation: Conversation | None
    changed: bool
    problem: Problem | None


class Fates(AnswerModel):
    results: list[Fate] = Field(description="One for each id, in the order of the request.")
