"""What the stand-in posts after a send has the shape of what Evolution really posted."""

import random
from datetime import UTC, datetime
from typing import Any

import aiohttp
import jwt
import pytest

from deploy.demo.evolution.courier import Courier, Delivery, RetryPolicy, is_final
from deploy.demo.evolution.envelope import wall_clock
from deploy.demo.evolution.instances import Webhook
from deploy.demo.evolution.receipts import receipts
from tests.integration.demo.conftest import AT_ONCE, Evolution, Received, Receiver
from tests.integration.demo.shapes import ENVELOPE, exchanges, in_order, recorded
from tests.ports import free_port

TEXT = {"number": "5511955550001", "text": "ola do agente"}
GROUP = {"number": "120363955550109001@g.us", "text": "bom dia a todos"}


async def send(evolution: Evolution, body: dict[str, str]) -> dict[str, Any]:
    status, answer = await evolution.call("POST", "/message/sendText/demo-wa", body)
    assert status == 201
    message: dict[str, Any] = answer
    return message


async def posted(evolution: Evolution, receiver: Receiver) -> list[Received]:
    """Everything that was posted, once there is nothing more to come."""
    await evolution.stand_in.announcer.idle()
    return [receiver.arrived.get_nowait() for _ in range(receiver.arrived.qsize())]


async def test_a_send_is_announced_with_the_answer_s_own_message(evolution: Evolution, receiver: Receiver) -> None:
    """`send.message` carries the very object of the 201, in the envelope of every event."""
    message = await send(evolution, TEXT)
    announced = next(w.body for w in await posted(evolution, receiver) if w.body["event"] == "send.message")
    assert announced["data"] == message
    assert list(announced) == ENVELOPE == list(recorded("058"))


async def test_a_send_is_announced_in_the_recorded_shape(evolution: Evolution, receiver: Receiver) -> None:
    """The envelope is that of a 2.3.7 webhook, the data that of its 201."""
    await send(evolution, TEXT)
    announced = next(w.body for w in await posted(evolution, receiver) if w.body["event"] == "send.message")
    answered = next(exchange.answer for exchange in exchanges("2.3.7-whatsapp-channel"))
    assert in_order(announced) == in_order({**recorded("058"), "data": answered})
    # What the other channels announce is a part of it.
    for number in ("042", "133", "135"):
        theirs = recorded(number)
        assert set(theirs) <= set(announced)
        assert set(theirs["data"]) <= set(announced["data"])
        assert set(theirs["data"]["key"]) == set(announced["data"]["key"])


async def test_receipts_follow_in_the_recorded_shape(evolution: Evolution, receiver: Receiver) -> None:
    """Taken, delivered, read: the recorded bodies but for whose they are and when."""
    message = await send(evolution, TEXT)
    updates = [w.body for w in await posted(evolution, receiver) if w.body["event"] == "messages.update"]
    statuses = ["SERVER_ACK", "DELIVERY_ACK", "READ"]
    originals = {recorded(number)["data"]["status"]: recorded(number) for number in ("103", "104", "105")}
    assert sorted(update["data"]["status"] for update in updates) == sorted(statuses)
    for update in updates:
        assert in_order(update) == in_order(originals[update["data"]["status"]])
        assert update["data"]["keyId"] == message["key"]["id"]
        assert update["data"]["remoteJid"] == message["key"]["remoteJid"]
    assert len({update["data"]["messageId"] for update in updates}) == 1


async def test_of_a_group_only_the_server_s_receipt_is_told(evolution: Evolution, receiver: Receiver) -> None:
    """Evolution never reports who of a group has read."""
    await send(evolution, GROUP)
    updates = [w.body["data"] for w in await posted(evolution, receiver) if w.body["event"] == "messages.update"]
    assert [update["status"] for update in updates] == ["SERVER_ACK"]


async def test_a_message_that_was_refused_is_not_announced(evolution: Evolution, receiver: Receiver) -> None:
    """What did not go out has no echo."""
    refused = {"number": "5511000000000", "text": "ninguem"}
    assert (await evolution.call("POST", "/message/sendText/demo-wa", refused))[0] == 400
    assert await posted(evolution, receiver) == []


async def test_a_webhook_may_want_an_address_for_each_event(evolution: Evolution, receiver: Receiver) -> None:
    """`byEvents` adds the event's name to the URL and leaves `destination` as it was set."""
    evolution.instance.webhook = Webhook(receiver.url, by_events=True)
    await send(evolution, TEXT)
    webhooks = await posted(evolution, receiver)
    assert {webhook.path for webhook in webhooks} == {"/hook/send-message", "/hook/messages-update"}
    assert {webhook.body["destination"] for webhook in webhooks} == {receiver.url}


async def test_a_webhook_may_want_some_events_only(evolution: Evolution, receiver: Receiver) -> None:
    """What was not subscribed is not posted."""
    evolution.instance.webhook = Webhook(receiver.url, events=("SEND_MESSAGE",))
    await send(evolution, TEXT)
    assert [webhook.body["event"] for webhook in await posted(evolution, receiver)] == ["send.message"]


async def test_a_webhook_s_headers_are_sent_and_its_key_signs(evolution: Evolution, receiver: Receiver) -> None:
    """`jwt_key` never travels: a token made with it does."""
    key = "a shared secret that is long enough to sign"
    evolution.instance.webhook = Webhook(receiver.url, headers={"x-tenant": "a", "jwt_key": key})
    await send(evolution, TEXT)
    headers = (await receiver.next()).headers
    claims = jwt.decode(headers["Authorization"].removeprefix("Bearer "), key, algorithms=["HS256"])
    assert (claims["app"], claims["action"], claims["exp"] - claims["iat"]) == ("evolution", "webhook", 600)
    assert headers["x-tenant"] == "a"
    assert "jwt_key" not in headers


async def deliver(receiver: Receiver, answers: list[int], policy: RetryPolicy = AT_ONCE) -> Delivery:
    receiver.answers[:] = answers
    async with aiohttp.ClientSession() as http:
        return await Courier(http, random.Random(1), policy).deliver(receiver.url, {"event": "é"})


@pytest.mark.parametrize("trouble", [429, 500, 502, 503])
async def test_a_webhook_is_posted_again_while_it_may_help(receiver: Receiver, trouble: int) -> None:
    """Every attempt has the same bytes, and the first 2xx ends them."""
    assert await deliver(receiver, [trouble, trouble]) == Delivery(200, 3)
    attempts = [(await receiver.next()).content for _ in range(3)]
    assert attempts == ['{"event":"é"}'.encode()] * 3


@pytest.mark.parametrize("refusal", [400, 401, 403, 404, 422])
async def test_a_final_refusal_ends_the_attempts(receiver: Receiver, refusal: int) -> None:
    """These are never repeated: the event is lost."""
    assert await deliver(receiver, [refusal]) == Delivery(refusal, 1)
    assert receiver.arrived.qsize() == 1


async def test_attempts_end(receiver: Receiver) -> None:
    """A receiver that is never well loses the event."""
    delivery = await deliver(receiver, [500] * 9)
    assert (delivery, delivery.accepted) == (Delivery(500, AT_ONCE.attempts), False)


async def test_nobody_there_is_worth_another_attempt() -> None:
    """A refused connection is repeated like a 500, and counted out in the end."""
    async with aiohttp.ClientSession() as http:
        delivery = await Courier(http, random.Random(1), AT_ONCE).deliver(f"http://127.0.0.1:{free_port()}/", {})
    assert (delivery, is_final(delivery.status)) == (Delivery(None, AT_ONCE.attempts), False)


def test_waits_double_up_to_the_longest_and_never_fall_below_the_first() -> None:
    """Evolution's schedule: twenty per cent of jitter, whose floor is the first wait."""
    policy = RetryPolicy(first_wait=5, longest_wait=300)
    assert [policy.wait(failures, 0) for failures in range(1, 9)] == [5, 10, 20, 40, 80, 160, 300, 300]
    assert (policy.wait(1, -1), policy.wait(1, 1), policy.wait(2, -1)) == (5, 6, 8)


def test_the_emission_s_time_is_wall_clock_with_a_false_z() -> None:
    """Who takes it for UTC is three hours late."""
    assert wall_clock(datetime(2026, 11, 20, 12, 36, 40, 837_000, tzinfo=UTC)) == "2026-11-20T09:36:40.837Z"


def test_receipts_come_in_order_and_the_same_for_the_same_chance() -> None:
    """Some read, some do not, nobody reads before it is delivered; without pace nothing waits."""
    jid, order = "5511955550001@s.whatsapp.net", ["SERVER_ACK", "DELIVERY_ACK", "READ"]
    days = [receipts(jid, random.Random(seed), 1) for seed in range(50)]
    assert {tuple(receipt.status for receipt in day) for day in days} == {tuple(order), tuple(order[:2])}
    assert days[7] == receipts(jid, random.Random(7), 1)
    assert {receipt.after for receipt in receipts(jid, random.Random(7), 0)} == {0.0}
