"""What operators see and do beside dead letters: the queue, pauses, the audit log."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, field_validator
from pydantic_core import PydanticCustomError

from services.api.models.base import AnswerModel, BodyModel, QueryModel
from services.api.models.dead_letters import Why
from services.api.models.messages import PageLimit
from services.api.references import parse_id
from services.api.storable import Text
from shared.events.clinic_time import to_clinic_time

Row = Mapping[str, Any]
PauseKind = Literal["events", "sends"]
Word = Annotated[Text, StringConstraints(max_length=255)]


def _source_id(value: str | None) -> str | None:
    if value is not None and parse_id(value) is None:
        raise PydanticCustomError("id", "Should be a source's id")
    return value


class QueueMessagesQuery(QueryModel):
    status: Literal["pending", "processing", "retrying"] | None = None
    event_type: Word | None = None
    cursor: str | None = Field(None, description="Opaque: `next_cursor` of the page before.")
    limit: PageLimit = 50


class PauseQuery(QueryModel):
    source_id: str | None = None
    kind: PauseKind

    _id = field_validator("source_id")(_source_id)


class PauseBody(BodyModel):
    source_id: str | None = Field(None, description="Left out: the whole clinic.")
    kind: PauseKind
    reason: Why

    _id = field_validator("source_id")(_source_id)


class AuditQuery(QueryModel):
    subject_type: Word | None = None
    subject_id: Word | None = None
    action: Word | None = None
    cursor: str | None = Field(None, description="Opaque: `next_cursor` of the page before.")
    limit: PageLimit = 50


class QueueMessage(AnswerModel):
    id: str
    status: Literal["pending", "processing", "retrying"]
    event_type: str
    source_name: str | None
    failure_count: int
    scheduled_at: str | None
    created_at: str
    last_error: str | None
    paused: bool = Field(description="It, or its conversation, waits until somebody resumes it.")


class QueueMessageList(AnswerModel):
    messages: list[QueueMessage]
    next_cursor: str | None


class QueueMessageAnswer(AnswerModel):
    message: QueueMessage


class Pause(AnswerModel):
    source_id: str | None
    kind: PauseKind
    paused_at: str
    paused_by: str
    reason: str


class PauseList(AnswerModel):
    pauses: list[Pause]


class PauseAnswer(AnswerModel):
    pause: Pause


class Actor(AnswerModel):
    id: str
    name: str


class AuditEntry(AnswerModel):
    id: str
    at: str
    actor: Actor | None
    action: str
    subject_type: str
    subject_id: str
    data: dict[str, Any]


class AuditList(AnswerModel):
    entries: list[AuditEntry]
    next_cursor: str | None


def queue_message_object(row: Row, zone: str) -> dict[str, Any]:
    """A row of the queue as operators see it."""
    return {
        "id": str(row["id"]),
        "status": row["status"],
        "event_type": row["message_type"],
        "source_name": row["source_name"],
        "failure_count": row["retry_count"],
        "scheduled_at": row["scheduled_at"] and to_clinic_time(row["scheduled_at"], zone),
        "created_at": to_clinic_time(row["created_at"], zone),
        "last_error": row["last_error"],
        "paused": row["parked"],
    }


def pause_object(row: Row, zone: str) -> dict[str, Any]:
    """A pause of a source or, without one, of the clinic."""
    return {
        "source_id": None if row["source_id"] is None else str(row["source_id"]),
        "kind": row["kind"],
        "paused_at": to_clinic_time(row["paused_at"], zone),
        "paused_by": row["paused_by"],
        "reason": row["reason"],
    }


def audit_object(row: Row, zone: str) -> dict[str, Any]:
    """What somebody did."""
    actor = None if row["actor_user_id"] is None else {"id": str(row["actor_user_id"]), "name": row["actor_name"] or ""}
    return {
        "id": str(row["id"]),
        "at": to_clinic_time(row["created_at"], zone),
        "actor": actor,
        "action": row["action"],
        "subject_type": row["subject_type"],
        "subject_id": row["subject_id"],
        "data": row["data"],
    }
