"""What is shown of each kind of message."""

import json
from typing import Any

import pytest

from services.queue_worker.facts import Ignored
from services.queue_worker.interpretation.interpret import interpret
from tests.unit.interpretation.events import evolution_event, message_of, refusal, upsert


def shown(message: dict[str, Any], **data: Any) -> tuple[str, str, dict[str, Any]]:
    fact = message_of(upsert(message, **data))
    return fact.message_type, fact.content, dict(fact.metadata)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"conversation": " oi \n"}, ("text", " oi \n", {})),
        ({"conversation": ""}, ("text", "", {})),
        ({"conversation": "", "locationMessage": {"name": "Sé"}}, ("location", "Sé", {})),
        ({"messageContextInfo": {}, "conversation": "oi"}, ("text", "oi", {})),
        ({"senderKeyDistributionMessage": {}, "conversation": "oi"}, ("text", "oi", {})),
        ({"extendedTextMessage": {"text": "veja"}}, ("text", "veja", {})),
        (
            {"locationMessage": {"degreesLatitude": -23.5, "degreesLongitude": -46, "name": "Sé", "address": "Centro"}},
            ("location", "Sé, Centro (-23.5, -46)", {"latitude": -23.5, "longitude": -46}),
        ),
        (
            {"liveLocationMessage": {"degreesLatitude": 1, "degreesLongitude": 2, "caption": "indo"}},
            ("location", "indo (1, 2)", {"latitude": 1, "longitude": 2, "live": True}),
        ),
        ({"locationMessage": {"degreesLatitude": float("nan"), "degreesLongitude": True}}, ("location", "", {})),
        (
            {"contactsArrayMessage": {"contacts": [{"displayName": "Ana", "vcard": "V1"}, {"displayName": "Bia"}]}},
            ("contact", "Ana, Bia", {"vcards": ["V1"]}),
        ),
        ({"contactMessage": {"displayName": "Ana"}}, ("contact", "Ana", {})),
        (
            {"templateButtonReplyMessage": {"selectedId": "b2", "selectedDisplayText": "Não"}},
            ("text", "Não", {"selected_id": "b2"}),
        ),
        ({"buttonsResponseMessage": {"selectedButtonId": "b1"}}, ("text", "b1", {"selected_id": "b1"})),
        (
            {
                "interactiveResponseMessage": {
                    "body": {"text": "Agendar"},
                    "nativeFlowResponseMessage": {"name": "quick_reply", "paramsJson": '{"id": "q1"}'},
                }
            },
            ("text", "Agendar", {"selected_id": "q1", "flow": "quick_reply", "answers": {"id": "q1"}}),
        ),
        (
            {"interactiveResponseMessage": {"nativeFlowResponseMessage": {"paramsJson": "[" * 16_000}}},
            ("text", "", {}),
        ),
        ({"buttonsMessage": {"contentText": "Confirma?"}}, ("text", "Confirma?", {"kind": "buttonsMessage"})),
        (
            {"templateMessage": {"hydratedTemplate": {"hydratedContentText": "Olá"}}},
            ("text", "Olá", {"kind": "templateMessage"}),
        ),
        ({"listMessage": {}}, ("unknown", "", {"kind": "listMessage"})),
        ({"pollCreationMessage": {"name": "Dia?"}}, ("poll", "Dia?", {"options": []})),
        (
            {"pollCreationMessageV4": {"message": {"pollCreationMessage": {"name": "Dia?"}}}},
            ("poll", "Dia?", {"options": []}),
        ),
        (
            {"productMessage": {"product": {"title": "Óculos", "productId": "p1", "priceAmount1000": "99000"}}},
            ("order", "Óculos", {"product_id": "p1", "amount_1000": 99000}),
        ),
        (
            {"eventMessage": {"name": "Mutirão", "startTime": {"low": 1795167401, "high": 0}, "isCanceled": True}},
            ("event", "Mutirão", {"starts_at": "2026-11-20T09:36:41+00:00", "canceled": True}),
        ),
        (
            {"groupInviteMessage": {"groupName": "Turma", "inviteCode": "secret"}},
            ("text", "Turma", {"kind": "groupInviteMessage"}),
        ),
        ({"holographicMessage": {"text": "?"}}, ("unknown", "", {"kind": "holographicMessage"})),
        ({"messageContextInfo": {}}, ("unknown", "", {"kind": "unknown"})),
    ],
)
def test_kind_of_message_is_shown(message: dict[str, Any], expected: tuple[str, str, dict[str, Any]]) -> None:
    """Each kind is shown as what a person said, with the rest as metadata; an unknown one is still shown."""
    assert shown(message, messageType="unknown") == expected


@pytest.mark.parametrize(
    "wrapper",
    [
        "associatedChildMessage",
        "deviceSentMessage",
        "documentWithCaptionMessage",
        "ephemeralMessage",
        "lottieStickerMessage",
        "viewOnceMessage",
        "viewOnceMessageV2",
        "viewOnceMessageV2Extension",
    ],
)
def test_envelope_is_opened(wrapper: str) -> None:
    """A message is understood inside each envelope, and inside one within another."""
    message = {wrapper: {"message": {"ephemeralMessage": {"message": {"conversation": "dentro"}}}}}
    assert shown(message, messageType=wrapper) == ("text", "dentro", {})


def test_endless_envelopes_are_refused() -> None:
    """A message in more envelopes than anybody uses is refused instead of being opened for ever."""
    message: dict[str, Any] = {"conversation": "oi"}
    for _ in range(9):
        message = {"ephemeralMessage": {"message": message}}
    assert refusal(evolution_event(upsert(message))) == "data.message is wrapped more than 8 times"


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"secretEncryptedMessage": {}}, "secret_encrypted_message"),
        ({"pinInChatMessage": {}}, "pin_in_chat_message"),
        ({"keepInChatMessage": {}}, "keep_in_chat_message"),
        ({"encReactionMessage": {}}, "enc_reaction_message"),
        ({"stickerSyncRmrMessage": {}}, "sticker_sync_rmr_message"),
        ({"messageContextInfo": {}, "senderKeyDistributionMessage": {}}, "sender_key_distribution_message"),
    ],
)
def test_message_about_another_is_left_alone(message: dict[str, Any], reason: str) -> None:
    """What changes or serves another message is no message of its own."""
    assert interpret(evolution_event(upsert(message))) == (Ignored(reason),)


@pytest.mark.parametrize("message_type", ["conversation", "imageMessage", "reactionMessage"])
def test_empty_message_is_shown_as_unknown(message_type: str) -> None:
    """A message that lost its content is shown as one, whatever it is said to have been."""
    assert shown({}, messageType=message_type) == ("unknown", "", {"kind": message_type})


def test_long_text_is_cut_and_said_to_be() -> None:
    """A text longer than WhatsApp lets people write is cut, which is noted."""
    fact = message_of(upsert({"conversation": "a" * 65_537}))
    assert (len(fact.content), fact.metadata) == (65_536, {"truncated": True})


def test_text_holds_nothing_postgres_refuses() -> None:
    """NUL characters and halves of surrogate pairs are taken out."""
    assert message_of(upsert({"conversation": "a\x00b\ud83dc"})).content == "ab?c"


def test_facts_can_be_stored_as_json() -> None:
    """Metadata is plain JSON."""
    fact = message_of(upsert({"imageMessage": {"seconds": 1}}, contextInfo={"mentionedJid": ["1@lid"]}))
    assert json.loads(json.dumps(fact.metadata)) == {"mentions": ["1@lid"]}


def test_a_picture_of_an_album_names_its_album() -> None:
    """So that it can be shown with the others, wherever a version puts the association."""
    parent = {"parentMessageKey": {"remoteJid": "x", "id": "3EB0ALBUM"}, "associationType": "MEDIA_ALBUM"}
    info = {"messageContextInfo": {"messageAssociation": parent}}
    picture = {"imageMessage": {"mimetype": "image/jpeg"}}
    assert message_of(upsert({**picture, **info})).metadata == {"album": "3EB0ALBUM"}
    wrapped = {"associatedChildMessage": {"message": {**picture, **info}}}
    assert message_of(upsert(wrapped)).metadata == {"album": "3EB0ALBUM"}
    outside = {"associatedChildMessage": {"message": picture}, **info}
    assert message_of(upsert(outside)).metadata == {"album": "3EB0ALBUM"}


@pytest.mark.parametrize("kind", [2, "BOT_PLUGIN", "EVENT_COVER_IMAGE"])
def test_another_association_is_no_album(kind: Any) -> None:
    """A cover picture belongs to its event, and is no part of an album."""
    association = {"parentMessageKey": {"id": "3EB0EVENT"}, "associationType": kind}
    message = {"imageMessage": {}, "messageContextInfo": {"messageAssociation": association}}
    assert message_of(upsert(message)).metadata == {}


def test_who_clicked_an_ad_is_shown_with_the_ad() -> None:
    """Such people are known by a LID and nothing else: what they clicked tells what they came for."""
    ad = {
        "title": "Avaliação grátis",
        "body": "Agende hoje",
        "sourceUrl": "https://fb.me/x",
        "sourceType": "ad",
        "sourceId": "1203",
        "ctwaClid": "ARAk",
        "thumbnail": {"0": 255},
    }
    key = {"remoteJid": "201122334455667@lid", "fromMe": False, "id": "A1"}
    context = {"conversionSource": "FB_Ads", "externalAdReply": ad}
    fact = message_of(upsert({"conversation": "quero saber"}, key=key, pushName=None, contextInfo=context))
    assert [address.kind for address in fact.party.addresses] == ["lid"]
    assert (fact.party.name, fact.content) == (None, "quero saber")
    assert fact.metadata == {
        "ad": {
            "title": "Avaliação grátis",
            "body": "Agende hoje",
            "url": "https://fb.me/x",
            "source_type": "ad",
            "source_id": "1203",
            "click_id": "ARAk",
        },
        "conversion_source": "FB_Ads",
    }
