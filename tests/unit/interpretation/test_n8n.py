"""n8n's own events."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.queue_worker.facts import ActionFact, Address, Attachment, Ignored, MessageFact, Party
from services.queue_worker.interpretation.interpret import interpret
from tests.unit.interpretation.events import (
    DIGEST,
    RECEIVED_AT,
    n8n_event,
    only,
    posted_message,
    recorded,
    refusal,
    upsert,
    webhook,
)

CONVERSATION = "5511965860124551150391104"
NO_EVENT = "event is neither message.created nor action.created, nor a webhook of Evolution API"
NO_TIME = "timestamp is neither ISO 8601 nor a Unix timestamp of this century"
INEXACT = "conversation_id is a number that cannot be read exactly; send it as a string"


def created(**fields: Any) -> dict[str, Any]:
    body = {"event": "message.created", "phone": "5511965860124", "sender_type": "patient", "content": "oi"}
    return {**body, **fields}


def action(**fields: Any) -> dict[str, Any]:
    return {"event": "action.created", "phone": "5511965860124", "action_type": "appointment_created", **fields}


def test_message_is_understood_in_full() -> None:
    """Every field of our own shape is understood."""
    body = created(
        conversation_id=CONVERSATION,
        contact_name="Maria",
        sender_type="ai",
        message_type="document",
        timestamp="2025-06-27T00:59:16.363",
        external_id="wf-1",
        attachments=[{"file_name": "a.pdf", "file_path": "/f/a.pdf", "file_type": "application/pdf", "file_size": "9"}],
    )
    assert only(interpret(n8n_event(body))) == MessageFact(
        party=Party((Address("phone", "5511965860124"),), "Maria", "integration", CONVERSATION, "flow"),
        provider_id="wf-1",
        sender_type="ai",
        content="oi",
        message_type="document",
        timestamp=datetime(2025, 6, 27, 3, 59, 16, 363000, tzinfo=UTC),
        delivery_status="sent",
        attachments=(Attachment("a.pdf", "/f/a.pdf", "application/pdf", 9),),
    )


def test_simple_message_is_understood() -> None:
    """The body people build by themselves is a patient's message."""
    assert only(interpret(n8n_event(recorded("147_new-message_n8n_httprequest_body")))) == MessageFact(
        party=Party((Address("phone", "5511955550001"),), name_origin="integration", named_by="flow"),
        provider_id="n8n-1",
        sender_type="patient",
        content="oi do n8n",
        message_type="text",
        timestamp=RECEIVED_AT,
        delivery_status="delivered",
    )


def test_simple_message_with_a_file_is_understood() -> None:
    """A simple body may link a file."""
    body = {"event": "new_message", "from": "5511955550001", "type": "image", "media_url": "https://x/y.png", "id": 12}
    fact = posted_message({**body, "push_name": "Maria"})
    assert (fact.message_type, fact.party.name, fact.sender_name, fact.provider_id) == ("image", "Maria", "Maria", "12")
    assert fact.attachments == (Attachment("image-12.png", metadata={"media_url": "https://x/y.png"}),)


@pytest.mark.parametrize("reference", [CONVERSATION, int(CONVERSATION), f" {CONVERSATION} "], ids=repr)
def test_conversation_is_named_by_text_or_number(reference: Any) -> None:
    """A conversation's id is exact, as text or as a number beyond 64 bits."""
    fact = posted_message(created(phone=None, conversation_id=reference))
    assert (fact.party.conversation_ref, fact.party.addresses) == (CONVERSATION, ())


@pytest.mark.parametrize(
    ("phone", "address"),
    [
        ("5511965860124", Address("phone", "5511965860124")),
        (5511965860124, Address("phone", "5511965860124")),
        ("551165860124", Address("phone", "5511965860124")),
        ("+55 (11) 96586-0124", Address("phone", "5511965860124")),
        ("5511965860124@s.whatsapp.net", Address("phone", "5511965860124")),
        ("201122334455667@lid", Address("lid", "201122334455667@lid")),
        ("120363000000000001@g.us", Address("group", "120363000000000001@g.us")),
    ],
)
def test_phone_may_be_written_in_any_way(phone: Any, address: Address) -> None:
    """A number, however written, or a WhatsApp id names the contact."""
    assert posted_message(created(phone=phone)).party.addresses[0] == address


@pytest.mark.parametrize(
    ("stated", "zone", "expected"),
    [
        ("2025-06-27T00:59:16.363", "America/Sao_Paulo", "2025-06-27T03:59:16.363+00:00"),
        ("2025-06-27T00:59:16.363", "America/Manaus", "2025-06-27T04:59:16.363+00:00"),
        ("2018-01-15 10:00:00", "America/Sao_Paulo", "2018-01-15T12:00:00+00:00"),
        ("2025-06-27T00:59:16.363-03:00", "UTC", "2025-06-27T03:59:16.363+00:00"),
        ("2025-06-27T03:59:16.363Z", "America/Manaus", "2025-06-27T03:59:16.363+00:00"),
        (1750996756, "America/Manaus", "2025-06-27T03:59:16+00:00"),
        ("1750996756363", "America/Manaus", "2025-06-27T03:59:16.363+00:00"),
    ],
)
def test_naive_time_is_the_clinic_s_wall_clock(stated: Any, zone: str, expected: str) -> None:
    """A time without an offset is read off the clinic's wall, summer time included; one with an offset is kept."""
    assert posted_message(created(timestamp=stated), zone).timestamp == datetime.fromisoformat(expected)


@pytest.mark.parametrize("missing", [None, ""])
def test_missing_time_is_the_reception_s(missing: Any) -> None:
    """A message without a time was said when we received it."""
    assert posted_message(created(timestamp=missing)).timestamp == RECEIVED_AT


def test_message_without_id_is_named_after_its_event() -> None:
    """Without an id of its own, a message is named by what makes a retry the same."""
    assert posted_message(created()).provider_id == f"digest:{DIGEST}"


def test_message_named_by_its_whatsapp_id_is_that_message() -> None:
    """Our own shape and a relayed webhook give one message one id."""
    relayed = only(interpret(n8n_event(upsert())))
    assert isinstance(relayed, MessageFact)
    assert posted_message(created(external_id="3EB0A1")).provider_id == relayed.provider_id


@pytest.mark.parametrize(("sender", "status"), [("patient", "delivered"), ("professional", "sent"), ("AI ", "sent")])
def test_message_is_delivered_or_sent(sender: str, status: str) -> None:
    """What a patient says has arrived; what is said to a patient has been sent, and is no echo of ours."""
    fact = posted_message(created(sender_type=sender))
    assert (fact.delivery_status, fact.echo) == (status, False)


def test_content_may_be_a_number() -> None:
    """A menu's answer that a workflow turned into a number is shown."""
    assert posted_message(created(content=2)).content == "2"


def test_file_needs_no_text() -> None:
    """A message with a file may have no content; a file without a list around it is one."""
    fact = posted_message(created(content=None, attachments={"file_type": "audio/ogg"}, message_type="audio"))
    assert (fact.content, fact.attachments[0].file_name) == ("", f"audio-{DIGEST[-8:]}.ogg")


def test_long_content_is_cut_and_said_to_be() -> None:
    """A text longer than WhatsApp lets people write is cut, which is noted."""
    fact = posted_message(created(content="a" * 70_000))
    assert (len(fact.content), fact.metadata) == (65_536, {"truncated": True})


def test_action_is_understood() -> None:
    """An action names what happened, to whom, with its data."""
    body = action(action_data={"when": "2025-07-01", "note": "a\x00b"}, external_id=77, conversation_id=1)
    assert only(interpret(n8n_event(body))) == ActionFact(
        party=Party((Address("phone", "5511965860124"),), None, "integration", "1", "flow"),
        action_type="appointment_created",
        action_data={"when": "2025-07-01", "note": "ab"},
        timestamp=RECEIVED_AT,
        dedupe_key="77",
    )


def test_action_without_id_and_data_is_understood() -> None:
    """An action's data and id may be missing."""
    fact = only(interpret(n8n_event(action())))
    assert isinstance(fact, ActionFact)
    assert (fact.action_data, fact.dedupe_key) == ({}, f"digest:{DIGEST}")


def test_relayed_webhook_needs_no_instance_of_this_source() -> None:
    """A webhook that n8n passes on is vouched for by n8n's own token, and may be one that is left alone."""
    assert posted_message(upsert()).content == "oi"
    assert only(interpret(n8n_event(webhook("labels.edit", {})))) == Ignored("label_edited")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("oi", "the event is missing or not an object"),
        ({}, NO_EVENT),
        (created(event="order.created"), NO_EVENT),
        (created(phone=None), "conversation_id and phone are both missing"),
        (created(phone="12"), "phone is not a phone number"),
        (created(phone=True), "phone is not a string"),
        (created(conversation_id=5.511965860124551e24), INEXACT),
        (created(conversation_id=["1"]), "conversation_id is not a string"),
        (created(conversation_id="1" * 256), "conversation_id is longer than 255 characters"),
        (created(sender_type=None), "sender_type is not one of patient, professional, ai, system"),
        (created(sender_type="bot"), "sender_type is not one of patient, professional, ai, system"),
        (created(content=None), "content is missing or empty"),
        (created(content=" "), "content is missing or empty"),
        (created(content={"text": "oi"}), "content is not a string"),
        (created(message_type="a very long kind of message"), "message_type is not a word of at most 20 letters"),
        (created(message_type="Note"), "message_type is note, which is for colleagues"),
        (created(timestamp="27/06/2025"), NO_TIME),
        (created(timestamp="0001-01-01T00:00:00"), NO_TIME),
        (created(timestamp=[1]), NO_TIME),
        (created(external_id={}), "external_id is not a string"),
        (created(attachments="a.pdf"), "attachments is not a list of at most 50 files"),
        (created(attachments=[{}] * 51), "attachments is not a list of at most 50 files"),
        (created(attachments=["a.pdf"]), "attachments[] is missing or not an object"),
        (
            created(attachments=[{"file_path": "x" * 501}]),
            "attachments[].file_path is not a string of at most 500 characters",
        ),
        (action(action_type=None), "action_type is missing, not a string or longer than 50 characters"),
        (action(action_type="x" * 51), "action_type is missing, not a string or longer than 50 characters"),
        (action(action_data=[1]), "action_data is missing or not an object"),
    ],
)
def test_unexpected_shape_is_named(body: Any, reason: str) -> None:
    """What is not understood is refused with the field at fault, and nothing of what it holds."""
    assert refusal(n8n_event(body)) == reason


def test_unknown_zone_is_named() -> None:
    """A source with a zone nobody knows can't place a wall clock's time."""
    event = n8n_event(created(timestamp="2025-06-27T00:59:16"), zone="Mars/Olympus")
    assert refusal(event) == "the source's time zone is not known"


def test_source_of_unknown_kind_is_refused() -> None:
    """Only known kinds of source have a reader."""
    event = n8n_event(created())
    unknown = type(event)(type(event.source)(1, "smtp", "x", "UTC"), event.payload, event.digest, event.received_at)
    assert refusal(unknown) == "the source is of no known kind"
