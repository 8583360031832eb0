"""Clients that read slowly or not at all: nobody else is kept waiting, and they lose nothing either."""

import asyncio

from tests.scenarios.client import Client
from tests.scenarios.stage import Stage, metric, reached

SMALL_BUFFER = 4096
MOST_GROWTH_BYTES = 64 * 1024**2
CUT_OFF = 'connections_closed_total{reason="slow"}'
# Enough to fill what the kernel keeps for a socket, and then the gateway's own bound.
MOST_ROUNDS = 120


async def stuck(stage: Stage) -> None:
    """Clients that never read are cut off; those beside them get everything meanwhile, and memory stays bounded."""
    [room], gateway = stage.rooms(1), stage.gateways[0]
    stuck = [stage.client(room, at=[gateway], receive_buffer=SMALL_BUFFER) for _ in range(5)]
    healthy = [stage.client(room, at=[gateway]) for _ in range(10)]
    await stage.online(*stuck, *healthy)
    cut_off, memory = metric(gateway, CUT_OFF), gateway.memory_bytes()
    for client in stuck:
        stop_reading(client)
    for _ in range(MOST_ROUNDS):
        await stage.publisher.publish(room, 4, size=12_000)
        for client in healthy:
            await client.until(lambda client=client: client.complete, "a neighbour's events")  # type: ignore[misc]
        if metric(gateway, CUT_OFF) - cut_off >= len(stuck):
            break
    stage.figure("cut off", metric(gateway, CUT_OFF) - cut_off)
    stage.figure("memory grew MiB", (gateway.memory_bytes() - memory) / 1024**2)
    stage.check("all that were stuck were cut off", metric(gateway, CUT_OFF) - cut_off >= len(stuck))
    stage.check("memory stayed bounded", gateway.memory_bytes() - memory < MOST_GROWTH_BYTES)
    stage.check("no neighbour lost its connection", all(client.connects == 1 for client in healthy))
    for client in stuck:
        go_on_reading(client)
    await stage.settle()
    stage.check("they came back", all(client.connects > 1 for client in stuck))


async def slow(stage: Stage) -> None:
    """Clients that read in fits and starts keep up or are cut off and resume: complete in the end, others never wait."""
    rooms, gateway = stage.rooms(6), stage.gateways[0]
    slow = [stage.client(*rooms, at=[gateway], receive_buffer=SMALL_BUFFER) for _ in range(6)]
    healthy = [stage.client(*rooms) for _ in range(20)]
    await stage.online(*slow, *healthy)
    reading = [asyncio.create_task(_read_at_times(stage, client)) for client in slow]
    for _ in range(int(20 * stage.seconds)):
        for room in rooms:
            await stage.publisher.publish(room, stage.random.randint(1, 4), size=stage.random.randrange(100, 12_000))
        await asyncio.sleep(0)
    in_time = await reached(lambda: all(client.complete for client in healthy), 20)
    stage.check("the others had everything before the slow read on", in_time)
    for task in reading:
        task.cancel()
    for client in slow:
        go_on_reading(client)
    await stage.settle()
    stage.figure("connections of 6 slow ones", sum(client.connects for client in slow))
    stage.check("no neighbour lost its connection", all(client.connects == 1 for client in healthy))


async def _read_at_times(stage: Stage, client: Client) -> None:
    while True:
        stop_reading(client)
        await asyncio.sleep(0.2 * stage.random.random())
        go_on_reading(client)
        await asyncio.sleep(0.01)


def stop_reading(client: Client) -> None:
    if client.wire and client.online:
        client.wire.stop_reading()


def go_on_reading(client: Client) -> None:
    if client.wire and not client.wire.transport.is_closing():
        client.wire.go_on_reading()
