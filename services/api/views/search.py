"""Search."""

from aiohttp import web

from services.api.answers import json_answer
from services.api.models.search import SearchQuery
from services.api.parsing import parse_query
from services.api.resources import CLAIMS, RESOURCES
from services.api.searching import read_search


async def search(request: web.Request) -> web.Response:
    """Messages by their words, accents or not, newest first. What was deleted is not found."""
    query = parse_query(request, SearchQuery)
    return json_answer(await read_search(request.app[RESOURCES].search_pool, request[CLAIMS], query))
