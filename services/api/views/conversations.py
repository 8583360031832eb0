"""Conversations."""

from aiohttp import web

from services.api.answers import json_answer
from services.api.models.conversations import ConversationQuery
from services.api.parsing import parse_query
from services.api.reading import read_access, read_detail, read_list
from services.api.resources import CLAIMS, RESOURCES


async def conversation_list(request: web.Request) -> web.Response:
    """Conversations, those active last first."""
    query = parse_query(request, ConversationQuery)
    return json_answer(await read_list(request.app[RESOURCES].pool, request[CLAIMS], query))


async def conversation_detail(request: web.Request) -> web.Response:
    """A conversation with its latest messages and actions.

    Found by its own id, else by its external id.
    """
    reference = request.match_info["conversation_id"]
    return json_answer(await read_detail(request.app[RESOURCES].pool, request[CLAIMS], reference))


async def conversation_access(request: web.Request) -> web.Response:
    """Whether the token's user may see a conversation, and its own id.

    The realtime gateway asks it before it lets a client listen.
    """
    reference = request.match_info["conversation_id"]
    return json_answer(await read_access(request.app[RESOURCES].pool, request[CLAIMS], reference))
