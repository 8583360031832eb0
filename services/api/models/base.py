"""What every model of the API has in common."""

from collections.abc import Collection, Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError


class BodyModel(BaseModel):
    """A request's body. A field we do not know is an error: ignoring it would lose what the client meant by it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ChangeModel(BodyModel):
    """A body that says what is to change: what is not named stays, and something is named."""

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not self.model_fields_set:
            raise PydanticCustomError("nothing", "Should name what is to change")
        return self

    def news(self, row: Mapping[str, Any], *, apart: Collection[str] = ()) -> dict[str, Any]:
        """What is named and is not so already; of what stands `apart` no row says how it is."""
        wanted = self.model_dump(include=self.model_fields_set.difference(apart))
        return {name: value for name, value in wanted.items() if value != row[name]}


def require_value(value: str | None) -> str:
    """A field's value, where null and blanks are none. Raises PydanticCustomError."""
    if not value:
        raise PydanticCustomError("nothing", "Should be a value; leave it out where it is to stay")
    return value


class QueryModel(BaseModel):
    """A request's query string."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class AnswerModel(BaseModel):
    """An answer's body, as documented in openapi.json; the tests hold real answers against it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
