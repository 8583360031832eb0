"""Clients without a socket, under the same faults."""

import asyncio

from tests.scenarios.poller import Poller
from tests.scenarios.stage import Stage, reached


async def polling(stage: Stage) -> None:
    """Pollers that ask any gateway, while links and a gateway are killed and Redis is flushed: complete, each event once."""
    rooms = [*stage.rooms(4), stage.lists]
    pollers = [
        Poller(
            stage.person(),
            stage.random.sample(rooms, 3),
            lambda: [gateway.http_port for gateway in stage.gateways],
            stage.truth,
            stage.random.random(),
        )
        for _ in range(20)
    ]
    polling = [asyncio.create_task(poller.run()) for poller in pollers]
    loading = asyncio.create_task(stage.load(rooms, per_second=80, seconds=stage.seconds + 1))
    await _break_things(stage)
    await loading
    for address in rooms:
        await stage.publisher.publish(address)
    complete = await reached(lambda: all(poller.complete for poller in pollers), stage.patience)
    for task in polling:
        task.cancel()
    await asyncio.wait(polling)
    for poller in pollers:
        for view in poller.views.values():
            stage.report.violations += view.complaints
    lost = {channel: len(view.missing) for poller in pollers for channel, view in poller.views.items() if view.missing}
    stage.check("views equal the ledger", complete, lost)
    stage.check("polls were answered", all(poller.answers > 1 for poller in pollers))
    stage.figure("published", stage.truth.acknowledged)
    stage.figure("answers", sum(poller.answers for poller in pollers))
    stage.figure("failures", sum(poller.failures for poller in pollers))
    stage.figure("replayed", sum(view.replayed for poller in pollers for view in poller.views.values()))


async def _break_things(stage: Stage) -> None:
    for _ in range(3):
        await asyncio.sleep(stage.seconds / 6)
        await stage.redis.client_kill_filter(_type="pubsub")
    stage.gateways[0].kill()
    await asyncio.sleep(stage.seconds / 4)
    await stage.redis.flushall()
    await asyncio.to_thread(stage.arena.heal)
