"""Conversations."""

from aiohttp import web

from services.api.answers import json_answer, json_body
from services.api.changing_many import change_many
from services.api.counting import read_counts
from services.api.deciding import decide
from services.api.models.conversations import ChangeBody, ConversationQuery, TransferBody
from services.api.models.desk import BulkBody
from services.api.parsing import parse_body, parse_query
from services.api.reading import conversation_reference, read_access, read_list
from services.api.resources import CLAIMS, RESOURCES
from services.api.transferring import hand_over
from services.api.versions import stated_version


async def conversation_list(request: web.Request) -> web.Response:
    """Conversations, those active last first."""
    query = parse_query(request, ConversationQuery)
    resources = request.app[RESOURCES]
    if query.q is not None:
        return json_answer(await read_list(resources.search_reader, request[CLAIMS], query))
    return json_body(await resources.reading.conversation_list(request[CLAIMS], query))


async def conversation_counts(request: web.Request) -> web.Response:
    """How many conversations are unread, nobody's or the caller's, of the active ones, and how many there are by status."""
    return json_answer(await read_counts(request.app[RESOURCES].pool, request[CLAIMS]))


async def change_bulk(request: web.Request) -> web.Response:
    """Change up to 100 conversations, each as a PATCH of it alone would.

    The answer says of each what became of it; one that is refused stops no other. The request can be repeated: what is
    so already changes nothing.
    """
    body = await parse_body(request, BulkBody)
    resources = request.app[RESOURCES]
    fates = await change_many(resources.pool, request[CLAIMS], body)
    if any(fate["changed"] for fate in fates):
        resources.waker.wake()
    return json_answer({"results": fates})


async def conversation_detail(request: web.Request) -> web.Response:
    """A conversation with its latest messages and actions.

    Found by its own id, else by its external id.
    """
    reference = request.match_info["conversation_id"]
    return json_body(await request.app[RESOURCES].reading.conversation_detail(request[CLAIMS], reference))


async def conversation_access(request: web.Request) -> web.Response:
    """Whether the token's user may see a conversation, and its own id.

    The realtime gateway asks it before it lets a client listen.
    """
    reference = request.match_info["conversation_id"]
    return json_answer(await read_access(request.app[RESOURCES].pool, request[CLAIMS], reference))


async def transfer(request: web.Request) -> web.Response:
    """Hand a conversation to another user of the clinic, who is notified.

    What is somebody else's only supervisors and admins hand over without naming whose it is. An archived conversation
    is opened again. Handing it to whom it belongs already changes nothing, so the request can be repeated.
    """
    body = await parse_body(request, TransferBody)
    resources = request.app[RESOURCES]
    reference = conversation_reference(request.match_info["conversation_id"])
    transferred = await hand_over(resources.pool, request[CLAIMS], reference, body)
    if transferred["transferred"]:
        resources.waker.wake()
    return json_answer(transferred)


async def change(request: web.Request) -> web.Response:
    """Assign a conversation, archive or reopen it, say how urgent it is; whom it is assigned to is notified.

    `If-Match` may name the version that was looked at, in quotes. What is so already changes nothing.
    """
    body = await parse_body(request, ChangeBody)
    resources = request.app[RESOURCES]
    reference = conversation_reference(request.match_info["conversation_id"])
    changed = await decide(resources.pool, request[CLAIMS], reference, body, stated_version(request))
    if changed["changed"]:
        resources.waker.wake()
    return json_answer(changed)
