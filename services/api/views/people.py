"""The clinic's people."""

from aiohttp import web

from services.api.answers import json_answer
from services.api.models.people import user_entry
from services.api.resources import CLAIMS, RESOURCES
from services.api.stores.people import list_users
from shared.db.tenant import tenant_transaction


async def users(request: web.Request) -> web.Response:
    """Everybody of the clinic, by name."""
    clinic_id = request[CLAIMS].clinic_id
    async with tenant_transaction(request.app[RESOURCES].pool, clinic_id) as connection:
        rows = await list_users(connection, clinic_id)
    return json_answer({"users": [user_entry(row) for row in rows]})
