"""Errors, as documented."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class FieldError(BaseModel):
    """One thing wrong with a request; `path` is empty where it is the whole body."""

    path: str
    message: str


class Problem(BaseModel):
    """An error (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: Literal["about:blank"]
    title: str
    status: int
    detail: str
    errors: list[FieldError] | None = None
    code: str | None = None
    correlation_id: str | None = None
