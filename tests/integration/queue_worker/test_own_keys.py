"""With which key an instance is spoken to."""

import aiohttp
import psycopg
import pytest
from psycopg.rows import DictRow

from services.queue_worker.sending.evolution_client import EvolutionClient
from services.queue_worker.sending.way_out import find_way
from shared.db.pool import Pool
from shared.db.tenant import tenant_transaction


@pytest.mark.parametrize(("own_key_only", "key"), [(False, "the-installations"), (True, "")])
async def test_the_installations_key_is_not_for_what_an_admin_chose(
    worker_pool: Pool, owner: psycopg.Connection[DictRow], own_key_only: bool, key: str
) -> None:
    """It opens every clinic's instances: without a key of its own such a line rests, and nothing leaves through it."""
    owner.execute("UPDATE sources SET own_key_only = %s WHERE name = 'demo-wa'", [own_key_only])
    async with aiohttp.ClientSession() as session, tenant_transaction(worker_pool, 1) as connection:
        evolution = EvolutionClient(session, "http://127.0.0.1:1", "the-installations", 1.0)
        way = await find_way(connection, 1, 1, evolution, ["a key"])
    assert way is not None
    assert way.door.api_key == key
