"""Gateways that die, freeze or leave in good order, and one beside them."""

import asyncio

from tests.scenarios.client import Client
from tests.scenarios.gateway_process import GatewayProcess
from tests.scenarios.stage import Stage, metric, reached

RESTART = 1012
EXITS_WITHIN_SECONDS = 10.0
# What Redis may hold for a gateway that does not read, as `client-output-buffer-limit` has it.
SMALL_OUTPUT = "pubsub 1048576 524288 1"
MOST_PUBLISHED = 2000
USUAL_OUTPUT = "pubsub 33554432 8388608 60"


def held_by(gateway: GatewayProcess, clients: list[Client]) -> list[Client]:
    """The clients whose connection is this gateway's just now."""
    return [client for client in clients if client.online and client.port == gateway.port]


async def killed(stage: Stage) -> None:
    """kill -9 of a gateway under load, again and again: its clients go to the other and have lost nothing."""
    rooms = stage.rooms(6)
    clients = [stage.client(*stage.random.sample(rooms, 2)) for _ in range(60)]
    await stage.online(*clients)
    loading = asyncio.create_task(stage.load([*rooms, stage.lists], per_second=100, seconds=stage.seconds + 1))
    for gateway in stage.gateways:
        moving = held_by(gateway, clients)
        gateway.kill()
        for client in moving:
            await client.returned(2)
        await asyncio.to_thread(stage.arena.heal)
    await loading
    await stage.settle()
    stage.figure("connections", sum(client.connects for client in clients))
    refetched = sum(view.refetched - 1 for c in clients for view in c.views.values() if view.address in rooms)
    stage.check("every conversation was resumed, none fetched again", refetched == 0, refetched)


async def frozen(stage: Stage) -> None:
    """SIGSTOP of a gateway for so long that Redis cuts it off: clients who leave and clients who wait are complete."""
    rooms, gateway = stage.rooms(4), stage.gateways[0]
    patient = [stage.client(*rooms, at=[gateway]) for _ in range(15)]
    impatient = [stage.client(*rooms, suspicious_seconds=0.4) for _ in range(30)]
    await stage.redis.config_set("client-output-buffer-limit", SMALL_OUTPUT)
    await stage.online(*patient, *impatient)
    reconnects = metric(gateway, "redis_reconnects_total")
    loading = asyncio.create_task(stage.load([*rooms, stage.lists], per_second=100, seconds=stage.seconds + 2))
    gateway.freeze()
    cut_off, links = False, _links(stage)
    while not cut_off and stage.truth.acknowledged < MOST_PUBLISHED:  # until the sockets' own buffers are full as well
        await asyncio.gather(*(stage.publisher.publish(room, 8, size=12_000) for room in rooms))
        cut_off = _links(stage) < links
    gateway.thaw()
    await loading
    await stage.settle()
    await stage.redis.config_set("client-output-buffer-limit", USUAL_OUTPUT)
    stage.check("Redis did cut the gateway off", cut_off)
    stage.check("the gateway noticed", metric(gateway, "redis_reconnects_total") > reconnects)
    stage.check("who waited kept the connection or resumed", all(client.online for client in patient))


def _links(stage: Stage) -> int:
    """How many gateways are subscribed."""
    with stage.arena.redis.client() as client:
        return len(client.client_list(_type="pubsub"))


async def drained(stage: Stage) -> None:
    """SIGTERM under load: going_away with times that are spread, then 1012, exit code 0; clients move and lose nothing."""
    rooms, gateway = stage.rooms(6), stage.gateways[0]
    clients = [stage.client(*stage.random.sample(rooms, 2)) for _ in range(150)]
    await stage.online(*clients)
    loading = asyncio.create_task(stage.load([*rooms, stage.lists], per_second=100, seconds=stage.seconds + 2))
    leaving = held_by(gateway, clients)
    gateway.terminate()
    ready = await reached(lambda: not gateway.ready(), 5)
    stage.check("it is not ready any more", ready)
    ended = await reached(lambda: gateway.exit_code() is not None, EXITS_WITHIN_SECONDS)
    stage.check("it ends with 0", ended and gateway.exit_code() == 0, gateway.exit_code())
    waits = [word["data"]["reconnect_ms"] for c in leaving for word in c.heard if word["type"] == "going_away"]
    stage.check("each was told to go, once", len(waits) == len(leaving), f"{len(waits)} of {len(leaving)}")
    stage.check("at different times", len(set(waits)) > len(waits) / 4)
    codes = {code for client in leaving for code in client.closes}
    stage.check("each was closed with 1012", codes == {RESTART}, codes)
    await loading
    await stage.settle()
    stage.figure("moved", len(leaving))
    stage.check("the others noticed nothing", all(c.connects == 1 for c in clients if c not in leaving))


async def drained_stuck(stage: Stage) -> None:
    """A gateway with clients that never answer ends all the same, in time and with 0."""
    gateway = stage.gateways[0]
    stuck = [stage.client(at=[gateway], returns=False) for _ in range(30)]
    await stage.online(*stuck)
    for client in stuck:
        assert client.wire
        client.wire.stop_reading()
    gateway.terminate()
    ended = await reached(lambda: gateway.exit_code() is not None, EXITS_WITHIN_SECONDS)
    stage.check("it ends with 0", ended and gateway.exit_code() == 0, gateway.exit_code())
