"""Many agents at once: a thousand that come back together, and some that stop reading."""

import asyncio
import random
from datetime import UTC, datetime, timedelta

import psycopg

from shared.auth.tokens import DEVELOPMENT_SECRET, issue_token
from tests.chaos.clinics import CLINICS, Clinic
from tests.chaos.journal import Journal
from tests.chaos.listeners import Listener
from tests.chaos.site import Site
from tests.waiting import until

CROWD = 1000
ARRIVE_AT_ONCE = 100
TABS = 10  # of each user
BACK_WITHIN_SECONDS = 120.0
SMALL_BUFFER = 4096
LIFE = timedelta(hours=1)


async def reconnect_storm(site: Site, seconds: float) -> None:
    """All lose their connection at once; they are back, and know what they missed, before they lose it again."""
    crowd = [tab for clinic in CLINICS for tab in await _tabs(site, clinic, CROWD // len(CLINICS))]
    site.listeners.extend(crowd)
    for begin in range(0, CROWD, ARRIVE_AT_ONCE):
        arriving = crowd[begin : begin + ARRIVE_AT_ONCE]
        for tab in arriving:
            tab.start()
        await _all_settled(arriving)
    await _storm(crowd)
    deadline = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < deadline:
        await _storm(crowd)


async def _storm(crowd: list[Listener]) -> None:
    before = {tab: tab.connects for tab in crowd}
    for tab in crowd:
        tab.drop()

    def back() -> bool:
        return all(tab.connects > connects for tab, connects in before.items())

    await until(back, within=BACK_WITHIN_SECONDS, what="a thousand back")
    await _all_settled(crowd)


async def _all_settled(crowd: list[Listener]) -> None:
    await until(lambda: all(tab.settled for tab in crowd), within=BACK_WITHIN_SECONDS, what="a thousand settled")


async def some_stop_reading(site: Site, seconds: float) -> None:
    """Two of each clinic read nothing any more; those beside them get everything meanwhile, and stay connected."""
    stuck = [tab for clinic in CLINICS for tab in await _tabs(site, clinic, 2, receive_buffer=SMALL_BUFFER, lists=True)]
    healthy = {listener: listener.connects for listener in site.listeners}
    site.listeners.extend(stuck)
    for tab in stuck:
        tab.start()
    await _all_settled(stuck)
    for tab in stuck:
        if tab.wire:
            tab.wire.stop_reading()
    await asyncio.sleep(seconds)
    for tab in stuck:
        if tab.wire and not tab.wire.transport.is_closing():
            tab.wire.go_on_reading()
    if any(listener.connects != connects for listener, connects in healthy.items()):
        site.remarks.append("an agent who reads lost the connection")


async def _tabs(
    site: Site, clinic: Clinic, many: int, *, receive_buffer: int | None = None, lists: bool = False
) -> list[Listener]:
    users, conversations = await asyncio.to_thread(_people, site.database_url, clinic, -(-many // TABS))
    now = datetime.now(UTC)
    tokens = [
        issue_token(
            DEVELOPMENT_SECRET, user_id=user, clinic_id=clinic.id, role="agent", name="Multidão", now=now, life=LIFE
        )
        for user in users
    ]
    folder = site.ledger.path.parent / "crowd"
    folder.mkdir(exist_ok=True)
    return [
        Listener(
            site.product.socket,
            site.product.api,
            tokens[number // TABS],
            [conversations[number % len(conversations)]],
            Journal(folder / f"{clinic.name}-{number}", clinic, f"crowd {clinic.name} {number}", site.agreed),
            random.Random(site.chance.random()),
            lists=lists,
            receive_buffer=receive_buffer,
        )
        for number in range(many)
    ]


def _people(url: str, clinic: Clinic, many: int) -> tuple[list[int], list[str]]:
    """New users of a clinic, and its conversations."""
    with psycopg.connect(url) as connection:
        users = connection.execute(
            "INSERT INTO users (clinic_id, email, name, role, password_hash)"
            " SELECT %s, 'crowd' || n || %s, 'Multidão', 'agent', 'none' FROM generate_series(1, %s) n RETURNING id",
            [clinic.id, f"@{clinic.name}.test", many],
        ).fetchall()
        found = connection.execute("SELECT id::text FROM conversations WHERE clinic_id = %s", [clinic.id]).fetchall()
    return [user for (user,) in users], [conversation for (conversation,) in found]
