"""Contacts."""

import orjson
from aiohttp import web

from services.api.answers import json_answer, json_body
from services.api.contacts import change_contact, read_contacts, read_conversations
from services.api.models.contacts import ContactBody, ContactQuery
from services.api.models.conversations import PageQuery
from services.api.parsing import parse_body, parse_query
from services.api.resources import CLAIMS, RESOURCES
from services.api.versions import etag, stated_version


async def contact_list(request: web.Request) -> web.Response:
    """Contacts, those met last first, found by name or phone."""
    query = parse_query(request, ContactQuery)
    resources = request.app[RESOURCES]
    pool = resources.pool if query.q is None else resources.search_pool
    return json_answer(await read_contacts(pool, request[CLAIMS], query))


async def contact_detail(request: web.Request) -> web.Response:
    """A contact and the names under which it is known. Its version is the `ETag`."""
    body = await request.app[RESOURCES].reading.contact_detail(request[CLAIMS], request.match_info["contact_id"])
    return json_body(body, headers=etag(orjson.loads(body)["contact"]))


async def contact_change(request: web.Request) -> web.Response:
    """Correct a contact's name or e-mail address; WhatsApp's name no longer replaces one that people gave.

    `If-Match` may name the version that was looked at, in quotes. What is so already changes nothing.
    """
    body = await parse_body(request, ContactBody)
    resources = request.app[RESOURCES]
    contact = request.match_info["contact_id"]
    changed = await change_contact(resources.pool, request[CLAIMS], contact, body, stated_version(request))
    if changed["changed"]:
        resources.waker.wake()
    return json_answer(changed, headers=etag(changed["contact"]))


async def contact_conversations(request: web.Request) -> web.Response:
    """The conversations with a contact, those active last first."""
    query = parse_query(request, PageQuery)
    contact = request.match_info["contact_id"]
    return json_answer(await read_conversations(request.app[RESOURCES].pool, request[CLAIMS], contact, query))
