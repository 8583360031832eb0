"""The receiver keeps its promise without its broker."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.webhook_receiver.conftest import Queue, Start
from tests.integration.webhook_receiver.receiver import EVOLUTION, Receiver, eventually, receiver_process
from tests.proxy import Proxy

MANY = str(10**7)
Fault = Callable[[Proxy], None]


async def accepted(receiver: Receiver, count: int) -> list[object]:
    """Post so many webhooks, all of which have to be accepted; returns their ids."""
    return [(await receiver.post(EVOLUTION, b'{"n":%d}' % number)).correlation_id for number in range(count)]


async def first_arrivals(queue: Queue, count: int) -> list[object]:
    """The ids that reach the queue, each where it came first."""
    seen: dict[object, None] = {}

    async def all_there() -> bool:
        seen.update(dict.fromkeys(event.event_id for event in await queue.events()))
        return len(seen) >= count

    await eventually(all_there)
    return list(seen)


async def test_a_full_spool_is_a_503(start: Start, broker: Proxy) -> None:
    """With neither broker nor room in the spool nothing is promised."""
    async with start(RABBITMQ_URL=broker.url, WEBHOOK_SPOOL_MAX_BYTES="600") as receiver:
        await receiver.ready()
        broker.refuse()
        answers = [await receiver.post(EVOLUTION, b'{"n":%d}' % number) for number in range(8)]

    assert {answer.status for answer in answers} == {200, 503}
    assert all(answer.headers["Retry-After"] for answer in answers if answer.status == 503)


@pytest.mark.parametrize("fault", [Proxy.refuse, Proxy.hold, Proxy.hold_answers], ids=["away", "frozen", "no confirms"])
async def test_a_broker_in_trouble_costs_senders_nothing(
    start: Start, queue: Queue, broker: Proxy, fault: Fault
) -> None:
    """Webhooks are accepted and the receiver stays ready; when the broker is back they are all in its queue, in order."""
    async with start(RABBITMQ_URL=broker.url, WEBHOOK_SPOOL_MAX_BYTES=MANY) as receiver:
        await receiver.ready()
        fault(broker)
        ids = await accepted(receiver, 30)
        assert (await receiver.get("/readyz")).status == 200

        broker.resume()

        assert await first_arrivals(queue, 30) == ids


async def test_a_killed_receivers_spool_is_drained_by_the_next(
    environment: dict[str, str], queue: Queue, broker: Proxy, tmp_path: Path
) -> None:
    """kill -9 with webhooks in the spool and the broker away: the next process brings them to the queue."""
    spooling = environment | {"RABBITMQ_URL": broker.url, "WEBHOOK_SPOOL_MAX_BYTES": MANY}
    broker.refuse()
    async with receiver_process(spooling, tmp_path / "first.log") as process:
        await process.receiver.ready()
        ids = await accepted(process.receiver, 20)
        process.process.kill()
        await process.process.wait()

    broker.resume()
    async with receiver_process(spooling, tmp_path / "second.log") as process:
        await process.receiver.ready()
        assert await first_arrivals(queue, 20) == ids
