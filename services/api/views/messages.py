"""Messages of a conversation."""

from typing import Any

from aiohttp import web

from services.api import changing
from services.api.answers import json_answer
from services.api.attending import mark_read, show_typing
from services.api.metrics import MESSAGES_SENT
from services.api.models.messages import (
    EditMessageBody,
    MessageQuery,
    NoteBody,
    ReactionBody,
    ReadBody,
    SendMessageBody,
    TypingBody,
)
from services.api.noting import write_note
from services.api.parsing import parse_body, parse_query
from services.api.reading import conversation_reference, read_messages
from services.api.references import ConversationReference
from services.api.resources import CLAIMS, CORRELATION_ID, RESOURCES
from services.api.sending import send_message

REPLAYED = {"Idempotent-Replayed": "true"}


async def message_page(request: web.Request) -> web.Response:
    """Messages of a conversation, page by page into the past.

    Ordered by time and id; a page is oldest first.
    """
    query = parse_query(request, MessageQuery)
    reference = request.match_info["conversation_id"]
    return json_answer(await read_messages(request.app[RESOURCES].reader, request[CLAIMS], reference, query))


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


async def note(request: web.Request) -> web.Response:
    """Write a note for colleagues: it stands among the messages and never leaves the house.

    Unlike a message it changes neither what the list shows as the last one nor its order nor what is unread. The same
    client_message_id gives the same note once, with the header `Idempotent-Replayed: true`.
    """
    resources = request.app[RESOURCES]
    reference = conversation_reference(request.match_info["conversation_id"])
    written = await write_note(resources.pool, request[CLAIMS], reference, await parse_body(request, NoteBody))
    if not written.replayed:
        resources.waker.wake()
    return json_answer({"message": written.message}, status=201, headers=REPLAYED if written.replayed else None)


async def reaction(request: web.Request) -> web.Response:
    """React to a message with an emoji; an empty one takes the reaction back.

    The answer is the message as it is now; the reaction is shown, by an event too, once WhatsApp has it.
    """
    body = await parse_body(request, ReactionBody)
    where = _place(request)
    changed = await changing.react(
        request.app[RESOURCES].pool, request[CLAIMS], *where, body.emoji, request[CORRELATION_ID]
    )
    return _queued(request, changed)


async def edit(request: web.Request) -> web.Response:
    """Put other words in the place of one of the clinic's texts, within 15 minutes.

    The answer is the message as it is now; the new text is shown, by an event too, once WhatsApp has it.
    """
    body = await parse_body(request, EditMessageBody)
    where = _place(request)
    changed = await changing.edit(
        request.app[RESOURCES].pool, request[CLAIMS], *where, body.content, request[CORRELATION_ID]
    )
    return _queued(request, changed)


async def delete(request: web.Request) -> web.Response:
    """Delete one of the clinic's messages for everybody.

    The answer is the message as it is now; it is shown as deleted, by an event too, once WhatsApp did it.
    """
    changed = await changing.delete(
        request.app[RESOURCES].pool, request[CLAIMS], *_place(request), request[CORRELATION_ID]
    )
    return _queued(request, changed)


async def retry(request: web.Request) -> web.Response:
    """Send a message that failed again.

    Asked twice, it is sent once; the second answer has the header `Idempotent-Replayed: true`.
    """
    sent = await changing.retry(request.app[RESOURCES].pool, request[CLAIMS], *_place(request), request[CORRELATION_ID])
    return _queued(request, sent.message, replayed=sent.replayed)


async def read(request: web.Request) -> web.Response:
    """Mark the patient's messages as read, up to one or all of them.

    Agents are told, and the patient's phone shows it. Marking again changes nothing.
    """
    body = await parse_body(request, ReadBody)
    resources = request.app[RESOURCES]
    reference = conversation_reference(request.match_info["conversation_id"])
    mark = await mark_read(resources.pool, request[CLAIMS], reference, body.message_id, request[CORRELATION_ID])
    resources.waker.wake()
    return json_answer(mark)


async def typing(request: web.Request) -> web.Response:
    """Have the patient see that somebody types, for three seconds or until it is taken back.

    It is worth nothing a few seconds later, so nothing is promised.
    """
    body = await parse_body(request, TypingBody)
    resources = request.app[RESOURCES]
    reference = conversation_reference(request.match_info["conversation_id"])
    await show_typing(resources.pool, request[CLAIMS], reference, request[CORRELATION_ID], typing=body.typing)
    resources.waker.wake()
    return web.Response(status=204)


def _place(request: web.Request) -> tuple[ConversationReference, str]:
    return conversation_reference(request.match_info["conversation_id"]), request.match_info["message_id"]


def _queued(request: web.Request, message: dict[str, Any], *, replayed: bool = False) -> web.Response:
    request.app[RESOURCES].waker.wake()
    return json_answer({"message": message}, status=202, headers=REPLAYED if replayed else None)
