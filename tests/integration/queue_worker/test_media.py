"""Files that messages describe are fetched beside the queue, stored once, and nothing waits for them."""

import base64
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from shared.db.pool import Pool
from shared.media.keys import media_key
from tests.integration.queue_worker.fetching import (
    PNG,
    attachment,
    fetcher,
    files_in,
    media_jobs,
    picture,
)
from tests.integration.queue_worker.queue_rows import Owner
from tests.integration.queue_worker.working import message, outbox, process

SHA256 = hashlib.sha256(PNG).digest()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def inline(data: bytes = PNG) -> dict[str, str]:
    return {"base64": base64.b64encode(data).decode()}


async def test_a_file_that_came_inside_its_event_is_stored_by_its_content(
    worker_pool: Pool, owner: Owner, tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    """The attachment gets a path, its size, its hash and the type it really has; agents are told with a newer version."""
    await process(worker_pool, picture(beside=inline()))
    assert attachment(owner)["state"] == "pending"
    before = message(owner)["version"]

    assert await fetcher(worker_pool, tmp_path, http).fetch_next()

    stored = attachment(owner)
    assert (stored["state"], stored["file_type"], stored["file_size"]) == ("stored", "image/png", len(PNG))
    assert stored["file_path"] == f"/api/attachments/{stored['id']}"
    assert stored["sha256"] == SHA256
    assert files_in(tmp_path) == {media_key(1, SHA256): PNG}
    assert media_jobs(owner) == []
    told = [entry["event"] for entry in outbox(owner)][-1]
    assert told["type"] == "message:updated"
    assert told["data"]["version"] == message(owner)["version"] > before
    assert told["data"]["attachments"][0]["state"] == "stored"
