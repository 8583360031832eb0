"""Dead letters of one kind, and what people decided about them."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.api.models.base import AnswerModel, BodyModel
from services.api.models.dead_letters import IssueState, Period
from services.api.storable import Text
from shared.events.clinic_time import to_clinic_time

Row = Mapping[str, Any]


class IssueQuery(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    state: IssueState | None = None


class IssueBody(BodyModel):
    state: IssueState | None = None
    link: Annotated[Text, StringConstraints(max_length=1000)] | None = None
    note: Annotated[Text, StringConstraints(max_length=2000)] | None = None
    discard_until: Period | None = Field(
        None, description="New ones are discarded by themselves until then: ISO 8601, or a duration from now on."
    )


class Issue(AnswerModel):
    fingerprint: str
    state: IssueState
    link: str | None
    note: str | None
    discard_until: str | None
    count: int
    error_message: str
    event_type: str
    first_seen_at: str
    last_seen_at: str
    changed_by: str | None
    changed_at: str | None


class IssueList(AnswerModel):
    issues: list[Issue]


class IssueAnswer(AnswerModel):
    issue: Issue


def issue_object(row: Row, zone: str) -> dict[str, Any]:
    """Dead letters of one kind."""
    return {
        "fingerprint": row["fingerprint"],
        "state": row["state"],
        "link": row["link"],
        "note": row["note"],
        "discard_until": row["discard_until"] and to_clinic_time(row["discard_until"], zone),
        "count": row["waiting"],
        "error_message": row["error_message"],
        "event_type": row["message_type"],
        "first_seen_at": to_clinic_time(row["first_seen_at"], zone),
        "last_seen_at": to_clinic_time(row["last_seen_at"], zone),
        "changed_by": row["changed_by"],
        "changed_at": row["changed_at"] and to_clinic_time(row["changed_at"], zone),
    }
