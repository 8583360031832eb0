"""What reaches the broker."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import psycopg
from aio_pika import DeliveryMode

from shared.broker.topology import Topology
from shared.events.envelope import CONTENT_TYPE, decode_batch
from tests.integration.webhook_receiver.conftest import Queue, Start
from tests.integration.webhook_receiver.receiver import EVOLUTION, N8N, Receiver, begun, sending
from tests.proxy import Proxy

RECORDED = Path(__file__).parents[2] / "fixtures" / "evolution"
SECRET = b"B6D711FCDE4D4FD5936544120E713976"


async def test_an_api_key_never_reaches_the_broker(receiver: Receiver, queue: Queue) -> None:
    """Whichever way it is written, its bytes are in no message; all others are as they were sent."""
    sent = [
        (EVOLUTION, b'{"event":"messages.upsert","apikey":"%s"}', b'{"event":"messages.upsert"}'),
        (EVOLUTION, b'{\n  "apikey" : "%s",\n  "n": 1.10e5\n}', b'{\n  \n  "n": 1.10e5\n}'),
        (N8N, b'[{"headers":{"api_key":"%s"},"body":{"apiKey":"%s","a":1}}]', b'[{"headers":{},"body":{"a":1}}]'),
        (EVOLUTION, b'{"a":1,"apikey":"%s","api_key":"%s"}', b'{"a":1}'),
        (
            EVOLUTION,
            b'{"text":"\\"apikey\\":\\"mine\\" \\ud83d\\ude00"}',
            b'{"text":"\\"apikey\\":\\"mine\\" \\ud83d\\ude00"}',
        ),
    ]

    for path, body, _ in sent:
        assert (await receiver.post(path, body.replace(b"%s", SECRET))).status == 200

    messages = await queue.messages()
    assert not any(SECRET in message.body for message in messages)
    assert [event.body for message in messages for event in decode_batch(message.body)] == [left for _, _, left in sent]


async def test_every_recorded_webhook_arrives_as_it_was_sent(receiver: Receiver, queue: Queue) -> None:
    """Real payloads of every version: the JSON in the queue is the one that was posted, but for the API key."""
    bodies = [path.read_bytes() for path in sorted(RECORDED.glob("*.json"))]

    answers = await asyncio.gather(*(receiver.post(EVOLUTION, body) for body in bodies))

    accepted = {answer.correlation_id: body for answer, body in zip(answers, bodies, strict=True) if body[:1] == b"{"}
    arrived = {event.event_id: event.body for event in await queue.events()}
    assert arrived.keys() == accepted.keys()
    for event_id, body in accepted.items():
        assert json.loads(arrived[event_id]) == _without_api_key(json.loads(body))


def _without_api_key(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_api_key(inner) for key, inner in value.items() if key != "apikey"}
    return [_without_api_key(inner) for inner in value] if isinstance(value, list) else value


async def test_an_event_names_its_source_and_its_moment(receiver: Receiver, queue: Queue, database_url: str) -> None:
    """The token decides whose event it is, whatever the body claims."""
    before = datetime.now(UTC)
    for path in (EVOLUTION, N8N, "/webhooks/evolution/outra-evolution-token"):
        await receiver.post(path, b'{"clinic_id":99,"instance":"demo-wa"}')
    after = datetime.now(UTC)

    events = await queue.events()
    with psycopg.connect(database_url) as owner:
        sources = {name: rest for name, *rest in owner.execute("SELECT name, id, clinic_id, kind FROM sources")}
    assert [[event.source_id, event.clinic_id, event.source_kind] for event in events] == [
        sources[name] for name in ("demo-wa", "demo-n8n", "outra-wa")
    ]
    assert all(before <= event.received_at <= after for event in events)


async def test_a_message_survives_the_broker(receiver: Receiver, queue: Queue) -> None:
    """It is persistent, says what it is, and has an id of its own, also where the same webhook comes again."""
    for _ in range(3):
        await receiver.post(EVOLUTION, b'{"event":"same"}')

    messages = await queue.messages()
    assert {message.delivery_mode for message in messages} == {DeliveryMode.PERSISTENT}
    assert {message.content_type for message in messages} == {CONTENT_TYPE}
    assert len({UUID(message.message_id) for message in messages}) == 3


async def test_webhooks_that_arrive_together_share_a_publish(start: Start, queue: Queue, broker: Proxy) -> None:
    """Whatever comes while a confirm is awaited goes as one message, in the order of coming."""
    async with start(RABBITMQ_URL=broker.url, WEBHOOK_CONFIRM_TIMEOUT="30") as receiver:
        await receiver.ready()
        broker.hold_answers()
        senders = [await sending(receiver, b'{"n":%d}' % number) for number in range(11)]
        broker.resume()

        answers = await asyncio.gather(*senders)

        batches = [decode_batch(message.body) for message in await queue.messages()]
        assert [len(batch) for batch in batches] == [1, 10]
        events = [event for batch in batches for event in batch]
        assert [event.event_id for event in events] == [answer.correlation_id for answer in answers]
        assert [json.loads(event.body)["n"] for event in events] == list(range(11))


async def test_too_much_waiting_is_refused(start: Start, queue: Queue, broker: Proxy) -> None:
    """Memory is bounded: beyond it a sender is told to come back, and what was taken before is kept."""
    async with start(
        RABBITMQ_URL=broker.url, WEBHOOK_CONFIRM_TIMEOUT="30", WEBHOOK_MAX_PENDING_BYTES="5000"
    ) as receiver:
        await receiver.ready()
        broker.hold_answers()
        taken = await sending(receiver, b'{"a":"%s"}' % (b"x" * 4000))

        refused = await receiver.post(EVOLUTION, b'{"a":"%s"}' % (b"y" * 1000))
        broker.resume()

        refused.assert_problem(503)
        assert [event.event_id for event in await queue.events()] == [(await taken).correlation_id]


async def test_two_receivers_share_a_queue(start: Start, queue: Queue, topology: Topology) -> None:
    """Any number of copies declare the same topology and publish side by side."""
    async with start() as one, start() as other:
        await one.ready()
        await other.ready()

        answers = await asyncio.gather(
            *(receiver.post(EVOLUTION, b"{}") for receiver in (one, other) for _ in range(10))
        )

        assert {event.event_id for event in await queue.events()} == {answer.correlation_id for answer in answers}


async def test_the_senders_headers_travel_with_the_body(receiver: Receiver, queue: Queue) -> None:
    """Without those that are secrets or show the webhook's URL, and whatever bytes they are made of."""
    sent = [
        "User-Agent: axios/1.7.9",
        "X-Instance-Name: recepção",
        "Via: a",
        "via: b",
        "apikey: s3cret",
        "Authorization: Bearer s3cret",
        "Cookie: s3cret",
        f"X-Original-Uri: {EVOLUTION}",
        "Referer: https://proxy/?t=demo-evolution-token",
        *(f"X-Filler-{number}: {'y' * 1000}" for number in range(50)),
    ]
    async with receiver.wire(begun("Content-Length: 2", *sent) + b"{}") as wire:
        assert (await wire.answer()).startswith("HTTP/1.1 200")

    (message,) = await queue.messages()
    (event,) = decode_batch(message.body)
    assert event.headers["user-agent"] == "axios/1.7.9"
    assert event.headers["x-instance-name"] == "recepção"
    assert event.headers["via"] == "a, b"
    assert event.headers["x-filler-0"] == "y" * 256
    assert len(event.headers) <= 40
    assert len(message.body) < 6000
    for secret in (b"s3cret", b"demo-evolution-token"):
        assert secret not in message.body


async def test_the_senders_trace_goes_with_its_event(receiver: Receiver, queue: Queue) -> None:
    """Not among the headers that are kept; and a trace that nobody could read costs the sender nothing."""
    parent, state = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "n8n=1"

    assert (await receiver.post(N8N, b"{}", traceparent=parent, tracestate=state)).status == 200
    assert (await receiver.post(N8N, b"{}", traceparent="00-" + "0" * 32 + "-b7ad6b7169203331-01")).status == 200
    assert (await receiver.post(N8N, b"{}", Traceparent=parent, tracestate="x" * 513)).status == 200
    assert (await receiver.post(N8N, b"{}")).status == 200

    events = await queue.events()
    traced = {"traceparent": parent}
    assert [event.trace for event in events] == [traced | {"tracestate": state}, None, traced, None]
    assert not any(name in event.headers for event in events for name in ("traceparent", "tracestate"))
