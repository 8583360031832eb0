"""Canned replies."""

from aiohttp import web

from services.api.answers import json_answer
from services.api.canned_replies import (
    add_canned_reply,
    change_canned_reply,
    forget_canned_reply,
    read_canned_replies,
    read_canned_reply,
    render_canned_reply,
)
from services.api.models.canned_replies import CannedReplyChange, CannedReplyQuery, NewCannedReply, RenderQuery
from services.api.parsing import parse_body, parse_query
from services.api.resources import CLAIMS, RESOURCES
from services.api.versions import etag, stated_version


async def canned_reply_list(request: web.Request) -> web.Response:
    """Canned replies by their shortcuts, all or those that begin with something."""
    query = parse_query(request, CannedReplyQuery)
    return json_answer(await read_canned_replies(request.app[RESOURCES].pool, request[CLAIMS], query))


async def canned_reply_add(request: web.Request) -> web.Response:
    """Add a canned reply. No other one of the clinic may have its shortcut, whatever its capitals and accents."""
    body = await parse_body(request, NewCannedReply)
    reply = await add_canned_reply(request.app[RESOURCES].pool, request[CLAIMS], body)
    request.app[RESOURCES].waker.wake()
    return json_answer({"canned_reply": reply}, status=201, headers=etag(reply))


async def canned_reply_detail(request: web.Request) -> web.Response:
    """A canned reply as it was written, with its variables. Its version is the `ETag`."""
    reply = await read_canned_reply(request.app[RESOURCES].pool, request[CLAIMS], request.match_info["reply_id"])
    return json_answer({"canned_reply": reply}, headers=etag(reply))


async def canned_reply_change(request: web.Request) -> web.Response:
    """Change a canned reply's shortcut or text.

    `If-Match` may name the version that was looked at, in quotes. What is so already changes nothing.
    """
    body = await parse_body(request, CannedReplyChange)
    resources, reply = request.app[RESOURCES], request.match_info["reply_id"]
    changed = await change_canned_reply(resources.pool, request[CLAIMS], reply, body, stated_version(request))
    if changed["changed"]:
        resources.waker.wake()
    return json_answer(changed, headers=etag(changed["canned_reply"]))


async def canned_reply_delete(request: web.Request) -> web.Response:
    """Delete a canned reply. `If-Match` may name the version that was looked at, in quotes."""
    resources, reply = request.app[RESOURCES], request.match_info["reply_id"]
    await forget_canned_reply(resources.pool, request[CLAIMS], reply, stated_version(request))
    resources.waker.wake()
    return web.Response(status=204)


async def canned_reply_rendered(request: web.Request) -> web.Response:
    """A canned reply as the caller would send it in a conversation: with values in the place of its variables."""
    query = parse_query(request, RenderQuery)
    resources, reply = request.app[RESOURCES], request.match_info["reply_id"]
    rendered = await render_canned_reply(resources.pool, request[CLAIMS], reply, query.conversation_id)
    return json_answer({"content": rendered.content, "missing": rendered.missing})
