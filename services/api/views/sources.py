"""Sources: Evolution instances and integrations."""

from datetime import timedelta

from aiohttp import web

from services.api.administering import change_source, create_source, read_activity, read_source, read_sources
from services.api.answers import json_answer
from services.api.instances import ask_connection, ask_qr_code, set_webhook
from services.api.models.conversations import PageQuery
from services.api.models.sources import RotateBody, SourceBody, SourceChangeBody
from services.api.parsing import parse_body, parse_query
from services.api.resources import CLAIMS, RESOURCES
from services.api.source_tokens import rotate_token
from services.api.versions import etag, stated_version
from shared.http.evolution_webhook import webhook_url


async def source_list(request: web.Request) -> web.Response:
    """The clinic's instances and integrations, in the order they were made."""
    query = parse_query(request, PageQuery)
    return json_answer(await read_sources(request.app[RESOURCES].pool, request[CLAIMS], query))


async def source_detail(request: web.Request) -> web.Response:
    """A source and what is decided about it, without anything secret. Its version is the `ETag`."""
    found = await read_source(request.app[RESOURCES].pool, request[CLAIMS], request.match_info["source_id"])
    return json_answer(found, headers=etag(found["source"]))


async def source_activity(request: web.Request) -> web.Response:
    """When each kind of event of a source last happened: what is missing tells what its sender does not post."""
    source = request.match_info["source_id"]
    return json_answer(await read_activity(request.app[RESOURCES].pool, request[CLAIMS], source))


async def source_creation(request: web.Request) -> web.Response:
    """Create a source. Its token is shown this once; only what it hashes to is stored.

    One of kind evolution is spoken to with a key of its own, never with the installation's.
    """
    body = await parse_body(request, SourceBody)
    resources = request.app[RESOURCES]
    source, token = await create_source(resources.pool, request[CLAIMS], body, resources.settings.secrets_keys)
    url = webhook_url(resources.settings.prosa_receiver_url, body.kind, token)
    return json_answer({"source": source, "token": token, "webhook_url": url}, status=201, headers=etag(source))


async def source_change(request: web.Request) -> web.Response:
    """Change a source; one that is not active takes no webhooks and sends nothing.

    `If-Match` may name the version that was looked at, in quotes. What is so already changes nothing. Another name or
    server takes the key anew, and ends the use of the installation's.
    """
    body = await parse_body(request, SourceChangeBody)
    resources, source = request.app[RESOURCES], request.match_info["source_id"]
    keys = resources.settings.secrets_keys
    changed = await change_source(resources.pool, request[CLAIMS], source, body, stated_version(request), keys)
    return json_answer(changed, headers=etag(changed["source"]))


async def token_rotation(request: web.Request) -> web.Response:
    """Replace a source's webhook token. It is shown this once; the one before goes on for `overlap_seconds`."""
    body = await parse_body(request, RotateBody)
    resources, source = request.app[RESOURCES], request.match_info["source_id"]
    overlap = timedelta(seconds=body.overlap_seconds)
    changed, token = await rotate_token(resources.pool, request[CLAIMS], source, overlap, stated_version(request))
    url = webhook_url(resources.settings.prosa_receiver_url, changed["kind"], token)
    return json_answer({"source": changed, "token": token, "webhook_url": url}, headers=etag(changed))


async def source_webhook(request: web.Request) -> web.Response:
    """Have Evolution post an instance's events here, under a new token that nobody is shown.

    The token before goes on for an hour. Where Evolution refuses (502), it stays the source's; where it did not answer in
    time (504), both are taken for a week: ask again.
    """
    resources, source = request.app[RESOURCES], request.match_info["source_id"]
    settings = resources.settings
    keys, receiver = settings.secrets_keys, settings.prosa_receiver_url
    answer = await set_webhook(resources.pool, request[CLAIMS], source, resources.evolution, keys, receiver)
    return json_answer(answer, headers=etag(answer["source"]))


async def source_connection(request: web.Request) -> web.Response:
    """The state of an instance's line to WhatsApp, asked of Evolution now."""
    resources, source = request.app[RESOURCES], request.match_info["source_id"]
    keys = resources.settings.secrets_keys
    return json_answer(await ask_connection(resources.pool, request[CLAIMS], source, resources.evolution, keys))


async def source_qr(request: web.Request) -> web.Response:
    """The QR code that connects a phone to an instance, asked of Evolution now; it is good for less than a minute."""
    resources, source = request.app[RESOURCES], request.match_info["source_id"]
    keys = resources.settings.secrets_keys
    return json_answer(await ask_qr_code(resources.pool, request[CLAIMS], source, resources.evolution, keys))
