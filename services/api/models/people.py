"""Users and their clinic."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from services.api.models.base import AnswerModel, BodyModel
from services.api.storable import Text

Row = Mapping[str, Any]
Role = Literal["agent", "supervisor", "operator", "admin"]


class LoginBody(BodyModel):
    email: Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=254)]
    password: Annotated[Text, StringConstraints(min_length=1, max_length=1024)]


class User(AnswerModel):
    id: str
    name: str
    email: str
    role: Role


class UserEntry(User):
    active: bool = Field(description="False: may no longer sign in, but stands in conversations.")
    kind: Literal["person", "service"] = Field(description="`service`: an integration, which speaks with a token.")


class Clinic(AnswerModel):
    id: str
    slug: str
    name: str
    timezone: str = Field(description="IANA name. Every time in the API has this zone's offset.")


class Identity(AnswerModel):
    user: User
    clinic: Clinic


class Login(Identity):
    token: str = Field(description="For `Authorization: Bearer`.")
    expires_at: str


def user_object(row: Row) -> dict[str, Any]:
    """A row of `users` as its colleagues see it."""
    return {"id": str(row["id"]), "name": row["name"], "email": row["email"], "role": row["role"]}


def user_entry(row: Row) -> dict[str, Any]:
    """A row of `users` in the list of everybody."""
    return {**user_object(row), "active": row["active"], "kind": row["kind"]}


def clinic_object(row: Row) -> dict[str, Any]:
    """The clinic's columns of a user's row."""
    return {
        "id": str(row["clinic_id"]),
        "slug": row["clinic_slug"],
        "name": row["clinic_name"],
        "timezone": row["timezone"],
    }
