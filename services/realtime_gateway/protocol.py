"""The words of the socket, both ways: what a client may send, and what it is answered.

A client's frame is `{"id", "type", "data"}`. Unknown fields are tolerated, so that newer clients can talk to older
gateways; an unknown type is answered, not punished.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, NamedTuple, get_args

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError
from pydantic_core import from_json

from services.realtime_gateway.positions import Frame, Position

LONGEST_COMMAND_ID = 64
LARGEST_COMMAND_ID = 2**53


class Refusal(Exception):
    """Why a command was not carried out, as the client is told. `temporary`: the same command may succeed later."""

    def __init__(self, code: str, message: str, *, retry_ms: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_ms = retry_ms

    @property
    def temporary(self) -> bool:
        """Whether trying again makes sense."""
        return self.retry_ms is not None


# Client → server


class _Incoming(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


def _number_as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


ConversationRef = Annotated[
    str,
    BeforeValidator(_number_as_text),
    StringConstraints(strict=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:@+=-]{0,254}$"),
]


class Since(_Incoming):
    """The last event the client has of a channel."""

    seq: Annotated[int, Field(ge=0, lt=2**63)]
    epoch: Annotated[str, StringConstraints(max_length=64)]

    @property
    def position(self) -> Position:
        """As the gateway compares it."""
        return Position(self.seq, self.epoch)


class JoinConversation(_Incoming):
    """Data of `conversation:join`; the id may be the conversation's own or its external one."""

    conversation_id: ConversationRef
    since: Since | None = None


class LeaveConversation(_Incoming):
    """Data of `conversation:leave`."""

    conversation_id: ConversationRef


class JoinClinic(_Incoming):
    """Data of `clinic:join`."""

    since: Since | None = None


class ConversationJoin(_Incoming):
    """Have a conversation's events from now on, and those since a position."""

    type: Literal["conversation:join"]
    data: JoinConversation


class ConversationLeave(_Incoming):
    """Have a conversation's events no longer."""

    type: Literal["conversation:leave"]
    data: LeaveConversation


class ClinicJoin(_Incoming):
    """Have the clinic's events since a position; the channel itself was joined on connecting."""

    type: Literal["clinic:join"]
    data: JoinClinic = JoinClinic()


class Ping(_Incoming):
    """Is anybody there? Browsers can't see the protocol's own pings."""

    type: Literal["ping"]


class NotYet(_Incoming):
    """Commands of the protocol that this gateway does not carry out yet."""

    type: Literal[
        "typing_start", "typing_stop", "presence_update", "presence:list", "message:read", "conversation:transfer"
    ]


Command = ConversationJoin | ConversationLeave | ClinicJoin | Ping | NotYet

_COMMAND: TypeAdapter[Command] = TypeAdapter(Annotated[Command, Field(discriminator="type")])
COMMAND_TYPES = frozenset(
    name for model in get_args(Command) for name in get_args(model.model_fields["type"].annotation)
)


class Auth(_Incoming):
    """Data of `auth`."""

    token: str


class AuthFrame(_Incoming):
    """The first frame of a client that did not offer its token as a subprotocol."""

    type: Literal["auth"]
    data: Auth


class Envelope(NamedTuple):
    """A client's frame of which only id and type are known to be sound."""

    id: str | int | None
    type: str
    content: dict[str, Any]


def read_envelope(text: str | bytes) -> Envelope:
    """Id and type of a frame. Raises Refusal where it has none to answer to."""
    if isinstance(text, bytes):
        raise Refusal("bad_frame", "send text frames, not binary ones")
    try:
        content = from_json(text)
    except ValueError:
        raise Refusal("bad_frame", "the frame is not JSON") from None
    if not isinstance(content, dict):
        raise Refusal("bad_frame", "the frame is not a JSON object")
    return Envelope(_command_id(content.get("id")), _command_type(content.get("type")), content)


def _command_id(value: object) -> str | int | None:
    if value is None or (isinstance(value, str) and len(value) <= LONGEST_COMMAND_ID):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST_COMMAND_ID:
        return value
    raise Refusal("bad_frame", f"`id` is not a string of at most {LONGEST_COMMAND_ID} characters")


def _command_type(value: object) -> str:
    return value if isinstance(value, str) else ""


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


# Server → client


def reply(command_id: str | int | None, data: bytes) -> bytes:
    """A command was carried out; `data` is JSON."""
    return b'{"type":"reply","id":%s,"ok":true,"data":%s}' % (orjson.dumps(command_id), data)


def refused(command_id: str | int | None, refusal: Refusal) -> bytes:
    """A command was not carried out."""
    error: dict[str, Any] = {"code": refusal.code, "message": refusal.message, "temporary": refusal.temporary}
    if refusal.retry_ms is not None:
        error["retry_ms"] = refusal.retry_ms
    return orjson.dumps({"type": "reply", "id": command_id, "ok": False, "error": error})


def joined(position: Position, missed: Iterable[Frame] | None, more: Mapping[str, Any]) -> bytes:
    """Data of a reply: the channel was joined at a position.

    `missed` is every event since the client's own position, as published, or None: then the client refetches.
    """
    known = {"seq": position.seq, "epoch": position.epoch, "recovered": missed is not None, **more}
    events = b",".join(frame.payload for frame in missed or ())
    return b'%s,"events":[%s]}' % (orjson.dumps(known)[:-1], events)


def pong() -> bytes:
    """Data of a reply: the server's time, for clients that compare clocks."""
    return orjson.dumps({"server_time": server_time()})


def connected(data: Mapping[str, Any]) -> bytes:
    """The socket is authenticated and has joined its own channels."""
    return orjson.dumps({"type": "connected", "data": data})


def reset(channel: str, position: Position) -> bytes:
    """Events of the channel may have been missed up to this position: refetch what it shows."""
    data = {"channel": channel, "seq": position.seq, "epoch": position.epoch}
    return orjson.dumps({"type": "reset", "channel": channel, "data": data})


def going_away(reconnect_ms: int) -> bytes:
    """This gateway is about to stop: connect again after that time."""
    return orjson.dumps({"type": "going_away", "data": {"reconnect_ms": reconnect_ms}})


def server_time() -> str:
    """Now, as clients read it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
