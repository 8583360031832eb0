"""Redis loses connections, its data or its voice: nobody takes what they have for complete when it is not."""

import asyncio
from collections.abc import Callable

from tests.scenarios.stage import Stage, metric


async def links_killed(stage: Stage) -> None:
    """CLIENT KILL TYPE pubsub again and again under load: what was missed comes from history, before what follows."""
    rooms = stage.rooms(6)
    clients = [stage.client(*stage.random.sample(rooms, 3)) for _ in range(40)]
    await stage.online(*clients)
    before = sum(metric(gateway, "redis_reconnects_total") for gateway in stage.gateways)
    loading = asyncio.create_task(stage.load([*rooms, stage.lists], per_second=150))
    while not loading.done():
        await stage.redis.client_kill_filter(_type="pubsub")
        await asyncio.sleep(0.05 + 0.2 * stage.random.random())
    await loading
    await stage.settle()
    lost = sum(metric(gateway, "redis_reconnects_total") for gateway in stage.gateways) - before
    stage.figure("links lost", lost)
    stage.check("links were lost", lost >= 4, lost)
    stage.check("nobody was told to refetch", all(view.resets == 0 for c in clients for view in c.views.values()))
    stage.check("no client lost its connection", all(client.connects == 1 for client in clients))


async def frozen(stage: Stage) -> None:
    """A Redis that keeps its connections and says nothing for a while: joins wait or are put off, nothing is lost."""
    rooms = stage.rooms(4)
    clients = [stage.client(*rooms) for _ in range(20)]
    await stage.online(*clients)
    await _while_loaded(stage, stage.arena.redis.freeze, 1.0, stage.arena.redis.thaw)
    await stage.settle()


async def restarted(stage: Stage) -> None:
    """Redis is stopped with its data saved and started again: clients are complete, by history or by fetching."""
    await _broken_and_started(stage, lambda: _shut_down(stage), stage.arena.redis.start)


async def emptied(stage: Stage) -> None:
    """Redis is killed and comes back empty: every channel begins a new epoch, every client is told to refetch."""
    epochs = await _broken_and_started(stage, stage.arena.redis.kill, lambda: stage.arena.redis.start(empty=True))
    stage.check("every channel has another epoch", epochs == 2, epochs)


async def restored(stage: Stage) -> None:
    """Redis comes back with an older copy, whose numbers are given out again: nobody takes them for those they know."""

    def start() -> None:
        stage.arena.redis.bring_copy_back()
        stage.arena.redis.start()

    stage.arena.redis.save()
    stage.arena.redis.keep_copy()
    await _broken_and_started(stage, stage.arena.redis.kill, start)


async def restored_behind(stage: Stage) -> None:
    """An older copy whose channels have gone on past what the gateways knew before they look: still no false history."""
    rooms = stage.rooms(3)
    clients = [stage.client(*rooms) for _ in range(10)]
    await stage.online(*clients)
    for room in rooms:
        await stage.publisher.publish(room, 3)
    await stage.settle()
    stage.arena.redis.save()
    stage.arena.redis.keep_copy()
    for room in rooms:
        await stage.publisher.publish(room, 5)
    await stage.settle()
    for gateway in stage.gateways:
        gateway.freeze()
    stage.arena.redis.kill()
    stage.arena.redis.bring_copy_back()
    stage.arena.redis.start()
    for room in rooms:
        await stage.publisher.publish(room, 10)
    for gateway in stage.gateways:
        gateway.thaw()
    for room in rooms:
        await stage.publisher.publish(room)
    await stage.settle()


async def flushed(stage: Stage) -> None:
    """FLUSHALL again and again under load: each time all are told to refetch, and go on in another epoch."""
    rooms = stage.rooms(4)
    clients = [stage.client(*rooms) for _ in range(30)]
    await stage.online(*clients)
    loading = asyncio.create_task(stage.load([*rooms, stage.lists], per_second=150))
    while not loading.done():
        await asyncio.sleep(0.2 + 0.2 * stage.random.random())
        await stage.redis.flushall()
    await loading
    for address in (*rooms, stage.lists):  # a flush that no event follows is nothing to be told of
        await stage.publisher.publish(address)
    await stage.settle()
    stage.check("clients were told to refetch", sum(v.resets for c in clients for v in c.views.values()) > 0)
    stage.check("no client lost its connection", all(client.connects == 1 for client in clients))


async def flushed_in_silence(stage: Stage) -> None:
    """A channel that was flushed and is quiet: who resumes there with the old epoch is told to refetch."""
    rooms = stage.rooms(3)
    clients = [stage.client(*rooms) for _ in range(10)]
    await stage.online(*clients)
    for room in rooms:
        await stage.publisher.publish(room, 3)
    await stage.settle()
    await stage.redis.flushall()
    for client in clients[:5]:
        client.drop()
    for client in clients[:5]:
        await client.returned(2)
    for room in rooms:
        await stage.publisher.publish(room, 5)
    await stage.settle()


async def _while_loaded(stage: Stage, harm: Callable[[], None], seconds: float, mend: Callable[[], None]) -> None:
    rooms = sorted({view.address for client in stage.clients for view in client.views.values()})
    channels = [room for room in rooms if room.channel.startswith(("conversa", "empresa"))]
    loading = asyncio.create_task(stage.load(channels, per_second=100, seconds=stage.seconds + seconds))
    await asyncio.sleep(stage.seconds / 2)
    await asyncio.to_thread(harm)
    await asyncio.sleep(seconds)
    await asyncio.to_thread(mend)
    await loading
    for address in channels:
        await stage.publisher.publish(address)


async def _broken_and_started(stage: Stage, harm: Callable[[], None], mend: Callable[[], None]) -> int:
    """The same for each way in which Redis may come back; how many epochs the first room had, for the first client."""
    rooms = stage.rooms(4)
    clients = [stage.client(*rooms) for _ in range(20)]
    await stage.online(*clients)
    for room in rooms:
        await stage.publisher.publish(room, 3)
    first = clients[0].view(rooms[0].channel)
    await stage.settle()
    epochs = {first.position and first.position.epoch}
    await _while_loaded(stage, harm, 0.5, mend)
    await stage.settle()
    epochs.add(first.position and first.position.epoch)
    return len(epochs)


def _shut_down(stage: Stage) -> None:
    stage.arena.redis.save()
    stage.arena.redis.kill()
