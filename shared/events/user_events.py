"""Data of the events that concern one user, or a source of the clinic."""

from typing import Literal

from pydantic import Field

from shared.events.conversation_events import Person
from shared.events.sessions import RevocationReason
from shared.events.told import Id, Moment, ToldModel, Version


class MessageReceived(ToldModel):
    """A patient wrote in a conversation of the user's."""

    reason: Literal["message"]
    conversation_id: Id
    contact_name: str
    message_id: Id
    message_type: str
    timestamp: Moment
    version: Version


class ConversationReceived(ToldModel):
    """A conversation was handed to the user."""

    reason: Literal["transferred"]
    conversation_id: Id
    contact_name: str
    from_user: Person = Field(description="Who did so.")
    note: bool = Field(description="Whether there is a note; it stands in the conversation's timeline.")
    timestamp: Moment
    version: Version


class ConversationAssigned(ToldModel):
    """Somebody made a conversation the user's."""

    reason: Literal["assigned"]
    conversation_id: Id
    contact_name: str
    from_user: Person = Field(description="Who did so.")
    timestamp: Moment
    version: Version


class SessionRevoked(ToldModel):
    """Sessions of the user that began before a moment are over; their sockets are closed."""

    user_id: Id
    reason: RevocationReason
    revoked_before: int = Field(description="Seconds since the epoch.")


class SessionChanged(ToldModel):
    """The user may do other things now than their token says."""

    user_id: Id
    role: str


class SourceState(ToldModel):
    """The line of a WhatsApp instance came into another state."""

    source_id: Id
    name: str
    state: Literal["created", "pairing", "connecting", "open", "closed", "refused", "logged_out", "removed"]
    reason: str | None = Field(description="For people: `logged out (401)`.")
    at: Moment
    version: Version
