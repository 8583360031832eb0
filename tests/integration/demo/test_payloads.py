"""The day's payloads have the shapes in which the real ones came."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from deploy.demo.cast import BEATRIZ, CARLOS, CORRIDOR, JOAO, MARIA, ROBERTO, TEREZA_UNKNOWN, Patient
from deploy.demo.evolution.envelope import envelope
from deploy.demo.evolution.instances import Instance, Webhook, demo_instances
from deploy.demo.evolution.protobuf import byte_object, long_object
from deploy.demo.payloads import n8n, noise
from deploy.demo.payloads.contents import Content, paper, picture, place, text, voice
from deploy.demo.payloads.upserts import Quoted, Written, new_id, upsert_data
from tests.integration.demo.shapes import in_order, recorded, structure

INSTANCE = Instance("loja-01", "5511900000001", Webhook("http://127.0.0.1:9911/hook/loja-01"))
MOMENT = datetime(2026, 11, 20, 12, 36, 41, 123_000, tzinfo=UTC)


def written(author: Patient, content: Content, **more: Any) -> Written:
    return Written(author, content, new_id(author), int(MOMENT.timestamp()), **more)


def upsert(message: Written) -> dict[str, Any]:
    return envelope("messages.upsert", INSTANCE, upsert_data(INSTANCE, message), "http://127.0.0.1:8087", MOMENT)


@pytest.mark.parametrize(
    ("message", "fixture"),
    [
        pytest.param(written(MARIA, text("bom dia")), "058", id="2.3.7 text"),
        pytest.param(written(MARIA, text("pode ser"), quoted=Quoted("3EB0", "às 10h?")), "059", id="2.3.7 reply"),
        pytest.param(written(MARIA, text("oi grupo"), group=CORRIDOR), "064", id="2.3.7 group"),
        pytest.param(written(MARIA, picture("receita")), "066", id="2.3.7 picture"),
        pytest.param(written(MARIA, paper("a.pdf", pages=3)), "069", id="2.3.7 document"),
        pytest.param(written(MARIA, place(-23.5, -46.6)), "072", id="2.3.7 location"),
        pytest.param(written(JOAO, text("oi")), "022", id="2.3.6 LID"),
        pytest.param(written(CARLOS, text("oi")), "055", id="2.4"),
        pytest.param(written(ROBERTO, text("oi")), "002", id="1.8"),
    ],
)
def test_a_message_has_the_shape_that_its_version_gives_it(message: Written, fixture: str) -> None:
    """Key for key, in the recorded order."""
    assert in_order(upsert(message)) == in_order(recorded(fixture))


def test_the_shapes_tell_versions_apart() -> None:
    """The comparison means something: no two of the recorded layouts are the same."""
    layouts = {in_order(recorded(number)["data"]["key"]) for number in ("058", "022", "064")}
    assert len(layouts) == 3
    assert recorded("055")["data"]["key"]["addressingMode"] == "pn"


def test_a_withheld_number_leaves_nothing_but_the_lid() -> None:
    """Neither number nor name, wherever one looks."""
    data = upsert_data(INSTANCE, written(TEREZA_UNKNOWN, text("Olá")))
    assert data["key"]["remoteJid"] == TEREZA_UNKNOWN.lid_jid
    assert data["pushName"] is None
    assert TEREZA_UNKNOWN.number not in json.dumps(data)


def test_a_voice_message_is_said_like_other_files() -> None:
    """No voice was recorded; it has what the picture has of a file, and its length."""
    body = upsert_data(INSTANCE, written(MARIA, voice(14)))["message"]["audioMessage"]
    image = recorded("066")["data"]["message"]["imageMessage"]
    assert set(image) - {"height", "width", "jpegThumbnail", "caption"} <= set(body)
    assert (body["seconds"], body["ptt"]) == (14, True)


@pytest.mark.parametrize(
    ("event", "data", "fixture"),
    [
        ("presence.update", noise.typing_data(MARIA), "035"),
        ("connection.update", noise.connecting_data(INSTANCE), "122"),
        ("connection.update", noise.connected_data(INSTANCE), "123"),
        ("contacts.update", noise.profile_data(INSTANCE, TEREZA_UNKNOWN), "016"),
    ],
)
def test_noise_has_the_recorded_shape(event: str, data: dict[str, Any], fixture: str) -> None:
    """Key for key, but that the presences are named after who is present."""
    ours = in_order(envelope(event, INSTANCE, data, "http://127.0.0.1:8087", MOMENT))
    assert ours.replace(MARIA.lid_jid, "201122334455667@lid") == in_order(recorded(fixture))


def test_every_message_has_an_id_of_its_own() -> None:
    """A second day is no repetition of the first."""
    assert len({new_id(author) for author in (MARIA, CARLOS) for _ in range(100)}) == 200


def test_longs_are_split_as_javascript_splits_them() -> None:
    """The low half may come out negative; both halves give the number back."""
    assert long_object(5_000_000_000) == {"low": 705_032_704, "high": 1, "unsigned": False}
    negative = long_object(417 * 2**32 + 2**32 - 128_926_605)
    assert negative == {"low": -128_926_605, "high": 417, "unsigned": False}
    assert structure(byte_object(b"\x01\x02")) == "bytes"


def test_n8n_tells_the_clinic_s_wall_clock() -> None:
    """Workflows write no offset."""
    event = n8n.message_created(n8n.by_phone(MARIA), "ai", "Bom dia!", "n8n-1", MOMENT)
    assert event["timestamp"] == "2026-11-20T09:36:41.123"
    assert (event["phone"], event["sender_type"], event["message_type"]) == (MARIA.number, "ai", "text")


def test_n8n_may_name_a_conversation_by_an_id_that_exceeds_64_bits() -> None:
    """It is text, for no number would hold it."""
    party = n8n.by_conversation(BEATRIZ)
    assert int(party["conversation_id"]) > 2**63
    assert isinstance(party["conversation_id"], str)


def test_n8n_s_own_wrapper_has_the_recorded_keys() -> None:
    """headers, params, query, body: as its webhook node hands an item on."""
    (item,) = n8n.wrapped([{"event": "message.created"}])
    assert list(item) == [key for key in recorded("148") if key in item]
    assert item["body"] == {"event": "message.created"}


def test_the_demo_s_instances_report_to_the_receiver_under_their_tokens() -> None:
    """As the demo's seed has made them."""
    urls = {i.name: i.webhook.url for i in demo_instances("http://127.0.0.1:8081").values() if i.webhook}
    assert urls == {
        "demo-wa": "http://127.0.0.1:8081/webhooks/evolution/demo-evolution-token",
        "outra-wa": "http://127.0.0.1:8081/webhooks/evolution/outra-evolution-token",
    }
