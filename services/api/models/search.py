"""Messages found by their words."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AwareDatetime, Field, StringConstraints

from services.api.models.base import AnswerModel
from services.api.models.conversations import PageQuery
from services.api.snippets import snippet
from services.api.storable import Text
from shared.events.clinic_time import to_clinic_time


class SearchQuery(PageQuery):
    q: Annotated[Text, StringConstraints(min_length=1, max_length=200)] = Field(
        description='Words that must all be there; "in quotes" one after another, `or` between, `-` before what must not.'
    )
    conversation_id: str | None = None
    since: AwareDatetime | None = Field(None, alias="from")
    until: AwareDatetime | None = Field(None, alias="to", description="Exclusive.")


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
