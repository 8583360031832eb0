"""Who is online: one change for each that there is, whatever happens to tabs, gateways and Redis."""

import asyncio

from tests.scenarios.client import Client, Person
from tests.scenarios.gateway_process import MODULE, GatewayProcess
from tests.scenarios.stage import Stage, reached

BRIEF = "tests.scenarios.brief_gateway"
# A connection that nobody refreshes lives 2.4 times as long as the interval.
ENVIRONMENT = {"PING_INTERVAL": "500", "PRESENCE_CLEANUP_INTERVAL": "250"}
LIFE_SECONDS = 1.2


async def brief_gateways(stage: Stage) -> list[GatewayProcess]:
    """Two gateways where what takes a minute takes seconds."""
    module = BRIEF if stage.arena.module == MODULE else stage.arena.module
    gateways = [stage.arena.gateway(f"brief-{n}", module, ENVIRONMENT) for n in (1, 2)]
    await asyncio.to_thread(stage.arena.heal)
    return gateways


def changes(watcher: Client, person: Person) -> list[str]:
    """What a client was told of a user, in order."""
    told = [word["data"] for word in watcher.heard if word["type"] == "user:status"]
    return [data["status"] for data in told if data["user_id"] == str(person.user_id)]


async def told(stage: Stage, watcher: Client, person: Person, *statuses: str) -> None:
    """Check that this, and nothing else, was told of a user."""
    await reached(lambda: len(changes(watcher, person)) >= len(statuses), stage.patience)
    seen = changes(watcher, person)
    stage.check("each change is told once, and only changes are", seen == list(statuses), f"{seen}, not {statuses}")


async def present(watcher: Client) -> set[str]:
    """Who is present, asked for."""
    reply = await watcher.command("presence:list")
    assert reply["ok"], reply
    return {user["user_id"] for user in reply["data"]["users"]}


async def until_grace_ended(stage: Stage, watcher: Client, at: GatewayProcess) -> None:
    """Somebody else loses their only tab now; whoever lost theirs before has no grace left when that is told."""
    marker = stage.client(at=[at], returns=False)
    await stage.online(marker)
    marker.drop()
    await told(stage, watcher, marker.person, "online", "offline")


async def tabs(stage: Stage) -> None:
    """Two tabs, one killed: still online. Both gone: offline once, after the grace. A reload: no word of it at all."""
    here, there = await brief_gateways(stage)
    watcher, far_watcher = stage.client(at=[here]), stage.client(at=[there])
    await stage.online(watcher, far_watcher)
    person, reloading = stage.person(), stage.person()
    one, other = (stage.client(person=person, at=[at], returns=False) for at in (here, there))
    page = stage.client(person=reloading, at=[here])
    await stage.online(one, other, page)
    for client in (watcher, far_watcher):
        await told(stage, client, person, "online")
        await told(stage, client, reloading, "online")

    one.drop()
    page.drop()
    await page.until(lambda: page.connects == 2, "the page has loaded again")
    await until_grace_ended(stage, watcher, here)
    await until_grace_ended(stage, far_watcher, there)
    for client in (watcher, far_watcher):
        await told(stage, client, person, "online")
        await told(stage, client, reloading, "online")
    stage.check("with one tab left they are listed", str(person.user_id) in await present(far_watcher))

    other.drop()
    stage.check("within the grace they are listed", str(person.user_id) in await present(far_watcher))
    for client in (watcher, far_watcher):
        await told(stage, client, person, "online", "offline")
        stage.check("offline they are not listed", str(person.user_id) not in await present(client))
        await told(stage, client, reloading, "online")


async def presence_churn(stage: Stage) -> None:
    """Users whose tabs come and go by chance on two gateways: in the end everybody's list is who is there."""
    gateways = await brief_gateways(stage)
    watchers = [stage.client(at=[gateway]) for gateway in gateways]
    await stage.online(*watchers)
    people = [stage.person() for _ in range(15)]
    open_tabs = [stage.client(person=person, at=gateways, returns=False) for person in people for _ in range(3)]
    await stage.online(*open_tabs)
    for tab in stage.random.sample(open_tabs, 30):
        tab.drop()
        await asyncio.sleep(0.01)
    staying = {str(tab.person.user_id) for tab in open_tabs if tab.online}
    staying |= {str(watcher.person.user_id) for watcher in watchers}
    for watcher in watchers:
        seen = await _settled_list(watcher, staying, stage.patience)
        stage.check("each list is who is there", seen == staying, f"{sorted(seen ^ staying)} differ")
        for person in people:
            told_of = changes(watcher, person)
            expected = ["online"] if str(person.user_id) in staying else ["online", "offline"]
            stage.check("each change is told once, and only changes are", told_of == expected, told_of)


async def _settled_list(watcher: Client, expected: set[str], patience: float) -> set[str]:
    deadline = asyncio.get_running_loop().time() + patience
    seen = await present(watcher)
    while seen != expected and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(0.5)  # a list may be asked for so often only
        seen = await present(watcher)
    return seen


async def killed_gateway(stage: Stage) -> None:
    """kill -9 of a gateway: its users who come back elsewhere never left, the others leave in time."""
    here, there = await brief_gateways(stage)
    watcher = stage.client(at=[here])
    await stage.online(watcher)
    lost = [stage.client(at=[there], returns=False) for _ in range(5)]
    moving = [stage.client(at=[there, here]) for _ in range(5)]
    await stage.online(*lost, *moving)
    for client in (*lost, *moving):
        await told(stage, watcher, client.person, "online")
    there.kill()
    for client in lost:
        await told(stage, watcher, client.person, "online", "offline")
    for client in moving:
        await client.until(lambda client=client: client.joined and client.port == here.port, "moved")  # type: ignore[misc]
        await told(stage, watcher, client.person, "online")


async def drained_gateway(stage: Stage) -> None:
    """SIGTERM of a gateway: its users move to the other, and nobody hears of it."""
    here, there = await brief_gateways(stage)
    watcher = stage.client(at=[here])
    await stage.online(watcher)
    moving = [stage.client(at=[there, here]) for _ in range(10)]
    await stage.online(*moving)
    for client in moving:
        await told(stage, watcher, client.person, "online")
    there.terminate()
    for client in moving:
        await client.until(lambda client=client: client.joined and client.port == here.port, "moved")  # type: ignore[misc]
    await until_grace_ended(stage, watcher, here)
    for client in moving:
        await told(stage, watcher, client.person, "online")


async def frozen_redis(stage: Stage) -> None:
    """Redis says nothing for longer than a connection's entry lives: nobody is taken for gone, and nobody hears of it."""
    here, there = await brief_gateways(stage)
    watcher = stage.client(at=[here])
    await stage.online(watcher)
    others = [stage.client(at=[stage.random.choice((here, there))]) for _ in range(10)]
    await stage.online(*others)
    for client in others:
        await told(stage, watcher, client.person, "online")
    stage.arena.redis.freeze()
    await asyncio.sleep(2 * LIFE_SECONDS)
    stage.arena.redis.thaw()
    await until_grace_ended(stage, watcher, here)
    for client in others:
        await told(stage, watcher, client.person, "online")
    everybody = {str(client.person.user_id) for client in (watcher, *others)}
    seen = await present(watcher)
    stage.check("all who are there are listed", everybody <= seen, everybody - seen)


async def flushed_redis(stage: Stage) -> None:
    """FLUSHALL: who is there is there again, without a word that they had gone."""
    here, there = await brief_gateways(stage)
    watcher = stage.client(at=[here])
    await stage.online(watcher)
    others = [stage.client(at=[stage.random.choice((here, there))]) for _ in range(10)]
    await stage.online(*others)
    for client in others:
        await told(stage, watcher, client.person, "online")
    await stage.redis.flushall()
    await asyncio.sleep(2 * LIFE_SECONDS)
    for client in others:
        await told(stage, watcher, client.person, "online")
    everybody = {str(client.person.user_id) for client in (watcher, *others)}
    seen = await present(watcher)
    stage.check("all who are there are listed", everybody <= seen, everybody - seen)
