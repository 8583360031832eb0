"""Messages of one batch, before they meet the database."""

from dataclasses import replace
from itertools import permutations

import pytest

from services.queue_worker.effects.live import message_events
from services.queue_worker.effects.messages import PlacedMessage, merge_repeated
from services.queue_worker.effects.settling import CLIMB
from services.queue_worker.facts import DeliveryStatus
from tests.factories import message_fact, moment


def placed(provider_id: str = "A", status: DeliveryStatus = "sent", source_id: int = 1) -> PlacedMessage:
    return PlacedMessage(
        message_fact(provider_id, delivery_status=status), clinic_id=1, conversation_id=3, source_id=source_id
    )


def test_repeated_messages_become_one_with_the_best_status() -> None:
    """However often a batch tells of a message, and in whatever order, it is one and has come as far as any says."""
    told = [placed(status="delivered"), placed(status="pending"), placed(status="read")]

    for order in permutations(told):
        assert merge_repeated(order) == [placed(status="read")]


def test_the_same_id_of_two_sources_is_two_messages() -> None:
    """A group's message reaches every instance in the group under one id."""
    told = [placed(source_id=1), placed(source_id=2)]

    assert merge_repeated(told) == told


def test_what_is_not_repeated_stays_as_it_is_and_where_it_is() -> None:
    """Order is kept: ids are given in it."""
    told = [placed("B"), placed("A"), placed("C")]

    assert merge_repeated(told) == told


def test_a_failure_stays_one() -> None:
    """What is reported beside a failure does not hide it, in whichever order: only an explicit retry leaves it."""
    for order in permutations([placed(status="read"), placed(status="failed"), placed(status="pending")]):
        assert merge_repeated(order) == [placed(status="failed")]


@pytest.mark.parametrize("status", CLIMB)
def test_merging_keeps_everything_else_of_the_first(status: DeliveryStatus) -> None:
    """Only the status of a repetition counts."""
    first = placed(status="pending")
    second = replace(placed(status=status), fact=message_fact("A", content="other words", delivery_status=status))

    [merged] = merge_repeated([first, second])

    assert merged.fact == replace(first.fact, delivery_status=status)


def message_row(message_id: int, at: float, *, inserted: bool = True) -> dict[str, object]:
    absent = (
        "sender_name",
        "sender_user_id",
        "client_message_id",
        "provider_id",
        "reply_to",
        "edited_at",
        "deleted_at",
    )
    said = {"sender_type": "patient", "content": "oi", "message_type": "text", "delivery_status": "delivered"}
    known = {
        "id": message_id,
        "conversation_id": 3,
        "timestamp": moment(at),
        "metadata": {},
        "reactions": [],
        "version": 1,
    }
    return {**dict.fromkeys(absent), **said, **known, "inserted": inserted}


def test_agents_are_told_in_the_order_in_which_it_was_said() -> None:
    """The oldest first, two of one second in the order of their ids; what was known is an update."""
    rows = [message_row(9, at=5), message_row(4, at=1, inserted=False), message_row(8, at=5)]

    events = list(message_events(rows, {}, "America/Sao_Paulo", moment()))

    assert [event.frame.split('"')[3] for event in events] == ["message:updated", "message:new", "message:new"]
    assert ['"id":"4"' in events[0].frame, '"id":"8"' in events[1].frame, '"id":"9"' in events[2].frame] == [True] * 3
