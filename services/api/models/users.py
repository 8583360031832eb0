"""The clinic's users, as its admins keep them."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field, SecretStr, StringConstraints, field_validator
from pydantic_core import PydanticCustomError

from services.api.models.base import AnswerModel, BodyModel, ChangeModel
from services.api.models.people import Role, UserEntry, user_entry
from services.api.models.sources import Name
from services.api.storable import Text
from shared.auth.addresses import LONGEST_EMAIL, is_email
from shared.auth.passwords import LONGEST_PASSWORD, SHORTEST_PASSWORD, may_be_password
from shared.events.clinic_time import to_clinic_time

Row = Mapping[str, Any]


def _require_email(text: str) -> str:
    if not is_email(text):
        raise PydanticCustomError("email", "Should be an e-mail address like rita@bemestar.test")
    return text


def _require_password(password: SecretStr | None) -> SecretStr | None:
    if password is not None and not may_be_password(password.get_secret_value()):
        raise PydanticCustomError(
            "password",
            "Should have {shortest} to {longest} printable characters",
            {"shortest": SHORTEST_PASSWORD, "longest": LONGEST_PASSWORD},
        )
    return password


Email = Annotated[
    Text,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_EMAIL),
    AfterValidator(_require_email),
]
Password = Annotated[
    SecretStr | None,
    Field(description="Of 10 to 1024 printable characters. Without one, one is made and shown this once."),
    AfterValidator(_require_password),
]


class UserBody(BodyModel):
    email: Email = Field(description="Under which they sign in: nobody else's, at this clinic or another.")
    name: Name = Field(description="As colleagues see it.")
    role: Role
    password: Password = None


class UserChangeBody(ChangeModel):
    """What is not named stays."""

    name: Name | None = None
    role: Role | None = Field(None, description="Holds from their next request on; they stay signed in.")
    active: bool | None = Field(None, description="False: they may not sign in, and their sessions end at once.")

    @field_validator("name", "role", "active")
    @classmethod
    def _is_something(cls, value: object) -> object:
        if value is None:
            raise PydanticCustomError("nothing", "Should be a value; leave it out where it is to stay")
        return value


class PasswordBody(BodyModel):
    password: Password = None


class KeptUser(UserEntry):
    created_at: str
    last_sign_in_at: str | None = Field(description="With their password; null: never, or before it was noted.")
    open_conversations: int = Field(description="Active ones that are theirs; they stay so when they are deactivated.")
    version: int = Field(description="Rises with every change of what an admin decides; also the `ETag`.")


class UserList(AnswerModel):
    users: list[KeptUser | UserEntry] = Field(description="By name; with what admins decide where an admin asks.")


class UserAnswer(AnswerModel):
    user: KeptUser


class ChangedUser(UserAnswer):
    changed: bool = Field(description="False: it was so already.")


class UserWithPassword(UserAnswer):
    password: str | None = Field(description="The one that was made, shown this once; null where one was given.")


def kept_user(row: Row) -> dict[str, Any]:
    """A row of `users` as the clinic's admins see it."""
    signed_in = row["last_sign_in_at"]
    return {
        **user_entry(row),
        "created_at": to_clinic_time(row["created_at"], row["timezone"]),
        "last_sign_in_at": signed_in and to_clinic_time(signed_in, row["timezone"]),
        "open_conversations": row["open_conversations"],
        "version": row["version"],
    }
