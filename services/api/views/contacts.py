"""Contacts."""

import orjson
from aiohttp import web

from services.api.answers import json_answer, json_body
from services.api.contacts import change_contact, read_contacts, read_conversations
from services.api.merging import merge_by_hand
from services.api.models.contacts import ContactBody, ContactQuery, MergeBody
from services.api.models.conversations import PageQuery
from services.api.parsing import parse_body, parse_query
from services.api.resources import CLAIMS, RESOURCES
from services.api.versions import etag, stated_version


async def contact_list(request: web.Request) -> web.Response:
    """Contacts, those met last first, found by name or phone."""
    query = parse_query(request, ContactQuery)
    resources = request.app[RESOURCES]
    reader = resources.reader if query.q is None else resources.search_reader
    return json_answer(await read_contacts(reader, request[CLAIMS], query))


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


async def contact_merge(request: web.Request) -> web.Response:
    """Say that another contact is the same person: addresses, conversation, notes, labels and actions become this one's.

    It cannot be undone. `If-Match` may name the version that was looked at, in quotes. Whoever writes from the other's
    address is this one from then on; a hold on either stays. Asked again it changes nothing; where the contact of the path
    went into another meanwhile, it is a 409 with the code `merged`, which says into which.
    """
    body = await parse_body(request, MergeBody)
    resources, contact = request.app[RESOURCES], request.match_info["contact_id"]
    merged = await merge_by_hand(resources.pool, request[CLAIMS], contact, body.contact_id, stated_version(request))
    if merged["merged"]:
        resources.waker.wake()
    return json_answer(merged, headers=etag(merged["contact"]))


async def contact_conversations(request: web.Request) -> web.Response:
    """The conversations with a contact, those active last first."""
    query = parse_query(request, PageQuery)
    contact = request.match_info["contact_id"]
    return json_answer(await read_conversations(request.app[RESOURCES].reader, request[CLAIMS], contact, query))
