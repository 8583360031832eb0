"""Sources: Evolution instances and integrations."""

from aiohttp import web

from services.api.administering import change_source, create_source, read_source, read_sources
from services.api.answers import json_answer
from services.api.models.conversations import PageQuery
from services.api.models.sources import SourceBody, SourceChangeBody
from services.api.parsing import parse_body, parse_query
from services.api.resources import CLAIMS, RESOURCES
from services.api.versions import stated_version
from shared.http.evolution_webhook import webhook_url


async def source_list(request: web.Request) -> web.Response:
    """The clinic's instances and integrations, in the order they were made."""
    query = parse_query(request, PageQuery)
    return json_answer(await read_sources(request.app[RESOURCES].pool, request[CLAIMS], query))


async def source_detail(request: web.Request) -> web.Response:
    """A source and what is decided about it, without anything secret. Its version is the `ETag`."""
    found = await read_source(request.app[RESOURCES].pool, request[CLAIMS], request.match_info["source_id"])
    return json_answer(found, headers=etag(found["source"]))


async def source_creation(request: web.Request) -> web.Response:
    """Create a source. Its token is shown this once; only what it hashes to is stored.

    One of kind evolution is spoken to with a key of its own, never with the installation's.
    """
    body = await parse_body(request, SourceBody)
    resources = request.app[RESOURCES]
    source, token = await create_source(resources.pool, request[CLAIMS], body)
    url = webhook_url(resources.settings.prosa_receiver_url, body.kind, token)
    return json_answer({"source": source, "token": token, "webhook_url": url}, status=201, headers=etag(source))


async def source_change(request: web.Request) -> web.Response:
    """Change a source; one that is not active takes no webhooks and sends nothing.

    `If-Match` may name the version that was looked at, in quotes. What is so already changes nothing. Another name or
    server ends the use of the installation's key for it.
    """
    body = await parse_body(request, SourceChangeBody)
    pool, source = request.app[RESOURCES].pool, request.match_info["source_id"]
    changed = await change_source(pool, request[CLAIMS], source, body, stated_version(request))
    return json_answer(changed, headers=etag(changed["source"]))


def etag(source: dict[str, object]) -> dict[str, str]:
    """The version as a header."""
    return {"ETag": f'"{source["version"]}"'}
