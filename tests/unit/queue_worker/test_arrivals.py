"""From what a receiver published to what the inbox stores."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.queue_worker.ingest.arrivals import MAX_DEPTH, MAX_ITEMS, Arrival, arrivals, nested_deeper
from services.queue_worker.interpretation.lists import MAX_ELEMENTS
from shared.events.envelope import MAGIC
from tests.factories import delivery, envelope, evolution_message, n8n_message

BIG_ID = 5511965860124551150391104
HALF_AN_EMOJI = "\ud83d"


def arrived(body: Any, kind: str = "n8n") -> list[Arrival]:
    return arrivals(delivery(envelope(body, source_id=2, kind=kind)))


def nested(depth: int) -> bytes:
    return b'{"event":"messages.upsert","data":' + b"[" * depth + b"]" * depth + b"}"


def test_an_evolution_webhook_is_one_event_with_the_senders_own_bytes() -> None:
    """Nothing about it is changed: spaces, order and numbers stay."""
    body = b'{ "event": "messages.upsert",\n "data": {"key": {"id": "A"}, "n": 1.50} }'

    [event] = arrived(body, kind="evolution")

    assert (event.event_type, event.payload, event.raw) == ("messages.upsert", body.decode(), body)


@pytest.mark.parametrize(
    "wrap", [lambda item: item, lambda item: [item], lambda item: {"body": item}], ids=["bare", "array", "item"]
)
def test_an_n8n_event_is_found_in_every_wrapping(wrap: Any) -> None:
    """Bare, in an array or in n8n's item: the same event, known by the same digest."""
    [bare], [wrapped] = arrived(n8n_message("oi")), arrived(wrap(n8n_message("oi")))

    assert wrapped.payload == bare.payload
    assert wrapped.digest == bare.digest


def test_several_n8n_items_are_several_events_of_one_webhook() -> None:
    """Each has its own id, the first the webhook's, and all of them its correlation id; they keep their order."""
    webhook = envelope([n8n_message("um"), n8n_message("dois"), n8n_message("três")], source_id=2, kind="n8n")

    events = arrivals(delivery(webhook))

    assert [json.loads(event.payload or "")["content"] for event in events] == ["um", "dois", "três"]
    assert events[0].id == webhook.event_id
    assert len({event.id for event in events}) == 3
    assert {event.correlation_id for event in events} == {webhook.event_id}
    assert webhook.received_at == events[0].received_at < events[1].received_at < events[2].received_at


def test_a_redelivery_gives_the_same_ids_and_digests() -> None:
    """The same AMQP message, read again by another worker, is the same events."""
    body = delivery(envelope([n8n_message("um"), n8n_message("dois")], source_id=2, kind="n8n"))

    assert arrivals(body) == arrivals(body)


@given(st.binary(max_size=40))
def test_equal_bytes_have_equal_digests_whatever_they_are(body: bytes) -> None:
    """A sender's retry is known by its bytes, though it has another id each time."""
    [first], [second] = arrived(body, kind="evolution"), arrived(body, kind="evolution")

    assert first.digest == second.digest
    assert first.id != second.id


def test_other_bytes_have_another_digest() -> None:
    """Two messages that differ in anything are two."""
    [one], [other] = arrived(evolution_message("A")), arrived(evolution_message("B"))

    assert one.digest != other.digest


def test_integers_beyond_64_bits_stay_exact() -> None:
    """Conversation ids of 25 digits are kept to the last one."""
    [event] = arrived(n8n_message(conversation_id=BIG_ID))

    assert json.loads(event.payload or "")["conversation_id"] == BIG_ID


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe", b"{", b'{"event":"\\ud83d"}', b'{"event":1e400}', b"[" * 20_000 + b"]" * 20_000],
    ids=["empty", "no text", "torn", "half an emoji", "beyond all numbers", "20,000 deep"],
)
def test_an_unreadable_evolution_webhook_is_kept_byte_for_byte(body: bytes) -> None:
    """It has no payload, so it goes to the dead letters with exactly what came."""
    [event] = arrived(body, kind="evolution")

    assert (event.payload, event.raw, event.event_type) == (None, body, "unknown")


@pytest.mark.parametrize(
    "body",
    [b"\xff", b'{"a":1e400}', b"[" * 20_000 + b"]" * 20_000, b"1" * 5_000],
    ids=["no text", "beyond all numbers", "20,000 deep", "5,000 digits"],
)
def test_an_unreadable_n8n_body_is_kept_byte_for_byte(body: bytes) -> None:
    """What cannot be split stays whole."""
    [event] = arrived(body)

    assert (event.payload, event.raw) == (None, body)


def test_half_an_emoji_costs_the_items_beside_it_nothing() -> None:
    """A workflow that cuts a text in the middle of an emoji makes one item unreadable."""
    events = arrived([n8n_message("antes"), n8n_message(HALF_AN_EMOJI), n8n_message("depois")])

    assert [event.payload is None for event in events] == [False, True, False]
    assert json.loads(events[1].raw)["content"] == HALF_AN_EMOJI


@pytest.mark.parametrize("kind", ["evolution", "n8n"])
def test_what_python_could_not_read_back_is_refused_before_it_is_stored(kind: str) -> None:
    """Postgres holds JSON deeper than Python reads: behind a claim it would kill every worker."""
    [deep], [shallow] = arrived(nested(900), kind), arrived(nested(MAX_DEPTH - 1), kind)

    assert deep.payload is None
    assert deep.raw == nested(900)
    assert shallow.payload is not None


def test_many_brackets_are_not_depth() -> None:
    """What is wide is not deep."""
    [event] = arrived({"event": "labels.edit", "data": [{"key": {"id": str(n)}} for n in range(2_000)]}, "evolution")

    assert event.payload is not None


def listing(*data: Any, event: str = "messages.set", **beside: Any) -> dict[str, Any]:
    return {"event": event, "instance": "demo-wa", "data": list(data), **beside}


@pytest.mark.parametrize("relayed", [False, True], ids=["evolution", "n8n"])
def test_a_list_becomes_an_event_for_each_element(relayed: bool) -> None:
    """Each stands alone in the webhook's own envelope, in its order, under ids that are the same at every delivery."""
    body = listing({"n": 1}, {"n": 2}, "three", isLatest=True)
    webhook = envelope({"body": body} if relayed else body, source_id=2, kind="n8n" if relayed else "evolution")

    events = arrivals(delivery(webhook))

    assert [json.loads(event.payload or "") for event in events] == [
        {"event": "messages.set", "instance": "demo-wa", "isLatest": True, "data": element, "from_list": True}
        for element in ({"n": 1}, {"n": 2}, "three")
    ]
    assert events[0].id == webhook.event_id
    assert len({event.id for event in events}) == len({event.digest for event in events}) == 3
    assert webhook.received_at == events[0].received_at < events[1].received_at < events[2].received_at
    assert arrivals(delivery(webhook)) == events


def test_lists_within_a_list_of_items_keep_their_order() -> None:
    """A workflow that collects webhooks posts several lists at once: every element has an id and a time of its own."""
    events = arrived([listing({"n": 1}, {"n": 2}), n8n_message("oi"), listing({"n": 3})])

    assert [event.event_type for event in events] == ["messages.set", "messages.set", "message.created", "messages.set"]
    assert len({event.id for event in events}) == 4
    assert [event.received_at for event in events] == sorted({event.received_at for event in events})


def test_what_is_no_list_stays_byte_for_byte() -> None:
    """Neither a single message nor an event whose data happens to be an array is written again."""
    for name, data in (("messages.upsert", "{ }"), ("chats.delete", '[ "a@lid"]'), ("messages.set", "[]")):
        body = f'{{"event": "{name}", "data": {data}}}'.encode()
        [event] = arrived(body, "evolution")
        assert (event.raw, event.payload) == (body, body.decode())


@pytest.mark.parametrize(
    ("event", "priorities"),
    [
        (listing({}, {}), [-10, -10]),
        (listing({}, event="CHATS_SET"), [-10]),
        (listing({}, event="contacts.upsert"), [-10]),
        ({"event": "contacts.upsert", "data": {}}, [0]),
        (listing({}, event="messages.upsert"), [0]),
        (evolution_message(), [0]),
    ],
)
def test_history_waits_for_what_is_said_now(event: Any, priorities: list[int]) -> None:
    """Thousands of old messages and contacts are worked after whatever else there is."""
    assert [arrival.priority for arrival in arrived(event, "evolution")] == priorities


@pytest.mark.parametrize(
    "poison",
    [b'"\\ud83d"', b"1e400", b'{"a":' * 300 + b"1" + b"}" * 300],
    ids=["half an emoji", "beyond all numbers", "300 deep"],
)
def test_an_unreadable_element_costs_the_ones_beside_it_nothing(poison: bytes) -> None:
    """It is dead alone, with what it held."""
    events = arrived(b'{"event":"messages.set","data":[{"n":1},{"n":' + poison + b'},{"n":3}]}', "evolution")

    assert [event.payload is None for event in events] == [False, True, False]
    assert b'"from_list"' in events[1].raw
    assert [json.loads(event.payload or "")["data"]["n"] for event in (events[0], events[2])] == [1, 3]


@pytest.mark.parametrize(
    "body",
    [
        listing(*[1] * (MAX_ELEMENTS + 1)),
        listing(*[1] * 2_000, note="x" * 40_000),
    ],
    ids=["too many elements", "too much to repeat"],
)
def test_a_list_too_large_to_be_taken_apart_stays_one_event(body: Any) -> None:
    """A few bytes sent must not become gigabytes stored."""
    [event] = arrived(body, "evolution")

    assert json.loads(event.payload or "") == body


def test_many_small_lists_are_bounded_together() -> None:
    """What may be repeated is counted over all lists of a webhook."""
    events = arrived([listing(*[1] * 1_000, note="x" * 40_000) for _ in range(3)])

    assert len(events) == 1_002


@given(st.integers(min_value=1, max_value=60), st.integers(min_value=1, max_value=60))
def test_depth_is_counted_in_levels_of_arrays_and_objects(depth: int, limit: int) -> None:
    """`limit` levels are allowed, and not one more."""
    value: Any = "leaf"
    for level in range(depth):
        value = [value] if level % 2 else {"a": value, "b": 1}

    assert nested_deeper(value, limit) == (depth > limit)


@pytest.mark.parametrize("body", [[], [[]], {"body": []}, [1] * (MAX_ITEMS + 1)], ids=lambda body: str(body)[:20])
def test_an_n8n_body_with_no_event_or_too_many_stays_one_event(body: Any) -> None:
    """It was accepted, so it is seen: as one event that nobody understands."""
    [event] = arrived(body)

    assert json.loads(event.payload or "") == body


@pytest.mark.parametrize("item", [7, "text", None, [["nested"]]])
def test_an_item_that_is_no_object_is_kept(item: Any) -> None:
    """Somebody's mistake must be seen."""
    events = arrived([item, n8n_message("oi")])

    assert len(events) == 2
    assert events[0].event_type == "unknown"


@given(st.binary(max_size=200))
def test_foreign_bytes_become_one_dead_event(body: bytes) -> None:
    """Whoever publishes into our queue stops nothing: no AMQP message makes an error, none vanishes."""
    if not body.startswith(MAGIC):
        [event] = arrivals(body)
        assert (event.payload, event.raw, event.clinic_id) == (None, body, None)


@given(st.binary(max_size=60))
def test_a_torn_batch_is_kept_whole(tail: bytes) -> None:
    """Behind the magic anything may stand: it is kept as it came, never an error."""
    whole = delivery(envelope(evolution_message(), source_id=1))
    for body in (MAGIC + b"\0" + tail, whole[: len(MAGIC) + 1 + len(tail)], whole + b"\0" + tail):
        assert [event.raw for event in arrivals(body)] == [body]
