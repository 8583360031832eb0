"""The people a clinic talks to."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints, field_validator
from pydantic_core import PydanticCustomError

from services.api.models.base import AnswerModel, BodyModel, ChangeModel, require_value
from services.api.models.conversations import PageQuery
from services.api.storable import Text
from shared.events.clinic_time import to_clinic_time

Row = Mapping[str, Any]

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def _require_email(text: str) -> str:
    if not _EMAIL.fullmatch(text):
        raise PydanticCustomError("email", "Should be an e-mail address")
    return text


Name = Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]
Email = Annotated[Text, StringConstraints(strip_whitespace=True, max_length=255), AfterValidator(_require_email)]


class ContactQuery(PageQuery):
    q: Annotated[Text, StringConstraints(max_length=100)] | None = Field(
        None,
        description="Words of the name, accents or not; or a phone, with or without country code and ninth digit.",
    )


class Contact(AnswerModel):
    id: str
    name: str
    phone: str | None
    email: str | None
    created_at: str
    updated_at: str
    version: int = Field(description="Rises with every change of what stands here; also the `ETag`.")


class ContactList(AnswerModel):
    contacts: list[Contact] = Field(description="Those met last first.")
    next_cursor: str | None


class ContactIdentity(AnswerModel):
    kind: str
    value: str


class ContactDetail(AnswerModel):
    contact: Contact
    identities: list[ContactIdentity] = Field(description="The names under which the contact is known.")
    conversation_count: int


class ContactBody(ChangeModel):
    """What is not named stays."""

    name: Name | None = None
    email: Email | None = Field(None, description="null: none is known.")

    # Once more after its length: what was only blanks has lost them since.
    _is_something = field_validator("name")(require_value)


class ChangedContact(AnswerModel):
    contact: Contact
    changed: bool = Field(description="False: it was so already, and nobody was told anything.")


class MergeBody(BodyModel):
    contact_id: Annotated[str, StringConstraints(max_length=20)] = Field(
        description="Who is the same person: what is theirs becomes the contact's, and they are gone."
    )


class MergedContact(AnswerModel):
    contact: Contact
    merged: bool = Field(description="False: that was so already, and nobody was told anything.")


def contact_object(row: Row) -> dict[str, Any]:
    """A contact as clients see it."""
    return {
        "id": str(row["id"]),
        "name": row["name"],
        "phone": row["phone"],
        "email": row["email"],
        "created_at": to_clinic_time(row["created_at"], row["timezone"]),
        "updated_at": to_clinic_time(row["updated_at"], row["timezone"]),
        "version": row["version"],
    }


def detail_object(row: Row, identities: Sequence[Row]) -> dict[str, Any]:
    """A contact with the names under which it is known."""
    return {
        "contact": contact_object(row),
        "identities": [{"kind": identity["kind"], "value": identity["value"]} for identity in identities],
        "conversation_count": row["conversation_count"],
    }
