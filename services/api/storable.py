"""Text that Postgres can hold."""

from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError


def is_storable(text: str) -> bool:
    """Whether Postgres takes the text: it has neither NUL nor a lone half of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _require_storable(text: str) -> str:
    if not is_storable(text):
        raise PydanticCustomError("unstorable_text", "Text may contain neither NUL nor lone surrogates")
    return text


Text = Annotated[str, AfterValidator(_require_storable)]
