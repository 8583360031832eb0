"""What a sender is told: the whole table of answers."""

import gzip
import io
import json
from collections.abc import AsyncIterator

import pytest

from services.webhook_receiver.json_text import judge
from tests.integration.webhook_receiver.conftest import Queue, Start
from tests.integration.webhook_receiver.receiver import EVOLUTION, JSON, N8N, Receiver, begun

EVENT = b'{"event":"messages.upsert","instance":"demo-wa","data":{"key":{"id":"3EB0"}}}'
ITEM = b'{"event":"message.created","phone":"5511965860124","sender_type":"patient","content":"oi"}'


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (EVOLUTION, EVENT),
        (f"{EVOLUTION}/messages-upsert", EVENT),
        (N8N, ITEM),
        (N8N, b"[" + ITEM + b"," + ITEM + b"]"),
        (EVOLUTION, b"{}"),
        (EVOLUTION, b'{"event":"an.event.nobody.knows","instance":"not-the-tokens"}'),
        (EVOLUTION, b'{"text":"\\ud800 \\u0000","n":1e400}'),
        (EVOLUTION, b'{"a":' * 20_000 + b"1" + b"}" * 20_000),
    ],
    ids=["evolution", "by event", "n8n object", "n8n array", "empty", "unknown", "not for jsonb", "deep"],
)
async def test_an_event_is_accepted(receiver: Receiver, queue: Queue, path: str, body: bytes) -> None:
    """A 200 names the id under which exactly these bytes lie in the queue."""
    answer = await receiver.post(path, body)

    (event,) = await queue.events()
    assert answer.content_type == "application/json"
    assert event.event_id == answer.correlation_id
    assert event.body == body


NEVER_AN_EVENT = [
    (EVOLUTION, b""),
    (EVOLUTION, b"event=messages.upsert"),
    (EVOLUTION, EVENT[:-1]),
    (EVOLUTION, EVENT + b"}"),
    (EVOLUTION, b'{"n":NaN}'),
    (EVOLUTION, b'{"text":"\xff"}'),
    (EVOLUTION, b"[" + EVENT + b"]"),
    (EVOLUTION, b'"text"'),
    (EVOLUTION, b"null"),
    (EVOLUTION, b"[" * 20_000 + b"]" * 20_000),
    (N8N, b"42"),
    (N8N, b"[]"),
    (N8N, ITEM + ITEM),
]


async def test_what_can_never_be_an_event_is_refused(receiver: Receiver, queue: Queue) -> None:
    """A 400 says what is wrong, and nothing is kept of the body."""
    answers = [await receiver.post(path, body) for path, body in NEVER_AN_EVENT]

    for answer in answers:
        answer.assert_problem(400)
    assert await queue.events() == []


UNKNOWN = [
    "/webhooks/evolution/nobodys-token",
    "/webhooks/evolution/nobodys-token/messages-upsert",
    "/webhooks/n8n/nobodys-token",
    "/webhooks/n8n/demo-evolution-token",
    "/webhooks/evolution/demo-n8n-token",
    "/webhooks/evolution/DEMO-EVOLUTION-TOKEN",
    "/webhooks/evolution/demo-evolution-token%00",
    "/webhooks/evolution/%FF%FE",
    "/webhooks/evolution/%ED%A0%80",
]


async def test_an_unknown_token_is_not_found(receiver: Receiver, queue: Queue) -> None:
    """A token nobody has, and one of another kind of source: Postgres says so, and the sender may give up."""
    answers = [await receiver.post(path, EVENT) for path in UNKNOWN]

    for answer in answers:
        answer.assert_problem(404)
    assert await queue.events() == []


async def test_another_content_type_is_refused(receiver: Receiver, queue: Queue) -> None:
    """Only JSON is JSON."""
    types = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml"]

    answers = [await receiver.post(EVOLUTION, EVENT, **{"Content-Type": content_type}) for content_type in types]

    for answer in answers:
        answer.assert_problem(415)
    assert await queue.events() == []


async def test_a_charset_does_not_matter(receiver: Receiver, queue: Queue) -> None:
    """What senders put behind the content type is not their undoing."""
    answer = await receiver.post(EVOLUTION, EVENT, **{"Content-Type": "Application/JSON; charset=utf-8"})

    assert [event.event_id for event in await queue.events()] == [answer.correlation_id]


OTHER_ROUTES = [
    ("GET", EVOLUTION, 405),
    ("PUT", EVOLUTION, 405),
    ("DELETE", N8N, 405),
    ("POST", "/healthz", 405),
    ("POST", "/", 404),
    ("POST", "/webhooks", 404),
    ("POST", "/webhooks/evolution/", 404),
    ("POST", "/webhooks/stripe/demo-evolution-token", 404),
    ("POST", f"{N8N}/messages-upsert", 404),
]


async def test_other_routes_are_problems_too(receiver: Receiver) -> None:
    """What is not served is said in the same form, with the methods that are allowed."""
    answers = [await receiver.request(method, path, data=EVENT, headers=JSON) for method, path, _ in OTHER_ROUTES]

    for (_, _, status), answer in zip(OTHER_ROUTES, answers, strict=True):
        answer.assert_problem(status)
        assert ("Allow" in answer.headers) == (status == 405)


async def test_a_body_that_announces_too_much_is_refused_unread(start: Start, queue: Queue) -> None:
    """A 413 does not wait for bytes that it won't keep."""
    async with start(WEBHOOK_MAX_BODY_BYTES="1000") as receiver:
        async with receiver.wire(begun("Content-Length: 1000000000")) as wire:
            answer = await wire.answer()

        assert answer.startswith("HTTP/1.1 413")
        assert "application/problem+json" in answer
        assert "1000 bytes" in answer


async def test_a_body_that_grows_too_large_is_refused(start: Start, queue: Queue) -> None:
    """Where the length isn't announced it is counted while reading, and the sender is told before its end."""
    async with start(WEBHOOK_MAX_BODY_BYTES="10000") as receiver:
        await receiver.ready()
        chunks = (b"3e8\r\n" + b"x" * 1000 + b"\r\n") * 11
        async with receiver.wire(begun("Transfer-Encoding: chunked") + chunks) as wire:
            answer = await wire.answer()

        assert answer.startswith("HTTP/1.1 413")
        assert await queue.events() == []


async def test_a_compressed_body_is_counted_as_it_unfolds(start: Start, queue: Queue) -> None:
    """A few bytes that unfold to many are too many."""
    bomb = gzip.compress(b'{"a":"' + b"x" * 5_000_000 + b'"}')
    async with start(WEBHOOK_MAX_BODY_BYTES="100000") as receiver:
        await receiver.ready()

        answer = await receiver.post(EVOLUTION, bomb, **{"Content-Encoding": "gzip"})

        assert len(bomb) < 100_000
        answer.assert_problem(413)
        assert await queue.events() == []


@pytest.mark.parametrize("size", [999, 1000])
async def test_a_body_of_the_allowed_size_is_accepted(start: Start, queue: Queue, size: int) -> None:
    """The limit itself is within the limit."""
    body = b'{"a":"' + b"x" * (size - 8) + b'"}'
    async with start(WEBHOOK_MAX_BODY_BYTES="1000") as receiver:
        await receiver.ready()

        answer = await receiver.post(EVOLUTION, body)

        (event,) = await queue.events()
        assert len(body) == size
        assert (event.event_id, event.body) == (answer.correlation_id, body)


async def test_a_large_body_is_accepted_whole(receiver: Receiver, queue: Queue) -> None:
    """Media within a webhook: many AMQP frames, one event."""
    body = json.dumps({"event": "messages.upsert", "base64": "QUJD" * 2_000_000}).encode()

    answer = await receiver.post(EVOLUTION, io.BytesIO(body))

    (event,) = await queue.events()
    assert event.event_id == answer.correlation_id
    assert event.body == body


@pytest.mark.parametrize("framing", ["Content-Length: 1000", "Transfer-Encoding: chunked"])
async def test_a_body_that_does_not_come_is_not_waited_for(start: Start, framing: str) -> None:
    """A 408 ends the wait for a sender that began and fell silent."""
    async with start(WEBHOOK_BODY_TIMEOUT="0.2") as receiver:
        async with receiver.wire(begun(framing)) as wire:
            answer = await wire.answer()

        assert answer.startswith("HTTP/1.1 408")
        assert "application/problem+json" in answer


async def test_a_body_in_pieces_is_put_together(receiver: Receiver, queue: Queue) -> None:
    """Chunks may end anywhere, in the middle of a character too."""
    text = json.dumps({"text": "não está bem"}, ensure_ascii=False).encode()

    async def pieces() -> AsyncIterator[bytes]:
        for byte in text:
            yield bytes([byte])

    answer = await receiver.post(EVOLUTION, pieces())

    (event,) = await queue.events()
    assert (event.event_id, event.body) == (answer.correlation_id, text)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
async def test_a_body_that_cannot_be_unpacked_is_refused(receiver: Receiver, queue: Queue, coding: str) -> None:
    """It is no fault of ours, and no answer at which Evolution API would send it again."""
    answer = await receiver.post(EVOLUTION, b"\x1fthis is no such thing", **{"Content-Encoding": coding})

    answer.assert_problem(400)
    assert answer.json["code"] == "body_encoding"
    assert await queue.events() == []


async def test_a_compressed_body_is_unpacked(receiver: Receiver, queue: Queue) -> None:
    """The queue holds JSON, however it came."""
    answer = await receiver.post(EVOLUTION, gzip.compress(EVENT), **{"Content-Encoding": "gzip"})

    (event,) = await queue.events()
    assert (event.event_id, event.body) == (answer.correlation_id, EVENT)


async def test_half_a_body_is_no_event(receiver: Receiver, queue: Queue) -> None:
    """A sender that leaves in the middle leaves nothing behind, and disturbs nobody."""
    async with receiver.wire(begun("Content-Length: 100") + b"{}"):
        pass

    answer = await receiver.post(EVOLUTION, EVENT)

    assert [event.event_id for event in await queue.events()] == [answer.correlation_id]


async def test_probes_and_metrics_answer(receiver: Receiver) -> None:
    """Alive, ready with each dependency named, and measured."""
    await receiver.post(EVOLUTION, EVENT)
    alive, ready, metrics = [await receiver.get(path) for path in ("/healthz", "/readyz", "/metrics")]

    assert alive.json == {"status": "ok"}
    assert ready.json == {"status": "ready", "checks": {"durability": "ok", "sources": "ok", "broker": "ok"}}
    assert metrics.status == 200
    assert 'webhook_receiver_answers_total{kind="evolution",status="200"}' in metrics.text
    assert "webhook_receiver_broker_connected 1.0" in metrics.text
    assert "webhook_receiver_pending_bytes 0.0" in metrics.text


def test_the_deep_body_is_one_the_fast_parser_refuses() -> None:
    """The slow way is on the way of the tests above."""
    assert judge(b'{"a":' * 20_000 + b"1" + b"}" * 20_000) is None
