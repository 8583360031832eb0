"""The stand-in does all that a sender asks, in both versions, and says every no that is known."""

from typing import Any

import pytest

from services.queue_worker.sending.answers import NotSent, Sent, read_answer
from services.queue_worker.sending.calls import (
    Call,
    File,
    Key,
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
from services.queue_worker.sending.reconciliation import candidates
from tests.integration.demo.conftest import Evolution
from tests.integration.demo.shapes import exchanges, in_order

NUMBER, JID = "5511955550001", "5511955550001@s.whatsapp.net"
FILE = File("image", "iVBORw0KGgo=", "image/png", "a.png")


async def ask(evolution: Evolution, call: Call) -> tuple[int, Any]:
    return await evolution.call(call.method, f"/{call.path}/demo-wa", call.body)


@pytest.mark.parametrize("version", ["v2", "v1"])
async def test_every_kind_of_call_is_understood(evolution: Evolution, version: Any) -> None:
    """What the sender builds is what the stand-in takes, in the version's own words."""
    evolution.instance.version = version
    status, answer = await ask(evolution, text_call(version, NUMBER, "olá"))
    assert isinstance(read_answer(status, answer), Sent)
    key = Key(answer["key"]["id"], JID, True)
    for call in (
        media_call(version, NUMBER, FILE, "legenda"),
        audio_call(version, NUMBER, FILE),
        reaction_call(version, key, "👍"),
        edit_call(version, NUMBER, key, "olá, Maria"),
        read_call(version, [key]),
        typing_call(version, NUMBER, typing=False),
    ):
        assert (await ask(evolution, call))[0] == 201, call

    found = candidates((await ask(evolution, find_call(version, JID)))[1])
    assert found is not None
    assert [(one.message_type, one.text) for one in found] == [
        ("audio", ""),
        ("image", "legenda"),
        ("text", "olá, Maria"),
    ]
    assert (await ask(evolution, delete_call(version, key)))[0] == 201
    assert (await ask(evolution, delete_call(version, key)))[0] == 400


async def test_a_reaction_is_answered_in_the_recorded_shape(evolution: Evolution) -> None:
    """Also the time by which its webhook will be known."""
    recorded = next(e for e in exchanges("2.3.7-whatsapp-channel") if "sendReaction" in e.path)
    status, answer = await ask(evolution, reaction_call("v2", Key("3EB0AAAA", JID, False), "👍"))
    assert status == 201
    assert in_order(answer) == in_order(recorded.answer)


async def test_a_line_that_is_down_is_said_as_evolution_says_it(evolution: Evolution) -> None:
    """A 400 as everything, but for its words."""
    evolution.instance.open = False
    answer = read_answer(*await ask(evolution, text_call("v2", NUMBER, "olá")))
    assert isinstance(answer, NotSent)
    assert answer.code == "line_down"
