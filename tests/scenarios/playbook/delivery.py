"""Events and those who follow them: in order, complete, once."""

import asyncio
from functools import partial

from shared.pubsub.channels import history_key
from tests.scenarios.client import Client, Frame
from tests.scenarios.stage import Stage, metric
from tests.scenarios.truth import Address


async def fan_out(stage: Stage) -> None:
    """Rooms of all sizes on two gateways: each client gets each event of its rooms, in order, once."""
    rooms = stage.rooms(8)
    clients = [stage.client(*stage.random.sample(rooms, stage.random.randint(1, 4))) for _ in range(80)]
    clients += [stage.client(rooms[0]) for _ in range(60)]
    await stage.online(*clients)
    await stage.load([*rooms, stage.lists], per_second=150)
    await stage.settle()
    stage.figure("clients", len(clients))
    stage.check("nobody was told to refetch", all(view.resets == 0 for c in clients for view in c.views.values()))
    stage.check("everything came live", sum(v.replayed for c in clients for v in c.views.values()) == 0)


async def churn(stage: Stage) -> None:
    """Clients come and go all the time, in good order and without a word, and resume: nothing is lost or repeated."""
    rooms = stage.rooms(6)
    clients = [stage.client(*stage.random.sample(rooms, 2)) for _ in range(60)]
    await stage.online(*clients)
    leaving = asyncio.create_task(_leave_by_chance(stage, clients))
    await stage.load([*rooms, stage.lists], per_second=100)
    leaving.cancel()
    await stage.settle()
    stage.figure("connections", sum(client.connects for client in clients))
    stage.check("clients did come and go", sum(client.connects for client in clients) > len(clients) + 10)


async def _leave_by_chance(stage: Stage, clients: list[Client]) -> None:
    while True:
        await asyncio.sleep(0.01)
        client = stage.random.choice(clients)
        if client.wire and client.online:
            client.drop() if stage.random.random() < 0.7 else client.wire.close(1001)


async def resume(stage: Stage) -> None:
    """A client that was away for some events gets those, all of them, each once, whatever is published meanwhile."""
    rooms = stage.rooms(3)
    clients = [stage.client(*rooms) for _ in range(30)]
    await stage.online(*clients)
    over = asyncio.Event()
    loading = asyncio.create_task(_load_until(stage, rooms, over))
    for back in range(2, 2 + max(3, int(3 * stage.seconds))):
        for client in clients:
            client.drop()
        for client in clients:
            await client.returned(back)
    over.set()
    await loading
    await stage.settle()
    views = [view for client in clients for view in client.views.values() if view.address in rooms]
    stage.check("events were replayed", sum(view.replayed for view in views) > 0)
    refetched = sum(view.refetched for view in views)
    stage.check("each conversation was fetched once only", refetched == len(clients) * len(rooms), refetched)


async def _load_until(stage: Stage, rooms: list[Address], over: asyncio.Event) -> None:
    while not over.is_set():
        await stage.load(rooms, per_second=120, seconds=0.1)


async def resume_storm(stage: Stage) -> None:
    """A thousand clients lose their connection at once and come back, under load: all are complete."""
    rooms = [room for _ in range(10) for room in stage.rooms(5, stage.clinic_id())]
    clients = [stage.client(rooms[n % 50], spread_seconds=1.0) for n in range(1000)]
    await stage.online(*clients)
    loading = asyncio.create_task(stage.load(rooms, per_second=100))
    before = asyncio.get_running_loop().time()
    for client in clients:
        client.drop()
    await asyncio.sleep(0)
    for client in clients:
        await client.returned(2)
    stage.figure("back after s", asyncio.get_running_loop().time() - before)
    await loading
    await stage.settle()
    stage.figure("clients", len(clients))
    views = [view for client in clients for view in client.views.values() if view.address in rooms]
    stage.check("every resume recovered", sum(view.refetched for view in views) == len(clients))


async def unrecoverable(stage: Stage) -> None:
    """Positions that history does not reach: recovered is false, nothing is replayed in part, and the client goes on."""
    [room] = stage.rooms(1)
    last = await stage.publisher.publish(room, 20)
    client = stage.client()
    await stage.online(client)
    join = partial(client.command, "conversation:join", conversation_id=room.conversation)
    joined = _data(await join())
    epoch = joined["epoch"]
    client.view(room.channel).take_join(joined)

    async def answer(seq: int, of: str) -> tuple[bool, int]:
        await client.until(lambda: client.complete, "what was published")  # the gateway knows of it, then
        data = _data(await join(since={"seq": seq, "epoch": of}))
        return data["recovered"], len(data["events"])

    stage.check("a reachable position recovers", await answer(last - 5, epoch) == (True, 5))
    stage.check("the newest position recovers", await answer(last, epoch) == (True, 0))
    stage.check("another epoch does not", await answer(last - 5, "another") == (False, 0))
    stage.check("nor one in the future", await answer(last + 1000, epoch) == (False, 0))
    for _ in range(8):
        last = await stage.publisher.publish(room, 50)
    stage.check("nor one older than the history", await answer(last - 301, epoch) == (False, 0))
    stage.check("the oldest that is kept does", await answer(last - 300, epoch) == (True, 300))
    await stage.redis.xtrim(history_key(*room), maxlen=10, approximate=False)
    stage.check("nor one before a trimmed history", await answer(last - 11, epoch) == (False, 0))
    stage.check("one after it does", await answer(last - 10, epoch) == (True, 10))
    last = await stage.publisher.publish(room, 40, size=4000)
    stage.check("nor one with more bytes than a replay may have", await answer(last - 40, epoch) == (False, 0))
    await stage.redis.delete(history_key(*room))
    stage.check("nor one whose history is gone", await answer(last - 1, epoch) == (False, 0))
    await client.until(lambda: client.complete, "complete")
    await stage.settle()


async def unsent(stage: Stage) -> None:
    """Events that were numbered and never sent to the gateways come before the next one, from the history."""
    rooms = stage.rooms(4)
    clients = [stage.client(*rooms) for _ in range(20)]
    await stage.online(*clients)
    for room in rooms * 5:
        await stage.publisher.publish(room, stage.random.randint(1, 3))
        await stage.publisher.publish_unheard(room)
        await stage.publisher.publish(room)
    await stage.settle()
    stage.check("gaps were healed", sum(metric(gateway, "healed_events_total") for gateway in stage.gateways) > 0)
    stage.check("nobody was told to refetch", all(view.resets == 0 for c in clients for view in c.views.values()))


def _data(reply: Frame) -> Frame:
    assert reply["ok"], reply
    data: Frame = reply["data"]
    return data
