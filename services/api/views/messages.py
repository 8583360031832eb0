"""Messages of a conversation."""

from aiohttp import web

from services.api.answers import json_answer
from services.api.metrics import MESSAGES_SENT
from services.api.models.messages import MessageQuery, SendMessageBody
from services.api.parsing import parse_body, parse_query
from services.api.reading import conversation_reference, read_messages
from services.api.resources import CLAIMS, CORRELATION_ID, RESOURCES
from services.api.sending import send_message

REPLAYED = {"Idempotent-Replayed": "true"}


async def message_page(request: web.Request) -> web.Response:
    """Messages of a conversation, page by page into the past.

    Ordered by time and id; a page is oldest first.
    """
    query = parse_query(request, MessageQuery)
    reference = request.match_info["conversation_id"]
    return json_answer(await read_messages(request.app[RESOURCES].pool, request[CLAIMS], reference, query))


async def send(request: web.Request) -> web.Response:
    """Send a message to the conversation's contact.

    The answer comes when the message is stored and queued; its status then changes with events. The same
    client_message_id gives the same message once, with the header `Idempotent-Replayed: true`.
    """
    resources = request.app[RESOURCES]
    reference = conversation_reference(request.match_info["conversation_id"])
    body = await parse_body(request, SendMessageBody)
    sent = await send_message(resources.pool, request[CLAIMS], reference, body, request[CORRELATION_ID])
    if not sent.replayed:
        MESSAGES_SENT.inc()
        resources.waker.wake()
    return json_answer({"message": sent.message}, status=201, headers=REPLAYED if sent.replayed else None)
