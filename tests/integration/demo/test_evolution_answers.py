"""The stand-in answers as the real Evolution answered."""

import base64
import json

import pytest

from deploy.demo.evolution.jids import recipient_jid
from tests.integration.demo.conftest import Evolution
from tests.integration.demo.shapes import Exchange, exchanges, in_order

_OURS = {"loja-01": "demo-wa", "tenant-a": "demo-wa", "tenant-b": "outra-wa", "nope": "nope"}
_CHANNEL = [exchange for exchange in exchanges("2.3.7-whatsapp-channel") if "/sendText/" in exchange.path]
_REFUSED = [
    exchange
    for exchange in [*_CHANNEL, *exchanges("2.3.6-evolution-channel")]
    if "/sendText/" in exchange.path and exchange.status != 201
]


def _path(exchange: Exchange) -> str:
    start, _, instance = exchange.path.rpartition("/")
    return f"{start}/{_OURS[instance]}"


def _administration(path: str) -> Exchange:
    return next(exchange for exchange in exchanges("2.3.6-instances") if exchange.path == path)


def _text_of(exchange: Exchange) -> str:
    return f"{exchange.status} {exchange.path} {exchange.body}"


@pytest.mark.parametrize("exchange", [e for e in _CHANNEL if e.status == 201], ids=_text_of)
async def test_a_text_that_is_taken_is_answered_in_the_recorded_shape(evolution: Evolution, exchange: Exchange) -> None:
    """The 201 has the same keys in the same order, and says what was asked."""
    status, answer = await evolution.call("POST", _path(exchange), exchange.body)
    assert status == 201
    assert in_order(answer) == in_order(exchange.answer)
    assert answer["message"] == exchange.answer["message"]
    assert answer["key"]["remoteJid"] == exchange.answer["key"]["remoteJid"]
    assert len(answer["key"]["id"]) == len(exchange.answer["key"]["id"])


@pytest.mark.parametrize("exchange", _REFUSED, ids=_text_of)
async def test_what_is_refused_is_refused_in_the_recorded_words(evolution: Evolution, exchange: Exchange) -> None:
    """Status and body are those of the original, to the letter where it names no position in the text."""
    key = "somebody-else's-key" if exchange.status == 401 else None
    status, answer = await evolution.call("POST", _path(exchange), exchange.body, **({"key": key} if key else {}))
    if exchange.body == "{bad json":
        answer["response"] = exchange.answer["response"] = "where the JSON ended, in the parser's words"
    assert (status, answer) == (exchange.status, exchange.answer)


async def test_every_refusal_of_the_transcripts_is_tried() -> None:
    """The comparison above means something: it has the cases a sender must cope with."""
    assert {exchange.status for exchange in _REFUSED} == {400, 401, 404}
    assert len(_REFUSED) >= 8


async def test_a_missing_key_is_unauthorized(evolution: Evolution) -> None:
    """Without a key nothing is said, but that an instance does not exist."""
    body = {"number": "5511955550001", "text": "oi"}
    assert (await evolution.call("POST", "/message/sendText/demo-wa", body, key=""))[0] == 401
    assert (await evolution.call("POST", "/message/sendText/nope", body, key=""))[0] == 404


async def test_an_instance_may_use_its_own_key_and_no_other_may(evolution: Evolution) -> None:
    """The server's key opens every instance, an instance's its own."""
    body, token = {"number": "5511955550001", "text": "oi"}, evolution.instance.token
    assert (await evolution.call("POST", "/message/sendText/demo-wa", body, key=token))[0] == 201
    assert (await evolution.call("POST", "/message/sendText/outra-wa", body, key=token))[0] == 401


async def test_a_file_is_taken_in_the_shape_of_a_message(evolution: Evolution) -> None:
    """Around the file everything is as in a text's answer."""
    text = next(exchange.answer for exchange in _CHANNEL if exchange.status == 201)
    body = {"number": "5511955550001", "mediatype": "image", "media": "iVBORw0KGgo=", "caption": "receita"}
    status, answer = await evolution.call("POST", "/message/sendMedia/demo-wa", body)
    assert status == 201
    assert list(answer) == list(text)
    assert answer["messageType"] == "imageMessage"
    assert answer["message"]["imageMessage"]["caption"] == "receita"


async def test_a_patients_file_is_given_by_its_messages_id(evolution: Evolution) -> None:
    """A picture that opens as one; what nobody sent is not found, in the recorded words."""
    recorded = next(e for e in exchanges("2.3.7-whatsapp-channel") if "getBase64FromMediaMessage" in e.path)
    evolution.instance.files["3EB0"] = {
        "key": {"id": "3EB0"},
        "messageType": "imageMessage",
        "message": {"imageMessage": {"mimetype": "image/jpeg", "caption": "foto"}},
    }
    path = "/chat/getBase64FromMediaMessage/demo-wa"

    status, answer = await evolution.call("POST", path, {"message": {"key": {"id": "3EB0"}}})
    assert (status, answer["caption"]) == (201, "foto")
    assert base64.b64decode(answer["base64"]).startswith(b"\x89PNG")
    assert await evolution.call("POST", path, {"message": {"key": {"id": "NOPE"}}}) == (400, recorded.answer)


async def test_the_connection_state_is_answered_as_recorded(evolution: Evolution) -> None:
    """An instance is open."""
    recorded = _administration("/instance/connectionState/tenant-a").answer
    answer = await evolution.call("GET", "/instance/connectionState/demo-wa")
    assert answer == (200, json.loads(json.dumps(recorded).replace("tenant-a", "demo-wa")))


async def test_instances_are_listed_as_recorded(evolution: Evolution) -> None:
    """The list has the recorded keys; what was null because no phone was paired may be text."""
    recorded = _administration("/instance/fetchInstances").answer
    status, answer = await evolution.call("GET", "/instance/fetchInstances")
    assert (status, [instance["name"] for instance in answer]) == (200, ["demo-wa", "outra-wa"])
    assert list(answer[0]) == list(recorded[0])
    assert list(answer[0]["Setting"]) == list(recorded[0]["Setting"])


async def test_an_instance_s_key_lists_that_instance_alone(evolution: Evolution) -> None:
    """A tenant does not learn of others."""
    status, answer = await evolution.call("GET", "/instance/fetchInstances", key=evolution.instance.token)
    assert (status, [instance["name"] for instance in answer]) == (200, ["demo-wa"])
    assert (await evolution.call("GET", "/instance/fetchInstances", key="nobody's"))[0] == 401


async def test_a_webhook_is_set_and_found_as_recorded(evolution: Evolution) -> None:
    """Both answers are the same row, in the recorded shape; no events means all of them."""
    recorded = _administration("/webhook/set/tenant-b").answer
    wanted = {
        "enabled": True,
        "url": "http://127.0.0.1:9/hook",
        "byEvents": True,
        "headers": {"jwt_key": "k"},
        "events": [],
    }
    status, answer = await evolution.call("POST", "/webhook/set/demo-wa", {"webhook": wanted})
    assert status == 201
    assert in_order(answer) == in_order(recorded)
    assert answer["events"] == recorded["events"]
    assert await evolution.call("GET", "/webhook/find/demo-wa") == (200, answer)


async def test_a_webhook_of_the_wrong_shape_is_refused_as_recorded(evolution: Evolution) -> None:
    """A flat body, as of version 1, and an event that does not exist."""
    flat, unknown = [e for e in exchanges("2.3.6-instances") if e.path.startswith("/webhook/set") and e.status == 400]
    answer = await evolution.call("POST", "/webhook/set/demo-wa", {"url": "http://127.0.0.1:9/hook"})
    assert answer == (400, flat.answer)
    wanted = {"enabled": True, "url": "http://127.0.0.1:9/hook", "events": ["GROUPS_UPDATE"]}
    assert await evolution.call("POST", "/webhook/set/demo-wa", {"webhook": wanted}) == (400, unknown.answer)


async def test_an_unknown_address_is_answered_as_recorded(evolution: Evolution) -> None:
    """The original says it in its framework's words."""
    recorded = next(exchange for exchange in exchanges("2.3.6-evolution-channel") if exchange.path == "/nope")
    assert await evolution.call("GET", "/nope") == (recorded.status, recorded.answer)


@pytest.mark.parametrize(
    ("number", "jid"),
    [
        ("5511955550001", "5511955550001@s.whatsapp.net"),
        ("+55 (11) 95555-0001", "5511955550001@s.whatsapp.net"),
        ("5585987770103", "558587770103@s.whatsapp.net"),
        ("5585937770103", "5585937770103@s.whatsapp.net"),
        ("201955550106001@lid", "201955550106001@lid"),
        ("120363955550109001@g.us", "120363955550109001@g.us"),
        ("14155550100", "14155550100@s.whatsapp.net"),
    ],
)
def test_a_number_is_turned_into_the_address_evolution_would_take(number: str, jid: str) -> None:
    """Outside São Paulo and its neighbours mobiles lose their ninth digit; what is an address already stays one."""
    assert recipient_jid(number) == jid
