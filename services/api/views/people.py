"""The clinic's people."""

from aiohttp import web

from services.api.answers import json_answer
from services.api.models.people import user_entry
from services.api.resources import CLAIMS, RESOURCES
from services.api.sessions import session_transaction
from services.api.stores.people import list_users


async def users(request: web.Request) -> web.Response:
    """Everybody of the clinic, by name."""
    claims = request[CLAIMS]
    clinic_id = claims.clinic_id
    async with session_transaction(request.app[RESOURCES].pool, claims) as connection:
        rows = await list_users(connection, clinic_id)
    return json_answer({"users": [user_entry(row) for row in rows]})
