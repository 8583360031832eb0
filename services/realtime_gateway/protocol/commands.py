"""What a client may ask for. Unknown fields are tolerated, so that newer clients can talk to older gateways."""

from typing import Annotated, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from services.realtime_gateway.protocol.envelope import Envelope
from services.realtime_gateway.protocol.positions import Position
from services.realtime_gateway.protocol.refusal import Refusal

LONGEST_NOTE = 2000

Status = Literal["online", "away", "busy", "offline"]


class _Incoming(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


def _number_as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


ConversationRef = Annotated[
    str,
    BeforeValidator(_number_as_text),
    StringConstraints(strict=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:@+=-]{0,254}$"),
]
OwnId = Annotated[str, BeforeValidator(_number_as_text), StringConstraints(strict=True, pattern=r"^[0-9]{1,19}$")]


class Since(_Incoming):
    """The last event the client has of a channel."""

    seq: Annotated[int, Field(ge=0, lt=2**63)]
    epoch: Annotated[str, StringConstraints(max_length=64)]

    @property
    def position(self) -> Position:
        """As the gateway compares it."""
        return Position(self.seq, self.epoch)


class OneConversation(_Incoming):
    """A conversation, by its own or its external id."""

    conversation_id: ConversationRef


class JoinConversation(OneConversation):
    """Data of `conversation:join`."""

    since: Since | None = None


class JoinClinic(_Incoming):
    """Data of `clinic:join`."""

    since: Since | None = None


class StatusWish(_Incoming):
    """Data of `presence_update`."""

    status: Status


class ReadUpTo(OneConversation):
    """Data of `message:read`: everything up to this message, or everything there is."""

    message_id: OwnId | None = None


class Transfer(OneConversation):
    """Data of `conversation:transfer`. Where `expected_assigned_to` is given, it must still be true (null: nobody)."""

    to_user_id: OwnId
    note: Annotated[str, StringConstraints(max_length=LONGEST_NOTE)] | None = None
    expected_assigned_to: OwnId | None = None


class Auth(_Incoming):
    """Data of `auth`."""

    token: Annotated[str, StringConstraints(max_length=8192)]


class AuthFrame(_Incoming):
    """The first frame of a client that did not offer its token as a subprotocol."""

    type: Literal["auth"]
    data: Auth


class ConversationJoin(_Incoming):
    """Have a conversation's events from now on, and those since a position."""

    type: Literal["conversation:join"]
    data: JoinConversation


class ConversationLeave(_Incoming):
    """Have a conversation's events no longer."""

    type: Literal["conversation:leave"]
    data: OneConversation


class ClinicJoin(_Incoming):
    """Have the clinic's events since a position; the channel itself was joined on connecting."""

    type: Literal["clinic:join"]
    data: JoinClinic = JoinClinic()


class TypingStart(_Incoming):
    """Say that the user types in a conversation; to be renewed every 3 s while that is so."""

    type: Literal["typing_start"]
    data: OneConversation


class TypingStop(_Incoming):
    """Say that the user types no longer."""

    type: Literal["typing_stop"]
    data: OneConversation


class PresenceUpdate(_Incoming):
    """Say how present the user is."""

    type: Literal["presence_update"]
    data: StatusWish


class PresenceList(_Incoming):
    """Ask who of the clinic is present."""

    type: Literal["presence:list"]


class MessageRead(_Incoming):
    """Mark a conversation's messages as read."""

    type: Literal["message:read"]
    data: ReadUpTo


class ConversationTransfer(_Incoming):
    """Hand a conversation to another user of the clinic."""

    type: Literal["conversation:transfer"]
    data: Transfer


class Refresh(_Incoming):
    """Go on with a newer token of the same user, before the old one expires."""

    type: Literal["auth"]
    data: Auth


class Ping(_Incoming):
    """Is anybody there? Browsers can't see the protocol's own pings."""

    type: Literal["ping"]


Command = (
    ConversationJoin
    | ConversationLeave
    | ClinicJoin
    | TypingStart
    | TypingStop
    | PresenceUpdate
    | PresenceList
    | MessageRead
    | ConversationTransfer
    | Refresh
    | Ping
)

_COMMAND: TypeAdapter[Command] = TypeAdapter(Annotated[Command, Field(discriminator="type")])
COMMANDS: dict[str, type[BaseModel]] = {
    name: model for model in get_args(Command) for name in get_args(model.model_fields["type"].annotation)
}
COMMAND_TYPES = frozenset(COMMANDS)


def read_command(envelope: Envelope) -> Command:
    """The command in a frame. Raises Refusal."""
    if envelope.type not in COMMAND_TYPES:
        raise Refusal("unknown_command", "this gateway does not know that `type`")
    try:
        return _COMMAND.validate_python(envelope.content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"][1:])
        raise Refusal("bad_request", f"{where}: {first['msg']}") from None
