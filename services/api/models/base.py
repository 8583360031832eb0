"""What every model of the API has in common."""

from pydantic import BaseModel, ConfigDict


class BodyModel(BaseModel):
    """A request's body. A field we do not know is an error: ignoring it would lose what the client meant by it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class QueryModel(BaseModel):
    """A request's query string."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class AnswerModel(BaseModel):
    """An answer's body, as documented in openapi.json; the tests hold real answers against it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
