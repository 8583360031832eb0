"""The AsyncAPI document, made of the models: `python -m services.realtime_gateway.asyncapi` writes asyncapi.json."""

import inspect
import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from services.realtime_gateway import examples
from services.realtime_gateway.document import COMMITTED
from services.realtime_gateway.protocol import close_codes, errors
from services.realtime_gateway.protocol.commands import COMMANDS, AuthFrame
from services.realtime_gateway.protocol.envelope import LARGEST_COMMAND_ID, LONGEST_COMMAND_ID
from services.realtime_gateway.protocol.events import EVENTS, KINDS
from services.realtime_gateway.protocol.notices import NOTICES
from services.realtime_gateway.protocol.replies import REPLIES, Refused
from services.realtime_gateway.sockets.handshake import BEARER, PATH, SUBPROTOCOL
from shared.events.live import FRAME_TARGET

SCHEMA = "#/components/schemas/{model}"
CHANNEL = "#/channels/socket"

Document = dict[str, Any]

_INTRODUCTION = f"""The WebSocket of Prosa's agents: live events of a WhatsApp service desk, and commands.

A client offers the subprotocol `{SUBPROTOCOL}` and its token, either as a second offered subprotocol `{BEARER}<token>` \
or in the first frame, `auth`. Every frame is a JSON text. Commands are answered one after the other, in order, each \
with one reply that carries the command's `id`.

Events belong to logical channels, which all travel on this one socket: `atendente:{{user}}`, `conversa:{{conversation}}`, \
`empresa:{{clinic}}`, `presence:{{clinic}}`. Durable events carry `seq`, gapless within the channel and its `epoch`; \
who reconnects joins with `since` and has every event since, or is told to fetch anew. Of two events about one thing \
the one with the higher `version` counts.

Clients must tolerate fields they do not know, and ignore events of a `type` they do not know: both are added without \
a new version.

Where no WebSocket gets through, the same events and commands go over HTTP: `GET /realtime/poll` and \
`POST /realtime/command`, with the token as Bearer."""

_SUBPROTOCOL: Document = {
    "type": "httpApiKey",
    "in": "header",
    "name": "Sec-WebSocket-Protocol",
    "description": f"`{SUBPROTOCOL}, {BEARER}<token>`: the JWT of `POST /api/auth/login` as a second offered subprotocol."
    f" The server answers with `{SUBPROTOCOL}` alone. Or, within 10 s, the first frame `auth`. Never in the URL.",
}
_ID_SCHEMA: Document = {
    "description": "Comes back in the reply.",
    "anyOf": [
        {"type": "string", "maxLength": LONGEST_COMMAND_ID},
        {"type": "integer", "exclusiveMinimum": -LARGEST_COMMAND_ID, "exclusiveMaximum": LARGEST_COMMAND_ID},
        {"type": "null"},
    ],
}


class Word(NamedTuple):
    """One message of the document: its key there, `type`, model, and a frame."""

    key: str
    name: str
    model: type[BaseModel]
    example: Mapping[str, Any]
    title: str = ""


def words() -> list[Word]:
    """Everything that either side says."""
    return [
        Word(
            "first_auth", "auth", AuthFrame, {"type": "auth", "data": {"token": "<token>"}}, "auth, as the first frame"
        ),
        *(
            Word(f"{_key(name)}_command", name, model, examples.command_example(name))
            for name, model in COMMANDS.items()
        ),
        *(
            Word(f"{_key(name)}_reply", "reply", model, examples.reply_example(name), f"reply to {name}")
            for name, model in REPLIES.items()
        ),
        Word("refused", "reply", Refused, examples.REFUSED, "reply to what was not carried out"),
        *(Word(f"{_key(name)}_notice", name, model, examples.NOTICES[name]) for name, model in NOTICES.items()),
        *(Word(f"{_key(kind.name)}_event", kind.name, EVENTS[kind.name], _event_example(kind.name)) for kind in KINDS),
    ]


def asyncapi_document() -> Document:
    """An AsyncAPI 3.0 document of the socket. The gateway is the application: it receives commands and sends events."""
    said = words()
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Prosa realtime", "version": "1", "description": _INTRODUCTION},
        "defaultContentType": "application/json",
        "servers": {
            "gateway": {
                "host": "localhost:8082",
                "protocol": "ws",
                "description": "Behind a proxy with TLS: `wss`.",
                "security": [{"$ref": "#/components/securitySchemes/subprotocol"}],
            }
        },
        "channels": {"socket": _channel(said)},
        "operations": _operations(),
        "components": {
            "securitySchemes": {"subprotocol": _SUBPROTOCOL},
            "messages": {word.key: _message(word) for word in said},
            "schemas": _schemas(said),
        },
    }


def encoded(document: Document) -> bytes:
    """The document as it is served and committed."""
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def _channel(said: Iterable[Word]) -> Document:
    return {
        "address": PATH,
        "title": "The socket",
        "description": _ends(),
        "servers": [{"$ref": "#/servers/gateway"}],
        "messages": {word.key: {"$ref": f"#/components/messages/{word.key}"} for word in said},
        "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
        "x-close-codes": {str(int(code)): meaning._asdict() for code, meaning in close_codes.MEANINGS.items()},
        "x-errors": dict(errors.MEANINGS),
    }


def _ends() -> str:
    closed = [f"- {int(code)}: {why}; {then}." for code, (why, then) in close_codes.MEANINGS.items()]
    refused = [f"- `{code}`: {meaning}." for code, meaning in errors.MEANINGS.items()]
    after = "Close codes; after 4500 to 4999 connecting again would change nothing:"
    return "\n".join([after, "", *closed, "", "Codes of refused commands:", "", *refused])


def _operations() -> Document:
    return {
        "authenticate": {
            "action": "receive",
            "channel": {"$ref": CHANNEL},
            "summary": "The token of a client that did not offer it as a subprotocol.",
            "messages": [_on_channel("first_auth")],
            "reply": _answers("connected_notice"),
        },
        **{_key(name): _command(name, model) for name, model in COMMANDS.items()},
        "notices": _tells("What the gateway says on its own account.", (f"{_key(name)}_notice" for name in NOTICES)),
        "events": _tells("Events of the channels that were joined.", (f"{_key(name)}_event" for name in EVENTS)),
    }


def _command(name: str, model: type[BaseModel]) -> Document:
    return {
        "action": "receive",
        "channel": {"$ref": CHANNEL},
        "summary": inspect.getdoc(model) or "",
        "messages": [_on_channel(f"{_key(name)}_command")],
        "reply": _answers(f"{_key(name)}_reply", "refused"),
    }


def _answers(*keys: str) -> Document:
    return {"channel": {"$ref": CHANNEL}, "messages": [_on_channel(key) for key in keys]}


def _tells(summary: str, keys: Iterable[str]) -> Document:
    messages = [_on_channel(key) for key in keys]
    return {"action": "send", "channel": {"$ref": CHANNEL}, "summary": summary, "messages": messages}


def _on_channel(key: str) -> Document:
    return {"$ref": f"{CHANNEL}/messages/{key}"}


def _message(word: Word) -> Document:
    numbered = "id" in word.example
    return {
        "name": word.name,
        "title": word.title or word.name,
        "summary": inspect.getdoc(word.model) or "",
        **({"correlationId": {"location": "$message.payload#/id"}} if numbered else {}),
        "payload": {"$ref": SCHEMA.format(model=word.model.__name__)},
        "examples": [{"payload": word.example}],
    }


def _event_example(name: str) -> Mapping[str, Any]:
    kind = next(kind for kind in KINDS if kind.name == name)
    return examples.event_example(name, kind.targets[0], FRAME_TARGET[kind.targets[0]], durable=kind.durable)


def _schemas(said: Iterable[Word]) -> Document:
    """The models' schemas. What is sent is exact in the models, but a client must not count on nothing being added."""
    models: Any = [(word.model, "validation") for word in said]
    _, schema = models_json_schema(list(dict.fromkeys(models)), ref_template=SCHEMA)
    schemas: Document = _opened(dict(sorted(schema["$defs"].items())))
    for model in COMMANDS.values():
        own = schemas[model.__name__]
        own["properties"] = {"id": _ID_SCHEMA, **own["properties"]}
    return schemas


def _opened(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_opened(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {name: _opened(part) for name, part in schema.items() if not _is_ours_alone(name, part)}


def _is_ours_alone(name: str, part: Any) -> bool:
    """What holds for what we send, not for what is to come; and OpenAPI's discriminators, which AsyncAPI does not have."""
    match name:
        case "additionalProperties":
            return part is False
        case "default":
            return part is None
        case "discriminator":
            return "propertyName" in part
        case _:
            return False


def _key(name: str) -> str:
    return name.replace(":", "_")


def main() -> None:
    COMMITTED.write_bytes(encoded(asyncapi_document()))


if __name__ == "__main__":
    main()
