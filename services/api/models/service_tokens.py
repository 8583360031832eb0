"""Tokens with which integrations speak to the API."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints

from services.api.models.base import AnswerModel, BodyModel
from services.api.storable import Text
from shared.auth.service_tokens import (
    DEFAULT_OVERLAP,
    LONGEST_LIFE_DAYS,
    LONGEST_NAME,
    LONGEST_OVERLAP,
    SCOPES,
    Scope,
    ordered_scopes,
)
from shared.events.clinic_time import to_clinic_time
from shared.events.message import optional_id

Row = Mapping[str, Any]

Name = Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME)]


class ServiceTokenBody(BodyModel):
    name: Name = Field(description="As conversations and the audit log show what the integration does.")
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(SCOPES)), AfterValidator(ordered_scopes)]
    expires_in_days: int | None = Field(None, ge=1, le=LONGEST_LIFE_DAYS, description="null: it goes on until revoked.")


class ServiceTokenRotationBody(BodyModel):
    overlap_seconds: int = Field(
        int(DEFAULT_OVERLAP.total_seconds()),
        ge=0,
        le=int(LONGEST_OVERLAP.total_seconds()),
        description="How long the token before goes on; 0: it ends at once.",
    )


class ServiceToken(AnswerModel):
    id: str
    name: str
    user_id: str = Field(description="The user of kind `service` as whom it speaks; rotation keeps them.")
    prefix: str = Field(description="How it begins, to tell tokens apart.")
    scopes: list[Scope]
    state: Literal["active", "replaced", "expired", "revoked"] = Field(
        description="`replaced`: it goes on until `expires_at`, beside the token that took its place."
    )
    created_by: str | None = Field(description="null: the command line.")
    created_at: str
    expires_at: str | None
    last_used_at: str | None = Field(description="To the minute; null: never.")
    revoked_at: str | None
    replaced_by: str | None


class ServiceTokenList(AnswerModel):
    tokens: list[ServiceToken] = Field(description="Also those that are over, in the order they were made.")
    next_cursor: str | None


class NewServiceToken(AnswerModel):
    token: ServiceToken
    secret: str = Field(
        description="`prosa_st_…`, for `Authorization: Bearer`. Shown this once: only its hash is stored."
    )


def service_token_object(row: Row, zone: str) -> dict[str, Any]:
    """A row of `service_tokens` as admins see it."""
    times = ("expires_at", "last_used_at", "revoked_at")
    return {
        **{name: row[name] for name in ("name", "prefix", "scopes", "state")},
        "id": str(row["id"]),
        "user_id": str(row["user_id"]),
        "created_by": optional_id(row["created_by"]),
        "created_at": to_clinic_time(row["created_at"], zone),
        **{name: row[name] and to_clinic_time(row[name], zone) for name in times},
        "replaced_by": optional_id(row["replaced_by"]),
    }
