"""A release without an interruption: old and new processes side by side, on the new schema, under load."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import psycopg
import pytest
from psycopg.rows import DictRow, dict_row
from redis.asyncio import Redis

from shared.db.migrate import migrate
from shared.pubsub.channels import position_key
from tests.databases import new_database
from tests.e2e.ledger import assert_balanced, backlog
from tests.e2e.test_tenancy import ask, token_of
from tests.integration.queue_worker.evolution_stand_in import EvolutionStandIn, evolution_stand_in
from tests.product import Product, running_product
from tests.upgrade.crowd import Answers, Crowd, Follower, Front
from tests.upgrade.release import THIS, Release, release_before
from tests.waiting import until

Database = psycopg.Connection[DictRow]

SERVICES = ("webhook_receiver", "queue_worker", "realtime_gateway", "api")
PATIENTS = 20
PHASE_WEBHOOKS = int(os.environ.get("PROSA_UPGRADE_WEBHOOKS", "400"))
SETTLES_WITHIN_SECONDS = 120.0


@pytest.fixture
def before(tmp_path: Path) -> Release:
    return release_before(tmp_path / "before")


@pytest.fixture
def empty_database(postgres_url: str) -> Iterator[str]:
    with new_database(postgres_url) as url:
        yield url


@pytest.mark.timeout(900)
async def test_an_upgrade_under_load_loses_nothing_and_doubles_nothing(
    before: Release, environment: dict[str, str], empty_database: str, redis: Redis, tmp_path: Path
) -> None:
    """Whatever was accepted before, while and after, by old code or new, is stored once, each reply is sent once, and whoever
    follows a conversation misses no event of it on the way from an old gateway to a new one.
    """
    async with evolution_stand_in() as evolution:
        told = environment | {
            "DATABASE_URL": empty_database,
            "EVOLUTION_API_URL": evolution.url,
            "EVOLUTION_API_KEY": evolution.key,
            "EVOLUTION_COMPARISON_INTERVAL": "0",
            "GATEWAY_DRAIN_TIME": "1000",
        }
        for module in ("shared.db.migrate", "shared.broker.declare", "deploy.demo.seed"):
            await before.run(module, told)
        with psycopg.connect(empty_database, autocommit=True, row_factory=dict_row) as database:
            async with _product(tmp_path / "old", told, before) as old:
                crowd, follower = await _upgraded(old, told, database, tmp_path)
            await _assert_whole(crowd, follower, evolution, database, redis)


@asynccontextmanager
async def _product(folder: Path, told: dict[str, str], release: Release) -> AsyncIterator[Product]:
    own = told | {"WEBHOOK_SPOOL_DIR": str(folder / "spool")}
    async with running_product(_made(folder), own, *SERVICES, root=release.root, python=release.python) as product:
        yield product


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


async def _upgraded(old: Product, told: dict[str, str], database: Database, folder: Path) -> tuple[Crowd, Follower]:
    """Phase by phase, under load from the first to the last."""
    front = Front([old])
    crowd = Crowd(front, PATIENTS)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(crowd.send_webhooks(connections=4))
        await _phase("old code, old schema", crowd, database)
        token, conversation = await _signed_in(old)
        follower = Follower(front, token, conversation)
        following = asyncio.create_task(follower.run())
        await until(lambda: follower.since, what="somebody who follows a conversation")
        tasks.create_task(crowd.reply(token, conversation))

        await asyncio.to_thread(migrate, told["DATABASE_URL"])
        await _phase("old code, new schema", crowd, database)

        async with _product(folder / "new", told, THIS) as new:
            front.products.append(new)
            await _phase("old and new side by side", crowd, database)

            async with asyncio.TaskGroup() as ends:
                front.products.remove(old)
                stopped = ends.create_task(old.stop())
                await _phase("the old ones end", crowd, database)
            assert stopped.result() == dict.fromkeys(SERVICES, 0)
            await _phase("new code alone", crowd, database)

            crowd.ending.set()
            await until(
                lambda: backlog(database) == 0 and _stored(database) >= len(crowd.ledger.accepted),
                within=SETTLES_WITHIN_SECONDS,
                what="everything stored and sent",
            )
            last = await _last_seq(told, conversation)
            await until(lambda: last in follower.seen, what="the last event followed")
            following.cancel()
            await asyncio.wait({following})
    return crowd, follower


async def _signed_in(product: Product) -> tuple[str, str]:
    async with aiohttp.ClientSession() as http:
        token = await token_of(http, product, "ana@demo.test")
        _, listed = await ask(http, product, token, "/api/conversations-simple")
    return token, listed["conversations"][0]["id"]


async def _phase(name: str, crowd: Crowd, database: Database) -> None:
    """Return once as many as make a phase were accepted in it, and stored."""
    crowd.answers = Answers()
    accepted = len(crowd.ledger.accepted)
    await until(
        lambda: _stored(database) >= accepted + PHASE_WEBHOOKS,
        within=SETTLES_WITHIN_SECONDS,
        what=f"webhooks accepted and stored with {name}",
    )
    print(f"{name}: {crowd.answers}")


def _stored(database: Database) -> int:
    [row] = database.execute("SELECT count(*) AS stored FROM messages WHERE sender_type = 'patient'").fetchall()
    return int(row["stored"])


async def _last_seq(told: dict[str, str], conversation: str) -> int:
    async with Redis.from_url(told["REDIS_URL"], decode_responses=True) as redis:
        return int(str(await redis.hget(position_key(1, f"conversa:{conversation}"), "seq")))


async def _assert_whole(
    crowd: Crowd, follower: Follower, evolution: EvolutionStandIn, database: Database, redis: Redis
) -> None:
    assert sorted(evolution.texts) == sorted(crowd.replies)
    states = database.execute("SELECT content, delivery_status AS is FROM messages WHERE sender_type <> 'patient'")
    assert sorted((row["content"], row["is"]) for row in states) == sorted((text, "sent") for text in crowd.replies)
    assert follower.faults == []
    assert follower.seen == list(range(follower.seen[0], follower.seen[-1] + 1))
    assert len(set(follower.gateways)) > 1
    database.execute("DELETE FROM messages WHERE sender_type <> 'patient'")
    database.execute(
        "UPDATE conversations c SET last_message_at ="
        ' (SELECT max("timestamp") FROM messages m WHERE m.conversation_id = c.id)'
    )
    assert_balanced(database, crowd.ledger)
