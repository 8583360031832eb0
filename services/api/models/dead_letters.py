"""Dead letters, and what operators do with them."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator
from pydantic_core import PydanticCustomError

from services.api.models.base import AnswerModel, BodyModel
from services.api.models.messages import PageLimit
from services.api.redaction import redacted, redacted_headers, redacted_reference
from services.api.references import parse_id
from services.api.storable import Text, is_storable
from services.api.strict_json import parse_json
from shared.events.clinic_time import to_clinic_time
from shared.events.dead_letter import DeathReason

Row = Mapping[str, Any]
State = Literal["dead", "replaying", "replayed", "discarded"]
IssueState = Literal["open", "acknowledged", "muted", "resolved"]
ReplayState = Literal["running", "paused", "cancelled", "stopped", "done"]
Grouping = Literal["fingerprint", "event_type", "source", "reason"]

Why = Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
Short = Annotated[Text, StringConstraints(max_length=255)]
Period = Annotated[Text, StringConstraints(max_length=40)]

MAX_IDS = 10_000


class DeadLetterFilter(BaseModel):
    """Which dead letters; what is left out does not narrow."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    state: list[State] | None = None
    source: Literal["evolution", "n8n"] | None = None
    source_id: str | None = None
    event_type: Short | None = None
    reason: DeathReason | None = None
    fingerprint: Short | None = None
    error: Annotated[Text, StringConstraints(max_length=200)] | None = Field(None, description="A part of the error.")
    since: Period | None = Field(None, description="ISO 8601, or a duration back from now: `90m`, `2h`, `7d`.")
    until: Period | None = Field(None, description="The same.")
    min_failures: int | None = Field(None, ge=0, le=1_000_000)
    contains: Annotated[str, StringConstraints(max_length=4096)] | None = Field(
        None, description="JSON that the payload contains."
    )
    provider_id: Short | None = None
    conversation_id: Short | None = None
    correlation_id: Short | None = None

    @field_validator("state", mode="before")
    @classmethod
    def _one_or_more(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value

    @field_validator("source_id")
    @classmethod
    def _an_id(cls, value: str | None) -> str | None:
        if value is not None and parse_id(value) is None:
            raise PydanticCustomError("id", "Should be a source's id")
        return value

    @field_validator("correlation_id")
    @classmethod
    def _a_uuid(cls, value: str | None) -> str | None:
        try:
            return None if value is None else str(UUID(value))
        except ValueError as error:
            raise PydanticCustomError("uuid", "Should be a UUID") from error

    @field_validator("contains", mode="before")
    @classmethod
    def _json(cls, value: object) -> object:
        text = value if isinstance(value, str | None) else json.dumps(value, ensure_ascii=False)
        if text is not None and not _is_storable_json(text):
            raise PydanticCustomError("json", "Should be JSON that can be stored")
        return text


def _is_storable_json(text: str) -> bool:
    try:
        parse_json(text)
    except (ValueError, RecursionError):
        return False
    return is_storable(text) and "\\u0000" not in text and "\\ud" not in text.lower()


class DeadLetterQuery(DeadLetterFilter):
    model_config = ConfigDict(frozen=True, extra="ignore")

    cursor: str | None = Field(None, description="Opaque: `next_cursor` of the page before.")
    limit: PageLimit = 50


class SummaryQuery(DeadLetterFilter):
    model_config = ConfigDict(frozen=True, extra="ignore")

    group_by: Grouping = "fingerprint"


class ExportQuery(DeadLetterFilter):
    model_config = ConfigDict(frozen=True, extra="ignore")

    format: Literal["ndjson", "csv"] = "ndjson"


class ReasonBody(BodyModel):
    reason: Why


class ReplayBody(BodyModel):
    mode: Literal["event", "raw"] | None = Field(
        None, description="`raw`: the bytes as they came, through splitting and reading again."
    )
    accept_duplicate: bool = Field(
        False, description="A send whose outcome is unknown may have reached the patient; true: send it again."
    )


class EditBody(BodyModel):
    payload: dict[str, Any]
    reason: Why


class Chosen(BodyModel):
    """Some dead letters: by their ids, or all that match."""

    ids: Annotated[list[str], Field(min_length=1, max_length=MAX_IDS)] | None = None
    filter: DeadLetterFilter | None = None
    dry_run: bool = False
    plan_token: Short | None = Field(None, description="Of the dry run; needed where the choice is by filter.")

    @model_validator(mode="after")
    def _one_choice(self) -> "Chosen":
        if (self.ids is None) == (self.filter is None):
            raise PydanticCustomError("choice", "Give either ids or filter")
        if any(parse_id(text) is None for text in self.ids or ()):
            raise PydanticCustomError("ids", "Each id should be a dead letter's id")
        return self


class DiscardsBody(Chosen):
    reason: Why


class ReplaysBody(Chosen):
    rate: Annotated[float, Field(gt=0, le=500)] | Annotated[int, Field(gt=0, le=500)] = Field(
        20, description="Dead letters a second."
    )
    max_failures: Annotated[int, Field(ge=1, le=100_000)] = Field(50, description="The replay stops after so many.")
    start_at: Period | None = Field(
        None, description="ISO 8601, or a duration from now on: `90m`, `2h`, `7d`. Now where it is left out."
    )
    accept_duplicates: bool = Field(False, description="Also sends whose outcome is unknown; else they are skipped.")


class Entry(AnswerModel):
    id: str
    state: State
    source: str | None
    source_id: str | None
    source_name: str | None
    event_type: str
    reason: DeathReason
    error_class: str
    error_message: str
    failure_count: int
    fingerprint: str
    provider_id: str | None
    conversation_id: str | None = Field(description="Phone numbers are masked but for their last digits.")
    correlation_id: str
    first_seen_at: str
    dead_at: str
    expires_at: str | None
    payload_size: int
    payload_sha256: str | None
    edited: bool
    version: int


class EntryList(AnswerModel):
    entries: list[Entry]
    total: int
    next_cursor: str | None


class EntryDetail(Entry):
    attempts: list[dict[str, Any]]
    history: list[dict[str, Any]]
    headers: dict[str, Any]
    payload: Any
    edited_payload: Any
    replay_id: str | None
    code_version: str | None


class EntryAnswer(AnswerModel):
    entry: Entry


class DetailAnswer(AnswerModel):
    entry: EntryDetail


class EditAnswer(AnswerModel):
    entry: Entry
    diff: str


class Revealed(AnswerModel):
    payload: Any
    edited_payload: Any
    raw: str | None = Field(description="Base64 of the bytes as they came.")


class Group(AnswerModel):
    key: str | None
    count: int
    first_seen_at: str
    last_seen_at: str
    error_message: str | None
    issue_state: IssueState | None
    link: str | None


class Summary(AnswerModel):
    total: int
    by_state: dict[str, int]
    oldest_age_seconds: float
    last_hour: int
    last_day: int
    groups: list[Group]


class Count(AnswerModel):
    count: int
    plan_token: str | None


class Preflight(AnswerModel):
    postgres: str
    redis: str
    rabbitmq: str
    paused_sources: list[str]
    closed_sources: list[str]
    resting_sources: list[str] = Field(description="Sends through these wait until one of them works.")


class Replay(AnswerModel):
    id: str
    state: ReplayState
    created_by: str
    created_at: str
    start_at: str
    started_at: str | None
    finished_at: str | None
    total: int
    released: int
    succeeded: int
    failed: int
    skipped: int
    rate: float
    max_failures: int
    filter: dict[str, Any] | None


class ReplayAnswer(AnswerModel):
    replay: Replay


class ReplayList(AnswerModel):
    replays: list[Replay]


def entry_object(row: Row, zone: str) -> dict[str, Any]:
    """A dead letter in a list."""
    return {
        "id": str(row["id"]),
        "state": row["state"],
        "source": row["source_kind"],
        "source_id": None if row["source_id"] is None else str(row["source_id"]),
        "source_name": row["source_name"],
        "event_type": row["message_type"],
        "reason": row["reason"],
        "error_class": row["error_class"],
        "error_message": row["error_message"],
        "failure_count": row["failure_count"],
        "fingerprint": row["fingerprint"],
        "provider_id": row["provider_id"],
        "conversation_id": redacted_reference(row["conversation_ref"]),
        "correlation_id": str(row["correlation_id"]),
        "first_seen_at": to_clinic_time(row["first_seen_at"], zone),
        "dead_at": to_clinic_time(row["dead_at"], zone),
        "expires_at": row["expires_at"] and to_clinic_time(row["expires_at"], zone),
        "payload_size": row["payload_size"],
        "payload_sha256": row["payload_sha256"],
        "edited": row["edited"],
        "version": row["version"],
    }


def detail_object(row: Row, zone: str) -> dict[str, Any]:
    """A dead letter with all that is known of it; its payloads redacted."""
    return {
        **entry_object(row, zone),
        "attempts": [_timed(entry, zone) for entry in row["attempts"]],
        "history": [_timed(entry, zone) for entry in row["history"]],
        "headers": redacted_headers(row["headers"]),
        "payload": redacted(row["payload"]),
        "edited_payload": redacted(row["edited_payload"]),
        "replay_id": None if row["replay_id"] is None else str(row["replay_id"]),
        "code_version": row["code_version"],
    }


def _timed(entry: Mapping[str, Any], zone: str) -> dict[str, Any]:
    """An entry of a history, its time in the clinic's zone."""
    try:
        return {**entry, "at": to_clinic_time(datetime.fromisoformat(str(entry["at"])), zone)}
    except (KeyError, ValueError):
        return dict(entry)


def replay_object(row: Row, zone: str) -> dict[str, Any]:
    """A bulk replay and how far it is."""
    return {
        "id": str(row["id"]),
        "state": row["state"],
        "created_by": row["created_by"],
        "created_at": to_clinic_time(row["created_at"], zone),
        "start_at": to_clinic_time(row["start_at"], zone),
        "started_at": row["started_at"] and to_clinic_time(row["started_at"], zone),
        "finished_at": row["finished_at"] and to_clinic_time(row["finished_at"], zone),
        "total": row["total"],
        "released": row["released"],
        "succeeded": row["succeeded"],
        "failed": row["failed"],
        "skipped": row["skipped"],
        "rate": round(row["rate"], 3),
        "max_failures": row["max_failures"],
        "filter": row["filter"],
    }
