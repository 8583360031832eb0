"""A bulk replay outlives the processes that work it."""

import asyncio
import os
import random
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from shared.auth.tokens import DEVELOPMENT_SECRET
from tests.dead_letters import add_dead_letters
from tests.integration.queue_worker.queue_rows import Owner, queued
from tests.product import Product, running_product
from tests.waiting import until

ROOT = Path(__file__).parents[3]
ENTRIES = 240


async def start_worker(database_url: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.integration.queue_worker.replaying_worker",
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database_url},
        stderr=asyncio.subprocess.DEVNULL,
    )


async def ask(product: Product, token: str, method: str, path: str, **body: Any) -> Any:
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as http:
        async with http.request(method, f"{product.api}/api/dlq{path}", json=body or None) as response:
            assert response.status < 300, await response.text()
            return await response.json()


async def sign_in(product: Product) -> str:
    async with aiohttp.ClientSession() as http:
        credentials = {"email": "oper@demo.test", "password": "prosa-demo"}
        async with http.post(f"{product.api}/api/auth/login", json=credentials) as response:
            return str((await response.json())["token"])


def effects(owner: Owner) -> Counter[str]:
    rows = owner.execute(
        "SELECT subject_id FROM audit_log WHERE action = 'effect' AND subject_id IN"
        " (SELECT original_message_id::text FROM failed_messages)"
    )
    return Counter(row["subject_id"] for row in rows.fetchall())


@pytest.mark.timeout(120)
async def test_each_is_replayed_once_whoever_is_killed(
    owner: Owner, database_url: str, redis_url: str, tmp_path: Path
) -> None:
    """Made by filter at a rate; API and worker are killed, it is paused, they are killed again, and it is resumed."""
    add_dead_letters(owner, ENTRIES)
    environment = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "PROSA_JWT_SECRET": DEVELOPMENT_SECRET}
    chance = random.Random(7)
    async with running_product(tmp_path, environment, "api") as product:
        token = await sign_in(product)
        asked = {"filter": {"source": "evolution"}, "rate": 40}
        plan = await ask(product, token, "POST", "/replays", dry_run=True, **asked)
        made = await ask(product, token, "POST", "/replays", plan_token=plan["plan_token"], **asked)
        path = f"/replays/{made['replay']['id']}"

        async def kill_both_after(share: float) -> None:
            worker = await start_worker(database_url)
            await until(lambda: len(effects(owner)) >= ENTRIES * share, within=30, what=f"{share:.0%} replayed")
            for _ in range(chance.randrange(5)):  # so that the kill falls on any line
                effects(owner)
            worker.kill()
            await worker.wait()
            await product.kill("api")
            await product.start("api")

        await kill_both_after(0.1)
        await kill_both_after(0.3)
        await ask(product, token, "POST", f"{path}/pause")
        released = (await ask(product, token, "GET", path))["replay"]["released"]
        assert released < ENTRIES
        await kill_both_after(0.3)
        assert (await ask(product, token, "GET", path))["replay"]["released"] == released
        await ask(product, token, "POST", f"{path}/resume")
        await kill_both_after(0.7)
        worker = await start_worker(database_url)

        async def is_done() -> bool:
            return bool((await ask(product, token, "GET", path))["replay"]["state"] == "done")

        await until(is_done, within=40, what="the end of the replay")
        worker.kill()
        await worker.wait()
        replay = (await ask(product, token, "GET", path))["replay"]

    assert (replay["succeeded"], replay["failed"], replay["skipped"]) == (ENTRIES, 0, 0)
    assert set(effects(owner).values()) == {1}
    assert len(effects(owner)) == ENTRIES
    assert queued(owner) == []
    states = owner.execute("SELECT DISTINCT state FROM failed_messages").fetchall()
    assert states == [{"state": "replayed"}]
