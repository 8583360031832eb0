"""What is asked and answered about everything that there is of one person."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from services.api.models.base import AnswerModel, BodyModel, QueryModel
from services.api.models.conversations import PageQuery
from services.api.storable import Text

Row = Mapping[str, Any]
Clock = Callable[[datetime | None], str | None]

Why = Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
_STAYS = "Stays when the person is gone: it is to name nobody."


class PersonReasonBody(BodyModel):
    reason: Why = Field(description=_STAYS)


class PersonReasonQuery(QueryModel):
    reason: Why = Field(description=_STAYS)


class ErasureBody(BodyModel):
    reason: Why = Field(description=_STAYS)
    dry_run: bool = Field(False, description="Only say how much would be erased.")


class ErasureQuery(PageQuery):
    contact_id: Annotated[Text, StringConstraints(max_length=20)] | None = Field(None, description="Of one contact.")


class Hold(AnswerModel):
    at: str
    by: str
    reason: str


class HeldContact(AnswerModel):
    contact_id: str
    hold: Hold | None


class Erasure(AnswerModel):
    """What stays of a person: that they were erased, when, by whom, why, and how much there was."""

    id: str
    contact_id: str
    state: Literal["running", "held", "done"]
    step: str
    counts: dict[str, int] = Field(description="Erased so far, of each class.")
    person_hashes: list[str] = Field(description="Of the person's addresses, with a key that is not in the database.")
    reason: str
    requested_by: str
    created_at: str
    finished_at: str | None


class ErasureAnswer(AnswerModel):
    dry_run: bool
    counts: dict[str, int] | None = Field(description="Of a dry run: what there is now, of each class.")
    hold: Hold | None
    erasure: Erasure | None = Field(description="null: none has begun.")


class ErasureList(AnswerModel):
    erasures: list[Erasure] = Field(description="The newest first.")
    next_cursor: str | None


def hold_object(row: Row, time: Clock) -> dict[str, Any] | None:
    """A contact's hold, where there is one."""
    if row["held_at"] is None:
        return None
    return {"at": time(row["held_at"]), "by": row["held_by"] or "", "reason": row["hold_reason"] or ""}


def erasure_object(row: Row, time: Clock) -> dict[str, Any]:
    """An erasure as clients see it."""
    return {
        "id": str(row["id"]),
        "contact_id": str(row["contact_id"]),
        "state": row["state"],
        "step": row["step"],
        "counts": row["counts"],
        "person_hashes": row["person_hashes"],
        "reason": row["reason"],
        "requested_by": str(row["requested_by"]),
        "created_at": time(row["created_at"]),
        "finished_at": time(row["finished_at"]),
    }
