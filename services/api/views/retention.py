"""What the clinic deletes by itself."""

from aiohttp import web

from services.api.answers import json_answer
from services.api.models.retention import RetentionBody
from services.api.parsing import parse_body
from services.api.resources import CLAIMS, RESOURCES
from services.api.retention import change_retention, read_retention


async def retention(request: web.Request) -> web.Response:
    """After how many days the clinic deletes what, and who said so; without a rule everything of a class is kept."""
    return json_answer(await read_retention(request.app[RESOURCES].pool, request[CLAIMS]))


async def retention_change(request: web.Request) -> web.Response:
    """Say after how many days the clinic deletes what; null keeps it.

    Workers delete what is older within about ten minutes, and nobody can bring it back: ask first with `dry_run` how much
    that is. Nothing goes of a person who is held.
    """
    body = await parse_body(request, RetentionBody)
    return json_answer(await change_retention(request.app[RESOURCES].pool, request[CLAIMS], body))
