"""The demo's self-check turns red for each thing that may go wrong."""

from collections import Counter
from typing import Any

import pytest

from deploy.demo.evolution.courier import Delivery
from deploy.demo.ledger import Effect, Ledger, Posting, Reply
from deploy.demo.outcome import Outcome
from deploy.demo.summary import percentile, summary

SPOKEN = Effect("demo", "message", "AC01")
DONE = Effect("demo", "action", "appointment_created 01")
REPLY = Reply("7", "3", "Bom dia!")


def message(**more: Any) -> dict[str, Any]:
    """The reply, as the API shows it on a good day."""
    return {
        "id": "7",
        "conversation_id": "3",
        "content": "Bom dia!",
        "sender_type": "professional",
        "external_id": "3EB01",
        "status": "delivered",
        "timestamp": "2026-11-20T09:36:41.123-03:00",
        **more,
    }


def outcome(**more: Any) -> Outcome:
    """A good day's, but for what is given."""
    taken = Delivery(200, 1)
    good: dict[str, Any] = {
        "ledger": Ledger(
            postings=[Posting(SPOKEN, False, taken), Posting(SPOKEN, True, taken), Posting(DONE, False, taken)],
            replies=[REPLY],
        ),
        "found": Counter({SPOKEN: 1, DONE: 1}),
        "messages": {"7": message()},
        "sent": [{"key": {"remoteJid": "5511955550101@s.whatsapp.net"}, "message": {"conversation": "Bom dia!"}}],
        "reported": {"3EB01": "DELIVERY_ACK"},
        "waiting": 0,
        "new_dead": 0,
        "trespasses": 0,
    }
    return Outcome(**{**good, **more})


def test_a_good_day_has_no_complaints() -> None:
    """Everything accepted is there once, duplicates or not."""
    assert outcome().complaints() == []


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"found": Counter({DONE: 1})}, "accepted and not to be seen: message AC01 of demo"),
        ({"found": Counter({SPOKEN: 1})}, "accepted and not to be seen: action appointment_created 01 of demo"),
        ({"found": Counter({SPOKEN: 2, DONE: 1})}, "there 2 times: message AC01"),
        ({"messages": {}}, "taken and not to be seen: the reply 'Bom dia!'"),
        ({"messages": {"7": message(status="pending")}}, "not sent (pending): the reply 'Bom dia!'"),
        ({"messages": {"7": message(status="failed")}}, "not sent (failed): the reply 'Bom dia!'"),
        (
            {"messages": {"7": message(), "8": message(id="8")}},
            "there twice, as itself and as its echo: the reply 'Bom dia!'",
        ),
        ({"sent": [*outcome().sent, *outcome().sent]}, "sent to the patient more than once: 'Bom dia!'"),
        ({"new_dead": 2}, "2 events of the clinic became dead letters"),
        ({"trespasses": 1}, "Ana could see 1 conversations of another clinic"),
    ],
)
def test_each_broken_promise_is_a_complaint(wrong: dict[str, Any], complaint: str) -> None:
    """One thing wrong, one complaint that names it."""
    assert outcome(**wrong).complaints() == [complaint]


def test_a_webhook_that_was_not_accepted_is_a_complaint_and_promises_nothing() -> None:
    """What was refused need not be there, but on a good day nothing is refused."""
    ledger = Ledger(postings=[Posting(SPOKEN, False, Delivery(None, 10)), Posting(DONE, False, Delivery(404, 1))])
    day = outcome(ledger=ledger, found=Counter(), sent=[])
    assert day.complaints() == ["1 webhooks were not accepted (no answer)", "1 webhooks were not accepted (404)"]


def test_an_earlier_day_s_reply_of_the_same_words_is_no_echo() -> None:
    """Every day Ana says good morning."""
    yesterday = message(id="5", timestamp="2026-11-19T09:36:41.123-03:00")
    assert outcome(messages={"5": yesterday, "7": message()}).complaints() == []


def test_statuses_are_told_as_shown_and_as_reported() -> None:
    """So that one sees whether receipts have found their way."""
    day = outcome(messages={"7": message(status="sent")})
    assert (day.shown_statuses(), day.reported_statuses()) == (Counter(sent=1), Counter(delivered=1))
    text = "\n".join(summary(day, Counter(accepted=3)))
    assert "the API shows 1 sent; WhatsApp reported 1 delivered" in text
    assert "3 posted, 3 accepted (200); 1 were duplicates" in text


def test_a_message_is_timed_from_its_posting_to_the_first_frame_that_tells_of_it() -> None:
    """Later frames, and what was not posted here, time nothing."""
    ledger = Ledger()
    ledger.is_posted("AC01", 10.0)
    ledger.is_posted("AC01", 11.0)
    assert ledger.is_on_screen("AC01", 9.0) is None
    assert ledger.is_on_screen("AC01", 10.5) == 0.5
    assert ledger.is_on_screen("AC01", 12.0) is None
    assert ledger.is_on_screen("AC99", 12.0) is None
    assert ledger.is_on_screen(None, 12.0) is None
    assert ledger.latencies == [0.5]


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.99, 99), (1.0, 100), (0.0, 1)])
def test_a_percentile_is_one_of_the_values(share: float, value: float) -> None:
    """By nearest rank."""
    assert percentile([float(n) for n in range(100, 0, -1)], share) == value
