"""What clients are told of who is present and who looks at a conversation."""

from typing import Annotated

from pydantic import Field

from services.realtime_gateway.protocol.commands import Status
from shared.events.kinds import Kind
from shared.events.told import Id, Moment, ToldModel

RosterVersion = Annotated[int, Field(ge=0, description="Rises within the clinic; of two copies the higher is newer.")]


class Viewer(ToldModel):
    """A user who has a conversation open."""

    user_id: Id
    name: str


class Viewers(ToldModel):
    """Everybody who has a conversation open and wants to be seen."""

    conversation_id: Id
    viewers: list[Viewer]


class Attendee(ToldModel):
    """A user as the clinic sees them."""

    user_id: Id
    name: str
    status: Status
    version: RosterVersion


class StatusChange(Attendee):
    """A user is seen differently now. With several tabs they are there as long as one of them is."""

    previous: Status
    at: Moment


class Present(Attendee):
    """A user who is there."""

    since: Moment


class Counts(ToldModel):
    """How many users of the clinic are seen how."""

    online: int
    away: int
    busy: int


KINDS = (
    Kind("user:status", ("presence",), (StatusChange,), "A user is seen differently now.", durable=False),
    Kind(
        "presence_update",
        ("presence",),
        (StatusChange,),
        "The same as `user:status`, by its other name.",
        durable=False,
    ),
    Kind("conversation:viewers", ("conversa",), (Viewers,), "Others have the conversation open now.", durable=False),
)
