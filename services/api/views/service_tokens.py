"""Tokens with which integrations speak to the API, for admins."""

from datetime import timedelta

from aiohttp import web

from services.api.answers import json_answer
from services.api.models.conversations import PageQuery
from services.api.models.service_tokens import ServiceTokenBody, ServiceTokenRotationBody
from services.api.parsing import parse_body, parse_query
from services.api.resources import CLAIMS, RESOURCES
from services.api.service_tokens import create_token, read_tokens, revoke_token, rotate_token


async def service_token_list(request: web.Request) -> web.Response:
    """The clinic's service tokens, without what they are."""
    query = parse_query(request, PageQuery)
    return json_answer(await read_tokens(request.app[RESOURCES].pool, request[CLAIMS], query))


async def service_token_creation(request: web.Request) -> web.Response:
    """Create a token for an integration. It is in this answer and in no other.

    What is done with it is done by a user of kind `service`, who is made with it and cannot sign in.
    """
    body = await parse_body(request, ServiceTokenBody)
    return json_answer(await create_token(request.app[RESOURCES].pool, request[CLAIMS], body), status=201)


async def service_token_rotation(request: web.Request) -> web.Response:
    """Replace a token. The new one is in this answer and in no other; the one before goes on for `overlap_seconds`."""
    body = await parse_body(request, ServiceTokenRotationBody)
    overlap, token = timedelta(seconds=body.overlap_seconds), request.match_info["token_id"]
    answer = await rotate_token(request.app[RESOURCES].pool, request[CLAIMS], token, overlap)
    return json_answer(answer, status=201)


async def service_token_revocation(request: web.Request) -> web.Response:
    """Revoke a token: the next request with it is refused, whichever process it asks."""
    await revoke_token(request.app[RESOURCES].pool, request[CLAIMS], request.match_info["token_id"])
    return web.Response(status=204)
