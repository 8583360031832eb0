"""Lets integrations in that bring a token of theirs, to the endpoints that its scopes open and to no others.

The database is asked at each request, and again in the transaction of what writes: a token that was revoked is over with the
next request, at every process. It stands inside the deadline, because the database may not answer.
"""

import asyncio
from collections.abc import Mapping

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from services.api.middlewares.authentication import BAD_CREDENTIALS
from services.api.middlewares.measurement import route_pattern
from services.api.problems import ProblemError, unauthorized, unavailable
from services.api.resources import CLAIMS, RESOURCES, SERVICE_TOKEN
from services.api.stores.service_tokens import find_token
from shared.auth.service_tokens import is_well_formed
from shared.auth.tokens import Claims, ServiceGrant
from shared.auth.webhook_tokens import token_hash
from shared.db.pool import Pool


def service_authentication(scopes: Mapping[tuple[str, str], str], seconds: float) -> Middleware:
    """A middleware that puts a service's claims on the request."""

    @web.middleware
    async def door(request: web.Request, handler: Handler) -> web.StreamResponse:
        if (token := request.get(SERVICE_TOKEN)) is not None:
            claims = await _claims(request.app[RESOURCES].pool, token, seconds)
            _require_scope(claims, scopes.get((request.method, route_pattern(request))))
            request[CLAIMS] = claims
        return await handler(request)

    return door


async def _claims(pool: Pool, token: str, seconds: float) -> Claims:
    try:
        async with asyncio.timeout(seconds):  # where an answer is streamed there is no other bound
            row = await find_token(pool, token_hash(token)) if is_well_formed(token) else None
    except TimeoutError:
        raise unavailable("The database does not answer now; try again.") from None
    if row is None:
        raise unauthorized("There is no such service token, or not any more.", challenge=BAD_CREDENTIALS)
    return Claims(
        user_id=row["user_id"],
        clinic_id=row["clinic_id"],
        role="service",
        name=row["name"],
        expires_at=0,
        service=ServiceGrant(row["token_id"], frozenset(row["scopes"])),
    )


def _require_scope(claims: Claims, scope: str | None) -> None:
    """Raises ProblemError (403) where none of the token's scopes opens the endpoint."""
    if scope is None:
        raise ProblemError(403, "This is for people; no service token opens it.", code="people_only")
    held = claims.service.scopes if claims.service else frozenset[str]()
    if scope != "any" and scope not in held:
        raise ProblemError(403, f"The token does not have the scope {scope}.", code="scope_missing", scope=scope)
