"""Evolution instances and integrations, and what an admin decides about them."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, SecretStr, StringConstraints, field_validator
from pydantic_core import PydanticCustomError

from services.api.models.base import AnswerModel, BodyModel, ChangeModel
from services.api.storable import Text
from shared.db.sources import HIGHEST_RATE
from shared.events.clinic_time import to_clinic_time
from shared.http.evolution_webhook import is_server_address

Row = Mapping[str, Any]

Kind = Literal["evolution", "n8n"]
ApiVersion = Literal["v1", "v2"]
Accepted = Literal["groups", "statuses", "newsletters"]


LONGEST_OVERLAP_SECONDS = 7 * 86_400


def _require_line(text: str) -> str:
    if not text or not text.isprintable():  # once more after its length: blanks are gone since
        raise PydanticCustomError("line", "Should be one line of printable text")
    return text


def _require_address(text: str) -> str:
    if not is_server_address(text):
        raise PydanticCustomError("address", "Should be an address like https://evolution.example.com, without a user")
    return text


def _require_key(key: SecretStr) -> SecretStr:
    text = key.get_secret_value()
    if not text.isascii() or not text.isprintable():
        raise PydanticCustomError("key", "Should be printable ASCII characters")
    return key


Name = Annotated[
    Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=255), AfterValidator(_require_line)
]
Address = Annotated[Text, StringConstraints(max_length=2000), AfterValidator(_require_address)]
ApiKey = Annotated[
    SecretStr,
    Field(
        min_length=16,
        max_length=1024,
        description="The instance's key at its Evolution server; kept sealed, and never shown again.",
    ),
    AfterValidator(_require_key),
]
# None stands for the installation's own rate.
Rate = Annotated[int, Field(gt=0, lt=HIGHEST_RATE)]
SendRate = Annotated[float, Field(gt=0, lt=HIGHEST_RATE, allow_inf_nan=False, strict=False)]
Accepts = Annotated[list[Accepted], Field(max_length=3, description="Beside people's own chats.")]


class Rest(AnswerModel):
    paused_until: str | None = Field(description="Then one message tries it; null: nobody knows when.")
    reason: str | None
    failures: int


class Source(AnswerModel):
    id: str
    kind: str
    name: str
    active: bool
    state: str = Field(description="Of its line to WhatsApp, as its events told; `unknown` until one did.")
    state_reason: str | None
    state_at: str | None
    accepts: list[str]
    last_event_at: str | None
    sending: Rest | None = Field(description="The rest that its sends are given; null where they may leave.")
    version: int = Field(description="Rises with whatever an admin changes; also the `ETag`.")


class SourceList(AnswerModel):
    sources: list[Source]
    next_cursor: str | None


class SourceDetail(Source):
    created_at: str
    rate_per_second: int | None = Field(description="Of its webhooks; null: the installation's.")
    sends_per_second: float | None = Field(description="Of replies; null: the installation's.")
    api_version: str
    api_url: str | None = Field(description="Its Evolution server; null: the installation's.")
    has_api_key: bool = Field(description="Whether it has a key of its own to its Evolution server.")
    former_token_until: str | None = Field(description="When the last of its former tokens ends; null: all have.")


class HeardEvent(AnswerModel):
    event_type: str
    last_at: str = Field(description="When the last one happened, by its own clock.")
    events: int = Field(description="How many there were since the source was made.")


class SourceActivity(AnswerModel):
    activity: list[HeardEvent] = Field(description="One for each kind that came, the one that was heard last first.")


class SourceAnswer(AnswerModel):
    source: SourceDetail


class ChangedSource(SourceAnswer):
    changed: bool = Field(description="False: it was so already.")


class CreatedSource(SourceAnswer):
    token: str = Field(description="Shown this once: only what it hashes to is stored.")
    webhook_url: str = Field(description="What the sender posts to; the token is in it.")


def _once_each(accepts: list[str] | None) -> list[str] | None:
    return None if accepts is None else list(dict.fromkeys(accepts))


class SourceBody(BodyModel):
    kind: Kind
    name: Name = Field(description="Of an Evolution instance: exactly its name.")
    accepts: Accepts | None = None
    rate_per_second: Rate | None = None
    sends_per_second: SendRate | None = None
    api_version: ApiVersion | None = None
    api_url: Address | None = None
    api_key: ApiKey | None = None

    _each = field_validator("accepts")(_once_each)


class SourceChangeBody(ChangeModel):
    """What is not named stays."""

    name: Name | None = None
    active: bool | None = Field(None, description="Whether its webhooks are taken and replies leave through it.")
    accepts: Accepts | None = None
    rate_per_second: Rate | None = Field(None, description="null: the installation's.")
    sends_per_second: SendRate | None = Field(None, description="null: the installation's.")
    api_version: ApiVersion | None = None
    api_url: Address | None = Field(None, description="null: the installation's.")
    api_key: ApiKey | None = None

    @field_validator("name", "active", "accepts", "api_version", "api_key")
    @classmethod
    def _is_something(cls, value: object) -> object:
        if value is None:
            raise PydanticCustomError("nothing", "Should be a value; leave it out where it is to stay")
        return value

    _each = field_validator("accepts")(_once_each)


class RotateBody(BodyModel):
    overlap_seconds: int = Field(
        86_400, ge=0, le=LONGEST_OVERLAP_SECONDS, description="How long the token before goes on; 0: it ends at once."
    )


class Connection(AnswerModel):
    state: str = Field(description="As Evolution says now: `open`, `connecting`, `close`, …")
    asked_at: str


class QrCode(AnswerModel):
    code: str | None = Field(description="What the QR code says.")
    image: str | None = Field(description="The QR code, `data:image/png;base64,…`.")
    pairing_code: str | None = Field(description="What to type at the phone instead, where Evolution gives one.")


class QrAnswer(AnswerModel):
    qr: QrCode | None = Field(description="null: nothing is to be scanned, the instance is connected.")
    state: str | None


class WebhookSet(AnswerModel):
    source: SourceDetail
    events: list[str] = Field(description="What Evolution was told to post.")


def source_object(row: Row, zone: str) -> dict[str, Any]:
    """An instance or integration, and what is known of its line."""
    return {
        "id": str(row["id"]),
        "kind": row["kind"],
        "name": row["name"],
        "active": row["active"],
        "state": row["state"],
        "state_reason": row["state_reason"],
        "state_at": row["state_at"] and to_clinic_time(row["state_at"], zone),
        "accepts": row["accepts"],
        "last_event_at": row["last_event_at"] and to_clinic_time(row["last_event_at"], zone),
        "sending": _rest_object(row, zone) if row["rests"] else None,
        "version": row["version"],
    }


def source_detail(row: Row, zone: str) -> dict[str, Any]:
    """The same, with what is decided about it."""
    kept = ("rate_per_second", "sends_per_second", "api_version", "api_url", "has_api_key")
    until = row["former_token_until"]
    return {
        **source_object(row, zone),
        "created_at": to_clinic_time(row["created_at"], zone),
        **{name: row[name] for name in kept},
        "former_token_until": until and to_clinic_time(until, zone),
    }


def heard_event(row: Row, zone: str) -> dict[str, Any]:
    """A row of `source_activity` as clients see it."""
    last_at = to_clinic_time(row["last_at"], zone)
    return {"event_type": row["event_type"], "last_at": last_at, "events": row["events"]}


def _rest_object(row: Row, zone: str) -> dict[str, Any]:
    until = row["paused_until"]
    return {
        "paused_until": until and to_clinic_time(until, zone),
        "reason": row["reason"],
        "failures": row["failures"],
    }
