"""Data of the events that tell of conversations. Each model is one thing that is really told; an event may tell several."""

from typing import Literal

from pydantic import Field

from shared.events.conversation import ConversationAction, Priority, Status
from shared.events.message import ReadMark
from shared.events.told import Id, Moment, ToldModel, Version


class Person(ToldModel):
    """A user of the clinic."""

    id: Id
    name: str


class MessagesRead(ReadMark):
    """Somebody of the clinic has read a conversation up to a message, or all of it."""

    user_id: Id


class ConversationOpened(ToldModel):
    """Somebody wrote for the first time."""

    conversation_id: Id
    clinic_id: Id
    timestamp: Moment
    version: Version


class ActionAdded(ToldModel):
    """Something happened around a conversation: one more entry in its timeline."""

    conversation_id: Id
    version: Version
    action: ConversationAction


class Decided(ToldModel):
    """Somebody decided whose a conversation is, whether it is open or how urgent; the action says who and what."""

    conversation_id: Id
    assigned_to: Id | None = Field(description="A user's id.")
    status: Status
    priority: Priority
    version: Version
    action: ConversationAction


class ConversationMerged(ToldModel):
    """Two conversations turned out to be with one person: the one went into the other. Fetch the latter."""

    conversation_id: Id
    merged_from: Id
    merged_into: Id
    version: Version


class DeskChanged(ToldModel):
    """What all agents of a clinic work with is another: a canned reply, a label, or a colleague."""

    kind: Literal["canned_reply", "label", "user"]
    id: Id
    event_type: Literal["new", "updated", "deleted"] = Field(alias="eventType")
    timestamp: Moment
    version: Version


class EntryChanged(ToldModel):
    """A conversation's entry in the clinic's list is there, or is a newer one: fetch it."""

    conversation_id: Id = Field(alias="conversationId")
    clinic_id: Id = Field(alias="clinicId")
    event_type: Literal["new", "updated"] = Field(alias="eventType")
    timestamp: Moment
    version: Version


class EntryGone(ToldModel):
    """A conversation is no longer in the list: it went into another, or the person was erased."""

    conversation_id: Id = Field(alias="conversationId")
    clinic_id: Id = Field(alias="clinicId")
    event_type: Literal["deleted"] = Field(alias="eventType")
    timestamp: Moment
    merged_into: Id | None = Field(alias="mergedInto", description="null: it went nowhere.")
    version: Version


class Typist(ToldModel):
    """Who types: a user of the clinic, or the patient, who has no id here; in a group, one of its participants."""

    id: Id | None
    name: str
    kind: Literal["agent", "patient"]


class Typing(ToldModel):
    """Somebody types in a conversation, or no longer does. Who falls silent has stopped after 6 seconds."""

    conversation_id: Id
    user: Typist
    typing: bool
    state: Literal["composing", "recording", "paused", "available", "unavailable"]


class Handover(ToldModel):
    """A conversation was handed from one user to another."""

    conversation_id: Id
    from_user: Person | None = Field(description="Whose it was; null: nobody's.")
    to_user: Person
    by: Person
    note: bool = Field(description="Whether there is a note; it stands in the conversation's timeline.")
    timestamp: Moment
    version: Version
