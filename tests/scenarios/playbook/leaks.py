"""What is left when everybody is gone: nothing."""

import asyncio
from datetime import timedelta

from tests.scenarios.client import Client
from tests.scenarios.gateway_process import GatewayProcess
from tests.scenarios.playbook.malformed import kinds, outcome
from tests.scenarios.stage import Stage, metric, reached
from tests.scenarios.truth import Address

COUNTED = "tests.scenarios.counted_gateway"
TURNS = 2
GOES_WITHIN_SECONDS = 20.0
# What a second crowd may add to what the first left in the allocator's hands.
MOST_GROWTH_BYTES = 16 * 1024**2
HELD = ("connections", "channels", "slow_connections", "presence_users", "polls_waiting")


async def leaks(stage: Stage) -> None:
    """After crowds of every kind have come and gone: no connection, channel, typing mark or task, and no more memory."""
    gateway = stage.arena.gateway("counted", COUNTED)
    await asyncio.to_thread(stage.arena.heal)
    tasks, memory = metric(gateway, "test_tasks"), 0
    for turn in range(TURNS):
        stage.rights.knows_sessions = turn == 0  # nobody's session is asked about any more once they are gone
        await _crowd(stage, gateway)
        for name in HELD:
            gone = await reached(lambda name=name: gateway.metrics()[name] == 0, GOES_WITHIN_SECONDS)  # type: ignore[misc]
            stage.check(f"{name}: none", gone, metric(gateway, name))
        memory = memory or gateway.memory_bytes()
        same = await reached(lambda: metric(gateway, "test_tasks") <= tasks, GOES_WITHIN_SECONDS)
        stage.check("tasks: no more than before", same, _tasks(gateway))
    grown = gateway.memory_bytes() - memory
    stage.figure("memory grew MiB", grown / 1024**2)
    stage.check("memory stayed bounded", grown < MOST_GROWTH_BYTES, grown)


def _tasks(gateway: GatewayProcess) -> dict[str, float]:
    return {name: value for name, value in gateway.metrics().items() if name.startswith("test_tasks{")}


async def _crowd(stage: Stage, gateway: GatewayProcess) -> None:
    rooms = stage.rooms(10)
    clients = [stage.client(*stage.random.sample(rooms, 3), at=[gateway], returns=False) for _ in range(100)]
    await stage.online(*clients)
    brief = stage.person(life=timedelta(seconds=2))
    clients += [stage.client(rooms[0], person=brief, at=[gateway], returns=False) for _ in range(3)]
    for client in clients[-3:]:
        client.start()
    loading = asyncio.create_task(stage.load(rooms, per_second=100, seconds=min(stage.seconds, 1.0)))
    await asyncio.gather(*(_misbehave(stage, client, rooms) for client in clients))
    offered = f"prosa.v1, bearer.{stage.person().token()}"
    for kind in kinds(stage.random.randbytes(500)):
        await outcome(gateway.port, offered, kind.bytes)
    await loading
    await asyncio.gather(*(client.stop() for client in clients))
    for client in clients:
        stage.clients.remove(client)
        stage.report.violations += client.every_complaint()


async def _misbehave(stage: Stage, client: Client, rooms: list[Address]) -> None:
    await asyncio.sleep(stage.random.random() * 0.5)
    match stage.random.randrange(5):
        case 0:
            client.drop()
        case 1:
            client.join_anew(stage.random.choice(rooms).conversation)
            client.drop()
        case 2 if client.wire:
            client.wire.stop_reading()
        case 3:
            client.ask("typing_start", conversation_id=rooms[0].conversation)
        case _:
            client.leave(rooms[0].conversation)
