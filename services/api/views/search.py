"""Search."""

from aiohttp import web

from services.api.answers import json_answer
from services.api.models.search import SearchQuery
from services.api.parsing import parse_query
from services.api.reads import now
from services.api.resources import CLAIMS, RESOURCES
from services.api.searching import read_search


async def search(request: web.Request) -> web.Response:
    """Messages by their words, accents or not, newest first. What was deleted is not found.

    The audit log has it as a look at each conversation that a line is shown of.
    """
    query = parse_query(request, SearchQuery)
    resources, claims = request.app[RESOURCES], request[CLAIMS]
    found = await read_search(resources.search_reader, claims, query)
    for conversation_id in dict.fromkeys(line["conversation_id"] for line in found["results"]):
        resources.reads.note(claims, conversation_id, now())
    return json_answer(found)
