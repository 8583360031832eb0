"""Messages found by their words."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from services.api.models.base import AnswerModel
from services.api.models.conversations import PageQuery
from services.api.snippets import snippet
from services.api.storable import Text
from shared.events.clinic_time import to_clinic_time


def _require_date(value: object) -> object:
    # A bare number would count seconds since 1970: `2026` is a year to whoever writes it.
    if isinstance(value, str) and not re.match(r"\d{4}-\d\d-\d\d", value):
        raise PydanticCustomError("iso_8601", "Should be ISO 8601 with an offset, like 2026-11-20T00:00:00-03:00")
    return value


Instant = Annotated[AwareDatetime, BeforeValidator(_require_date)]


class SearchQuery(PageQuery):
    q: Annotated[Text, StringConstraints(min_length=1, max_length=200)] = Field(
        description='Words that must all be there; "in quotes" one after another, `or` between, `-` before what must not.'
    )
    conversation_id: str | None = None
    since: Instant | None = Field(None, alias="from")
    until: Instant | None = Field(None, alias="to", description="Exclusive.")


class SnippetPart(AnswerModel):
    text: str
    hit: bool


class Found(AnswerModel):
    message_id: str
    conversation_id: str
    contact_id: str
    contact_name: str
    sender_type: str
    message_type: str
    timestamp: str
    snippet: list[SnippetPart] = Field(description="Plain text in parts; those with `hit` are what was searched for.")


class FoundList(AnswerModel):
    results: list[Found] = Field(description="Newest first.")
    next_cursor: str | None


def found_object(row: Mapping[str, Any]) -> dict[str, Any]:
    """A found message as clients see it."""
    return {
        **{name: str(row[name]) for name in ("message_id", "conversation_id", "contact_id")},
        **{name: row[name] for name in ("contact_name", "sender_type", "message_type")},
        "timestamp": to_clinic_time(row["timestamp"], row["timezone"]),
        "snippet": snippet(row["content"], row["marked"]),
    }
