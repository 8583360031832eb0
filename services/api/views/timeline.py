"""What happened around a conversation."""

from aiohttp import web

from services.api.answers import json_answer
from services.api.models.actions import ActionBody
from services.api.models.conversations import PageQuery
from services.api.parsing import parse_body, parse_query
from services.api.reading import conversation_reference
from services.api.resources import CLAIMS, RESOURCES
from services.api.timeline import add_to_timeline, read_actions
from services.api.views.messages import REPLAYED


async def action_page(request: web.Request) -> web.Response:
    """What happened around a conversation, newest first: appointments, calls, labels, what people decided."""
    query = parse_query(request, PageQuery)
    reference = conversation_reference(request.match_info["conversation_id"])
    return json_answer(await read_actions(request.app[RESOURCES].reader, request[CLAIMS], reference, query))


async def action_add(request: web.Request) -> web.Response:
    """Add something that happened around a conversation, for instance an appointment that was made by phone.

    The same client_action_id gives the same action once, with the header `Idempotent-Replayed: true`. What is written
    where it is decided (a transfer, a priority) cannot be added by hand.
    """
    resources = request.app[RESOURCES]
    reference = conversation_reference(request.match_info["conversation_id"])
    added = await add_to_timeline(resources.pool, request[CLAIMS], reference, await parse_body(request, ActionBody))
    if not added.replayed:
        resources.waker.wake()
    return json_answer({"action": added.action}, status=201, headers=REPLAYED if added.replayed else None)
