"""Every kind of live event that services publish: where it appears, what its data is. Documents and tests are made of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints, WithJsonSchema, create_model

from shared.events.conversation_events import (
    ActionAdded,
    ConversationMerged,
    ConversationOpened,
    Decided,
    DeskChanged,
    EntryChanged,
    EntryGone,
    Handover,
    MessagesRead,
    Typing,
)
from shared.events.live import FRAME_TARGET, Target
from shared.events.message import Message
from shared.events.told import Id, Moment, ToldModel
from shared.events.user_events import (
    ConversationAssigned,
    ConversationReceived,
    MessageReceived,
    SessionChanged,
    SessionRevoked,
    SourceState,
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of event. `data` holds the models of what it tells, each as it is; durable ones have a position."""

    name: str
    targets: tuple[Target, ...]
    data: tuple[type[BaseModel], ...]
    says: str
    durable: bool = True


PUBLISHED = (
    Kind("message:new", ("conversa",), (Message,), "A message is in the conversation. The object is the REST API's."),
    Kind(
        "message:updated",
        ("conversa",),
        (Message,),
        "A message has another status, text, reactions or files, or was deleted. The object is the REST API's.",
    ),
    Kind("message:read", ("conversa",), (MessagesRead,), "A user has read the conversation, up to a message."),
    Kind("conversation:new", ("empresa",), (ConversationOpened,), "Somebody wrote for the first time."),
    Kind(
        "conversation:updated",
        ("conversa",),
        (ActionAdded, Decided, ConversationMerged),
        "Something happened around the conversation, somebody decided about it, or it was merged with another.",
    ),
    Kind(
        "conversation:list:updated",
        ("empresa",),
        (EntryChanged, EntryGone),
        "A conversation's entry in the clinic's list is new, another or gone: fetch it again.",
    ),
    Kind(
        "conversation:transferred", ("conversa", "empresa"), (Handover,), "A conversation was handed to another user."
    ),
    Kind("conversation:typing", ("conversa",), (Typing,), "Somebody types, or no longer does.", durable=False),
    Kind(
        "message_notification",
        ("atendente",),
        (MessageReceived, ConversationReceived, ConversationAssigned),
        "A patient wrote in a conversation of this user's, or one was handed to them. Never what somebody wrote.",
    ),
    Kind("session:revoked", ("atendente",), (SessionRevoked,), "Sessions of the user are over."),
    Kind("session:changed", ("atendente",), (SessionChanged,), "The user's rights are others: fetch a newer token."),
    Kind("desk:updated", ("empresa",), (DeskChanged,), "A canned reply, a label or a user is new, another or gone."),
    Kind("source:state", ("empresa",), (SourceState,), "A WhatsApp instance's line is open, closed, being paired."),
)


def frame_model(kind: Kind) -> type[BaseModel]:
    """The model of such an event as clients receive it: its position in front, or of a passing one perhaps its origin."""
    words = tuple(FRAME_TARGET[target] for target in kind.targets)
    channel = f"^({'|'.join(kind.targets)}):[0-9]+$"
    fields: dict[str, Any] = {
        **(_POSITION if kind.durable else _ORIGIN),
        "type": (Literal[kind.name], ...),
        "target": (Literal[words], ...),
        "targetId": (Id, ...),
        "channel": (Annotated[str, StringConstraints(pattern=channel)], ...),
        "timestamp": (Annotated[Moment, Field(description="When the event was made, in UTC.")], ...),
        "data": (_one_of(kind.data), ...),
    }
    return create_model(_model_name(kind.name), __base__=ToldModel, __doc__=kind.says, **fields)


_Position = Annotated[int, Field(ge=1, description="Rises by one within the channel and its epoch.")]
_Epoch = Annotated[
    str, Field(description="Another one: what came before is forgotten, so fetch what the channel shows.")
]
_Origin = Annotated[
    str | None, WithJsonSchema({"type": "string", "description": "The connection of whose client this comes."})
]
_POSITION: dict[str, Any] = {"seq": (_Position, ...), "epoch": (_Epoch, ...)}
_ORIGIN: dict[str, Any] = {"origin": (_Origin, None)}


def _one_of(models: Iterable[type[BaseModel]]) -> Any:
    first, *others = models
    union: Any = first
    for other in others:
        union |= other
    return union


def _model_name(event_type: str) -> str:
    return "".join(word.capitalize() for word in event_type.replace("_", ":").split(":")) + "Event"
