"""The AsyncAPI document: what the code says, by AsyncAPI's rules, with examples that are true."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from services.realtime_gateway.asyncapi import Word, asyncapi_document, encoded, words
from services.realtime_gateway.document import COMMITTED
from services.realtime_gateway.protocol import errors
from services.realtime_gateway.protocol.close_codes import CloseCode
from services.realtime_gateway.protocol.commands import COMMAND_TYPES, read_command
from services.realtime_gateway.protocol.envelope import read_envelope
from services.realtime_gateway.protocol.events import EVENTS
from services.realtime_gateway.protocol.notices import NOTICES
from services.realtime_gateway.protocol.replies import REPLIES

DOCUMENT = asyncapi_document()
MESSAGES = DOCUMENT["components"]["messages"]
# Of AsyncAPI 3.0: what each object must and may have. The keys of components are of these characters.
KEY = re.compile(r"^[a-zA-Z0-9.\-_]+$")
FIELDS: dict[str, tuple[set[str], set[str]]] = {
    "root": ({"asyncapi", "info"}, {"id", "servers", "defaultContentType", "channels", "operations", "components"}),
    "servers": ({"host", "protocol"}, {"description", "security", "title", "summary", "bindings", "pathname"}),
    "channels": (set(), {"address", "messages", "title", "summary", "description", "servers", "bindings"}),
    "operations": ({"action", "channel"}, {"title", "summary", "description", "messages", "reply", "security"}),
    "messages": (set(), {"name", "title", "summary", "correlationId", "payload", "examples"}),
}


def members(kind: str) -> Iterator[Any]:
    if kind == "root":
        yield DOCUMENT
    else:
        yield from (MESSAGES if kind == "messages" else DOCUMENT[kind]).values()


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for name, value in part.items():
            if name == "$ref":
                yield value
            elif name != "examples":
                yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def found(reference: str) -> Any:
    part: Any = DOCUMENT
    for name in reference.removeprefix("#/").split("/"):
        part = part[name]
    return found(part["$ref"]) if set(part) == {"$ref"} else part


def test_the_committed_document_is_what_the_code_says() -> None:
    """Where this fails: `python -m services.realtime_gateway.asyncapi` writes it anew."""
    assert COMMITTED.read_bytes() == encoded(DOCUMENT)


def test_every_reference_leads_somewhere() -> None:
    """A generator of clients can follow each $ref, and each schema is used."""
    told = set(references(DOCUMENT))

    assert all(found(reference) for reference in told)
    used = {reference.rpartition("/")[2] for reference in told if reference.startswith("#/components/schemas/")}
    assert used == DOCUMENT["components"]["schemas"].keys()


@pytest.mark.parametrize("kind", sorted(FIELDS))
def test_objects_have_the_fields_that_asyncapi_gives_them(kind: str) -> None:
    """Nothing required is missing, nothing is there that version 3.0 does not know but for extensions."""
    required, optional = FIELDS[kind]
    for member in members(kind):
        names = {name for name in member if not name.startswith("x-")}
        assert required <= names <= required | optional


def test_names_are_ones_that_asyncapi_allows() -> None:
    """Components, channels and operations are named with letters, digits, points, hyphens and underscores."""
    parts = (DOCUMENT["channels"], DOCUMENT["operations"], DOCUMENT["servers"], *DOCUMENT["components"].values())
    assert all(KEY.match(name) for part in parts for name in part)


def test_operations_speak_of_messages_of_their_channel() -> None:
    """Both what is sent or received and what answers it are referred to through the channel."""
    for operation in DOCUMENT["operations"].values():
        channel = operation["channel"]["$ref"]
        told = [*operation["messages"], *operation.get("reply", {"messages": []})["messages"]]
        assert operation["action"] in {"send", "receive"}
        assert all(message["$ref"].startswith(f"{channel}/messages/") for message in told)


def test_schemas_have_no_words_that_asyncapi_does_not_know() -> None:
    """OpenAPI's discriminator is another thing here; and nobody is told that no field will ever be added."""
    text = encoded(DOCUMENT["components"]["schemas"]).decode()
    assert '"discriminator"' not in text
    assert '"additionalProperties": false' not in text


def test_every_word_of_the_protocol_is_in_the_document() -> None:
    """Each command with its reply, each event, each notice, each close code, each error."""
    operations, channel = DOCUMENT["operations"], DOCUMENT["channels"]["socket"]
    by_operation = {name: [found(m["$ref"])["name"] for m in each["messages"]] for name, each in operations.items()}

    commands = [names for name, names in by_operation.items() if operations[name]["action"] == "receive"]
    assert {name for names in commands for name in names} == COMMAND_TYPES
    assert set(by_operation["events"]) == EVENTS.keys()
    assert set(by_operation["notices"]) == NOTICES.keys()
    assert REPLIES.keys() == COMMAND_TYPES
    assert channel["messages"].keys() == MESSAGES.keys()
    assert channel["x-close-codes"].keys() == {str(int(code)) for code in CloseCode} | {"1009"}
    assert channel["x-errors"] == errors.MEANINGS


def test_every_command_is_answered_or_refused() -> None:
    """Each command's operation has its own reply beside the one that says no."""
    for name, operation in DOCUMENT["operations"].items():
        if operation["action"] == "receive" and name != "authenticate":
            own, refused = (message["$ref"].rpartition("/")[2] for message in operation["reply"]["messages"])
            assert (own, refused) == (f"{name}_reply", "refused")


@pytest.mark.parametrize("word", words(), ids=lambda word: word.key)
def test_every_example_is_one(word: Word) -> None:
    """What a reader copies is valid by the model that the schema is made of."""
    word.model.model_validate(dict(word.example))

    assert MESSAGES[word.key]["examples"][0]["payload"] == word.example
    assert word.example["type"] == word.name
    assert MESSAGES[word.key]["summary"]


def test_commands_of_the_document_are_those_that_are_read() -> None:
    """Each command's example is read as the command it is an example of."""
    commands = [word for word in words() if word.key.endswith("_command")]
    for word in commands:
        assert type(read_command(read_envelope(json.dumps(word.example)))) is word.model
    assert len(commands) == len(COMMAND_TYPES)
