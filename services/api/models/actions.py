"""What happened around a conversation, as people add it and read it."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from services.api.models.base import AnswerModel, BodyModel
from services.api.models.messages import ClientId
from services.api.storable import is_storable
from shared.events.conversation import ConversationAction
from shared.events.live import encode_json

# What Prosa itself writes into the timeline of what people decided: nobody else may say that it happened.
OWN_TYPES = frozenset(
    (
        "conversation_assigned",
        "conversation_transferred",
        "conversation_archived",
        "conversation_reopened",
        "priority_changed",
        "label_added",
        "label_removed",
    )
)
MOST_DATA_BYTES = 16 * 1024
MOST_LEVELS = 16


def _require_foreign(action_type: str) -> str:
    if action_type in OWN_TYPES:
        raise PydanticCustomError("own_type", "This is written where it is decided; take a word of your own")
    return action_type


def _require_plain(data: dict[str, Any]) -> dict[str, Any]:
    if "by" in data:
        raise PydanticCustomError("by", "`by` is whoever adds the action, and is added itself")
    if not all(map(is_storable, _texts(data, MOST_LEVELS))):
        raise PydanticCustomError("unstorable_text", "Text may contain neither NUL nor lone surrogates")
    if len(encode_json(data)) > MOST_DATA_BYTES:
        raise PydanticCustomError("large_data", "Should be at most 16 KiB of JSON")
    return data


def _texts(value: Any, levels: int) -> Iterator[str]:
    """Every key and text within a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        if levels == 0:
            raise PydanticCustomError("deep_data", "Should be at most 16 levels deep")
        if isinstance(value, dict):
            yield from value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner, levels - 1)


class ActionBody(BodyModel):
    action_type: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,49}$"), AfterValidator(_require_foreign)]
    action_data: Annotated[dict[str, Any], AfterValidator(_require_plain)] = Field(
        default_factory=dict, description="At most 16 KiB and 16 levels; `by` is added to it."
    )
    client_action_id: ClientId | None = Field(
        None, description="The client's own id of the action: added again, it has no second effect."
    )


class AddedAction(AnswerModel):
    action: ConversationAction


class ActionList(AnswerModel):
    actions: list[ConversationAction] = Field(description="Newest first.")
    next_cursor: str | None
