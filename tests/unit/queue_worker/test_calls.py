"""What Evolution is asked, in the words of both of its versions."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.queue_worker.sending.calls import (
    Call,
    File,
    Key,
    Quoted,
    audio_call,
    delete_call,
    edit_call,
    find_call,
    media_call,
    reaction_call,
    read_call,
    text_call,
    typing_call,
)

TRANSCRIPTS = Path(__file__).parents[2] / "fixtures" / "evolution-rest"
NUMBER, JID = "5511955550001", "5511955550001@s.whatsapp.net"
KEY = Key("3EB0AAAA", JID, False)
QUOTED = Quoted(Key("IN-1", JID, False), "ola")


def recorded(path: str, words: str) -> dict[str, Any]:
    """The body of a recorded call that worked."""
    lines = [line for file in sorted(TRANSCRIPTS.glob("*.txt")) for line in file.read_text().splitlines()]
    [line] = [line for line in lines if line.startswith(f"### POST /{path}/") and words in line]
    body: dict[str, Any] = json.loads(line.split(" ", 3)[3])
    return body


def test_a_text_is_asked_for_as_recorded() -> None:
    """What 2.3.7 took is what is sent."""
    body = recorded("message/sendText", "ola do agente")

    assert text_call("v2", body["number"], body["text"]) == Call("POST", "message/sendText", body)


def test_an_answer_to_a_message_is_asked_for_as_recorded() -> None:
    """The message that is answered is named by its key, with its text."""
    body = recorded("message/sendText", "com token da instancia")

    call = text_call("v2", body["number"], body["text"], QUOTED)

    assert call.body == body


def test_a_reaction_is_asked_for_as_recorded() -> None:
    """Key and emoji."""
    body = recorded("message/sendReaction", "3EB0AAAA")

    assert reaction_call("v2", KEY, "👍") == Call("POST", "message/sendReaction", body)


def test_reading_is_asked_for_as_recorded() -> None:
    """A list of keys."""
    body = recorded("chat/markMessageAsRead", "3EB0AAAA")

    assert read_call("v2", [KEY]) == Call("POST", "chat/markMessageAsRead", body)


PICTURE = File("image", "iVBORw0KGgo=", "image/png", "a.png")
VOICE = File("audio", "T2dnUw==", "audio/ogg", "voz.ogg")

CALLS: list[tuple[str, Call, Call]] = [
    (
        "text",
        text_call("v2", NUMBER, "oi"),
        text_call("v1", NUMBER, "oi"),
    ),
    (
        "media",
        media_call("v2", NUMBER, PICTURE, "legenda"),
        media_call("v1", NUMBER, PICTURE, "legenda"),
    ),
    ("audio", audio_call("v2", NUMBER, VOICE), audio_call("v1", NUMBER, VOICE)),
]


def test_the_first_version_wraps_what_is_said() -> None:
    """Text, media and audio each have a wrapper; options stand beside it."""
    bodies = {name: (second.body, first.body) for name, second, first in CALLS}

    assert bodies["text"] == (
        {"number": NUMBER, "text": "oi"},
        {"number": NUMBER, "options": {}, "textMessage": {"text": "oi"}},
    )
    media = {
        "mediatype": "image",
        "media": "iVBORw0KGgo=",
        "mimetype": "image/png",
        "fileName": "a.png",
        "caption": "legenda",
    }
    assert bodies["media"] == (
        {"number": NUMBER, **media},
        {"number": NUMBER, "options": {}, "mediaMessage": media},
    )
    assert bodies["audio"] == (
        {"number": NUMBER, "audio": "T2dnUw=="},
        {"number": NUMBER, "options": {}, "audioMessage": {"audio": "T2dnUw=="}},
    )


def test_the_first_version_quotes_among_its_options() -> None:
    """The second has it beside the text."""
    quoted = {"key": {"id": "IN-1", "remoteJid": JID, "fromMe": False}, "message": {"conversation": "ola"}}

    assert text_call("v1", NUMBER, "oi", QUOTED).body["options"] == {"quoted": quoted}
    assert text_call("v2", NUMBER, "oi", QUOTED).body["quoted"] == quoted


def test_the_first_version_has_other_methods() -> None:
    """What the second posts, the first puts; both delete."""
    key = Key("A1", JID, True)
    assert reaction_call("v1", KEY, "").body == {"reactionMessage": {"key": KEY.object(), "reaction": ""}}
    assert [call.method for call in (edit_call("v2", NUMBER, key, "x"), edit_call("v1", NUMBER, key, "x"))] == [
        "POST",
        "PUT",
    ]
    assert [call.method for call in (read_call("v2", [KEY]), read_call("v1", [KEY]))] == ["POST", "PUT"]
    assert (
        delete_call("v1", key)
        == delete_call("v2", key)
        == Call("DELETE", "chat/deleteMessageForEveryone", key.object())
    )


@pytest.mark.parametrize(("typing", "presence", "delay"), [(True, "composing", 3000), (False, "paused", 0)])
def test_typing_is_a_presence(typing: bool, presence: str, delay: int) -> None:
    """Evolution shows it for as long as the delay, and takes it back by itself."""
    assert typing_call("v2", NUMBER, typing=typing).body == {"number": NUMBER, "presence": presence, "delay": delay}
    assert typing_call("v1", NUMBER, typing=typing).body == {
        "number": NUMBER,
        "options": {"presence": presence, "delay": delay},
    }


def test_the_newest_messages_of_a_chat_are_asked_for() -> None:
    """Those of ours, one page."""
    where = {"key": {"remoteJid": JID, "fromMe": True}}

    assert find_call("v2", JID).body == {"where": where, "page": 1, "offset": 50}
    assert find_call("v1", JID).body == {"where": where, "limit": 50}


def test_in_a_group_a_key_names_who_said_it() -> None:
    """Without it WhatsApp finds no message to react to."""
    key = Key("A1", "120363041234567890@g.us", False, "5511955550002@s.whatsapp.net")

    assert reaction_call("v2", key, "👍").body["key"]["participant"] == "5511955550002@s.whatsapp.net"
