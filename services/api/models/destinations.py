"""Where a clinic wants to be told what happens."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints, field_validator
from pydantic_core import PydanticCustomError

from services.api.models.base import AnswerModel, BodyModel, ChangeModel, require_value
from services.api.storable import Text
from shared.events.announcements import ANNOUNCED, Announced
from shared.events.clinic_time import to_clinic_time
from shared.events.message import optional_id

Row = Mapping[str, Any]

LONGEST_OVERLAP_HOURS = 168

Name = Annotated[Text, StringConstraints(strip_whitespace=True, max_length=100), AfterValidator(require_value)]
Url = Annotated[
    Text,
    StringConstraints(strip_whitespace=True, max_length=2000),
    AfterValidator(require_value),
    Field(description="`https`, to a public address; other hosts must be allowed by the installation."),
]
Events = Annotated[list[Announced], Field(min_length=1, max_length=len(ANNOUNCED))]


def _each_once(events: list[Announced] | None) -> list[Announced]:
    if events is None:
        raise PydanticCustomError("nothing", "Should be a list; leave it out where it is to stay")
    return [event for event in ANNOUNCED if event in events]


class DestinationBody(BodyModel):
    name: Name
    url: Url
    events: Events
    enabled: bool = True

    _events = field_validator("events")(_each_once)


class DestinationChangeBody(ChangeModel):
    """What is not named stays."""

    name: Name | None = None
    url: Url | None = None
    events: Events | None = None
    enabled: bool | None = None

    _events = field_validator("events")(_each_once)

    @field_validator("name", "url", "enabled")
    @classmethod
    def _no_null(cls, value: str | bool | None) -> str | bool:
        if value is None:
            raise PydanticCustomError("nothing", "Should be a value; leave it out where it is to stay")
        return value


class RotationBody(BodyModel):
    overlap_hours: int = Field(
        24, ge=0, le=LONGEST_OVERLAP_HOURS, description="For how long the secret before still signs beside the new one."
    )


class DestinationSecret(AnswerModel):
    id: str
    created_at: str
    expires_at: str | None = Field(description="Until when it signs; null: until it is replaced.")


class DestinationRest(AnswerModel):
    since: str
    until: str
    reason: str | None
    failures: int = Field(description="In a row.")


class DestinationState(AnswerModel):
    last_at: str | None
    last_webhook_id: str | None
    last_event: str | None
    last_outcome: str | None = Field(description="`delivered`, or why not.")
    last_status: int | None = Field(description="HTTP's, where there was an answer.")
    last_success_at: str | None
    waiting: int = Field(description="Deliveries in the queue; counted up to 1000.")
    rest: DestinationRest | None = Field(description="Where it is not called for now.")


class Destination(AnswerModel):
    id: str
    name: str
    url: str
    events: list[Announced]
    enabled: bool
    disabled_reason: Literal["user", "gone"] | None = Field(description="`gone`: it answered 410.")
    created_by: str | None
    created_at: str
    updated_at: str
    version: int = Field(description="Rises with every change of what stands here; also the `ETag`.")
    secrets: list[DestinationSecret] = Field(
        description="Those that sign now, the newest first, without what they are."
    )
    state: DestinationState


class DestinationList(AnswerModel):
    destinations: list[Destination] = Field(description="All of them, the oldest first; there are 20 at most.")


class DestinationAnswer(AnswerModel):
    destination: Destination


class ChangedDestination(AnswerModel):
    destination: Destination
    changed: bool


class NewSecret(AnswerModel):
    destination: Destination
    secret: str = Field(description="Shown this once.")


class QueuedPing(AnswerModel):
    webhook_id: str


def destination_object(row: Row, secrets: Iterable[Row], zone: str) -> dict[str, Any]:
    """A destination as its administrators see it; `row` has its state beside it."""
    return {
        **{name: row[name] for name in ("name", "url", "events", "enabled", "disabled_reason", "version")},
        "id": str(row["id"]),
        "created_by": optional_id(row["created_by"]),
        "created_at": to_clinic_time(row["created_at"], zone),
        "updated_at": to_clinic_time(row["updated_at"], zone),
        "secrets": [_secret_object(secret, zone) for secret in secrets if secret["destination_id"] == row["id"]],
        "state": _state_object(row, zone),
    }


def _secret_object(row: Row, zone: str) -> dict[str, Any]:
    expires_at = row["expires_at"] and to_clinic_time(row["expires_at"], zone)
    return {"id": str(row["id"]), "created_at": to_clinic_time(row["created_at"], zone), "expires_at": expires_at}


def _state_object(row: Row, zone: str) -> dict[str, Any]:
    rest = None
    if row["paused_until"] is not None:
        since, until = to_clinic_time(row["paused_at"], zone), to_clinic_time(row["paused_until"], zone)
        rest = {"since": since, "until": until, "reason": row["reason"], "failures": row["failures"]}
    named = ("last_webhook_id", "last_event", "last_outcome", "last_status", "waiting")
    times = {name: row[name] and to_clinic_time(row[name], zone) for name in ("last_at", "last_success_at")}
    return {**{name: row[name] for name in named}, **times, "rest": rest}
