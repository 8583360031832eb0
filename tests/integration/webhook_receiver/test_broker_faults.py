"""What senders are told while the broker is away, and that every 200 was true."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

import pytest

from services.webhook_receiver import publisher
from shared.broker import topology
from shared.observability import health
from tests.ending import end
from tests.integration.webhook_receiver.conftest import Queue, Start
from tests.integration.webhook_receiver.receiver import EVOLUTION, Answer, Receiver, eventually
from tests.proxy import Proxy


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher, "RECONNECT_SECONDS", 0.1)
    monkeypatch.setattr(health, "CHECK_TIMEOUT_SECONDS", 0.3)


def assert_try_later(answer: Answer) -> None:
    answer.assert_problem(503)
    assert int(answer.headers["Retry-After"]) > 0


async def accepted(receiver: Receiver) -> Answer:
    """The first webhook that is accepted again; until then senders are told to come back."""
    answers: list[Answer] = []

    async def accepts() -> bool:
        answers.append(await receiver.post(EVOLUTION, b'{"event":"again"}'))
        if answers[-1].status != 200:
            assert_try_later(answers[-1])
        return answers[-1].status == 200

    await eventually(accepts)
    return answers[-1]


@pytest.mark.parametrize("fault", [Proxy.refuse, Proxy.hold, Proxy.hold_answers], ids=["away", "frozen", "silent"])
async def test_nothing_is_promised_without_the_broker(
    start: Start, queue: Queue, broker: Proxy, fault: Callable[[Proxy], None]
) -> None:
    """Refused or never confirmed: the sender hears 503 within the confirm's time, and 200 once the broker is back."""
    async with start(RABBITMQ_URL=broker.url, WEBHOOK_CONFIRM_TIMEOUT="0.3") as receiver:
        await receiver.ready()
        fault(broker)

        async with asyncio.timeout(2.0):
            answers = await asyncio.gather(*(receiver.post(EVOLUTION, b"{}") for _ in range(5)))

        for answer in answers:
            assert_try_later(answer)
        broker.resume()
        again = await accepted(receiver)
        assert again.correlation_id in {event.event_id for event in await queue.events()}


async def test_a_receiver_starts_without_the_broker(start: Start, broker: Proxy) -> None:
    """It is alive, not ready, answers 503, and takes up work when the broker is there."""
    broker.refuse()
    async with start(RABBITMQ_URL=broker.url) as receiver:
        assert_try_later(await receiver.post(EVOLUTION, b"{}"))
        ready = await receiver.get("/readyz")
        broker.resume()
        await receiver.ready()

        assert ready.status == 503
        assert ready.json["checks"]["durability"] == "no answer in time"
        assert (await receiver.post(EVOLUTION, b"{}")).status == 200


async def test_a_deleted_queue_is_declared_again(receiver: Receiver, queue: Queue) -> None:
    """What the broker returns as unroutable was not accepted, and the queue heals by itself."""
    await queue.delete()

    assert_try_later(await receiver.post(EVOLUTION, b"{}"))
    again = await accepted(receiver)

    assert [event.event_id for event in await queue.events()] == [again.correlation_id]


async def test_a_full_queue_refuses_until_there_is_room(
    start: Start, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A queue at its limit refuses what is new and drops nothing; each 200 given meanwhile is in it."""
    monkeypatch.setattr(topology, "MAX_QUEUE_BYTES", 2000)
    promised = set()
    async with start() as receiver:
        await receiver.ready()

        async def refuses() -> bool:
            answer = await receiver.post(EVOLUTION, b'{"a":"%s"}' % (b"x" * 500))
            if answer.status == 200:
                promised.add(answer.correlation_id)
            return answer.status == 503

        await eventually(refuses)
        ready = await receiver.get("/readyz")
        kept = {event.event_id for event in await queue.events()}
        again = await accepted(receiver)

        assert ready.status == 200  # the channel is well, only the queue is full
        assert kept == promised
        assert [event.event_id for event in await queue.events()] == [again.correlation_id]


@pytest.mark.parametrize("fault", [Proxy.cut, Proxy.hang_up, Proxy.strand], ids=["cut", "shut down", "failed over"])
async def test_a_lost_connection_costs_a_moment(start: Start, broker: Proxy, fault: Callable[[Proxy], None]) -> None:
    """However it was lost, the receiver is ready again within seconds."""
    async with start(RABBITMQ_URL=broker.url, WEBHOOK_CONFIRM_TIMEOUT="0.3") as receiver:
        await receiver.ready()
        fault(broker)

        async with asyncio.timeout(10.0):
            await accepted(receiver)


@dataclass(slots=True)
class Ledger:
    """What senders were told: the bodies of every 200, by correlation id, and how many others there were."""

    accepted: dict[UUID, bytes] = field(default_factory=dict)
    refused: int = 0

    async def keep_sending(self, receiver: Receiver, sender: int) -> None:
        """Send one webhook after the other; what is refused is sent again."""
        number = 0
        while True:
            body = b'{"sender":%d,"number":%d,"text":"%s"}' % (sender, number, b"x" * (number % 700))
            answer = await receiver.post(EVOLUTION, body)
            if answer.status == 200:
                self.accepted[answer.correlation_id] = body
                number += 1
            else:
                assert_try_later(answer)
                self.refused += 1

    async def grows(self, events: int) -> None:
        goal = len(self.accepted) + events

        async def reached() -> bool:
            return len(self.accepted) >= goal

        await eventually(reached)


async def test_every_promise_is_kept_through_faults(start: Start, queue: Queue, broker: Proxy) -> None:
    """Connections break under load, again and again: all that was answered 200 is in the queue, as it was sent."""
    faults: list[Callable[[], None]] = [
        broker.cut,
        broker.hang_up,
        broker.strand,
        lambda: broker.after(5000, broker.cut),
    ]
    ledger = Ledger()
    async with start(RABBITMQ_URL=broker.url, WEBHOOK_CONFIRM_TIMEOUT="0.3") as receiver:
        await receiver.ready()
        senders = [asyncio.create_task(ledger.keep_sending(receiver, sender)) for sender in range(16)]
        for fault in faults * 2:
            await ledger.grows(100)
            fault()
        await ledger.grows(100)
        assert not any(sender.done() for sender in senders)
        await end(*senders)

    arrived = {event.event_id: event.body for event in await queue.events()}
    assert ledger.refused
    assert ledger.accepted.items() <= arrived.items()
