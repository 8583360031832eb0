"""What each command is answered with."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, WithJsonSchema, create_model

from services.realtime_gateway.protocol.commands import Status
from services.realtime_gateway.protocol.envelope import LONGEST_COMMAND_ID
from services.realtime_gateway.protocol.events import durable_events
from services.realtime_gateway.protocol.notices import ChannelPosition, Expiry
from services.realtime_gateway.protocol.presences import Counts, Present, RosterVersion, Viewer
from shared.events.conversation import Transferred
from shared.events.conversation_events import Typing
from shared.events.message import ReadMark
from shared.events.told import Id, Moment, ToldModel

EchoedId = Annotated[
    Annotated[str, Field(max_length=LONGEST_COMMAND_ID)] | int | None,
    Field(description="The command's own; null where it had none, or none that could be read."),
]
Recovered = Annotated[bool, Field(description="Whether `events` is every event since `since`; if not, fetch anew.")]
ConversationEvent: Any = durable_events("conversa")
ClinicEvent: Any = durable_events("empresa")


class Done(ToldModel):
    """Nothing is to be said."""


class ConversationJoined(ChannelPosition):
    """A conversation's events follow from this position on."""

    conversation_id: Id = Field(description="The conversation's own id, whichever was asked for.")
    recovered: Recovered
    events: list[ConversationEvent]
    typing: list[Typing] = Field(description="Who types just now.")
    viewers: list[Viewer] = Field(description="Who has it open.")


class ClinicJoined(ChannelPosition):
    """The clinic's events follow from this position on."""

    recovered: Recovered
    events: list[ClinicEvent]


class StatusSeen(ToldModel):
    """How the user is seen now."""

    status: Status


class PresenceListing(ToldModel):
    """Who of the clinic is present."""

    users: list[Present]
    counts: Counts
    version: RosterVersion
    stale: bool = Field(description="Events do not arrive just now, so this may have changed.")


class Pong(ToldModel):
    """The gateway lives."""

    server_time: Moment


class Error(ToldModel):
    """Why a command was not carried out. `code` is for programs, `message` for people."""

    code: str = Field(description="One of the channel's `x-errors`.")
    message: str
    temporary: bool = Field(description="Whether the same may succeed later.")
    retry_ms: Annotated[
        int | None,
        WithJsonSchema({"type": "integer", "minimum": 0, "description": "After that time; there if `temporary`."}),
    ] = None
    details: Annotated[
        dict[str, Any] | None,
        WithJsonSchema({"type": "object", "description": "What else a program may need; there with some codes."}),
    ] = None


class Refused(ToldModel):
    """The command was not carried out."""

    type: Literal["reply"]
    id: EchoedId
    ok: Literal[False]
    error: Error


REPLY_DATA: dict[str, type[BaseModel]] = {
    "conversation:join": ConversationJoined,
    "conversation:leave": Done,
    "clinic:join": ClinicJoined,
    "typing_start": Done,
    "typing_stop": Done,
    "presence_update": StatusSeen,
    "presence:list": PresenceListing,
    "message:read": ReadMark,
    "conversation:transfer": Transferred,
    "auth": Expiry,
    "ping": Pong,
}


def _reply(command_type: str, data: type[BaseModel]) -> type[BaseModel]:
    name = "".join(word.capitalize() for word in command_type.replace("_", ":").split(":")) + "Reply"
    fields: dict[str, Any] = {
        "type": (Literal["reply"], ...),
        "id": (EchoedId, ...),
        "ok": (Literal[True], ...),
        "data": (data, ...),
    }
    return create_model(name, __base__=ToldModel, __doc__=f"`{command_type}` was carried out.", **fields)


REPLIES: dict[str, type[BaseModel]] = {command: _reply(command, data) for command, data in REPLY_DATA.items()}
