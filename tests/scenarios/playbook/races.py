"""Joining and leaving faster than is answered, and going away in the middle of it."""

import asyncio

from tests.scenarios.client import Client
from tests.scenarios.stage import Stage, metric, reached
from tests.scenarios.truth import Address
from tests.scenarios.wire import Wire, request

# Fewer than a connection may send in a minute.
COMMANDS = 80


async def join_leave(stage: Stage) -> None:
    """Joins and leaves of the same conversations in any order, unanswered: who joined last has all, who left has none."""
    rooms = stage.rooms(4)
    clients = [stage.client() for _ in range(25)]
    await stage.online(*clients)
    loading = asyncio.create_task(stage.load(rooms, per_second=150))
    await asyncio.gather(*(_wander(stage, client, rooms) for client in clients))
    await loading
    for client in clients:
        if stage.random.random() < 0.5:
            client.join_anew(stage.random.choice(rooms).conversation)
    for client in clients:
        await client.returned(1)
    for room in rooms:
        await stage.publisher.publish(room, 3)
    await stage.settle()
    live = sum(view.live for client in clients for view in client.views.values())
    stage.check("who joined last hears what comes last", live > 0)
    stage.figure("commands", COMMANDS * len(clients))
    stage.check("some are joined and some are not", len({len(client.views) for client in clients}) > 1)


async def _wander(stage: Stage, client: Client, rooms: list[Address]) -> None:
    for _ in range(COMMANDS):
        conversation = stage.random.choice(rooms).conversation
        if conversation in client.wanted and stage.random.random() < 0.7:
            client.leave(conversation)
        else:
            client.join_anew(conversation)
        if stage.random.random() < 0.5:
            await asyncio.sleep(stage.random.random() * 2 * stage.seconds / COMMANDS)


async def gone_while_joining(stage: Stage) -> None:
    """Clients that are gone before their join is answered leave nothing behind, and those who stay are served."""
    rooms, gateway = stage.rooms(10), stage.gateways[0]
    staying = [stage.client(*rooms[:3], at=[gateway]) for _ in range(5)]
    await stage.online(*staying)
    channels = metric(gateway, "channels")
    stage.rights.delay_seconds = 0.2
    for _ in range(3):
        leaving = [stage.client(at=[gateway], returns=False) for _ in range(30)]
        await stage.online(*leaving)
        for client in leaving:
            client.follow(*(room.conversation for room in stage.random.sample(rooms, 5)))
        await asyncio.gather(*(_drop_within(stage, client, 0.4) for client in leaving))
        await asyncio.gather(*(_half_open(stage, gateway.port) for _ in range(20)))
    stage.rights.delay_seconds = 0.0
    await stage.load(rooms, per_second=60, seconds=0.5)
    await stage.settle(*staying)
    same = await reached(lambda: metric(gateway, "channels") == channels, stage.patience)
    stage.check("no channel stays open for those who are gone", same, metric(gateway, "channels") - channels)
    stage.check("nobody else lost a connection", all(client.connects == 1 for client in staying))


async def _drop_within(stage: Stage, client: Client, seconds: float) -> None:
    await asyncio.sleep(stage.random.random() * seconds)
    client.drop()


async def _half_open(stage: Stage, port: int) -> None:
    """Somebody who goes away in the middle of opening a socket."""
    wire = Wire(lambda _wire: None, lambda _text: None, lambda _code: None)
    await asyncio.get_running_loop().create_connection(lambda: wire, "127.0.0.1", port)
    asked = request("127.0.0.1", port, f"prosa.v1, bearer.{stage.person().token()}")
    wire.transport.write(asked[: stage.random.choice((0, 50, len(asked), len(asked)))])
    await asyncio.sleep(stage.random.random() * 0.05)
    wire.opened.add_done_callback(lambda opened: opened.exception())  # it is none's to read
    wire.drop()
