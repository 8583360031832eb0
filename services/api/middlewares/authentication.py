"""Asks for a token. Every route under /api/ needs one unless the route table calls it public: forgetting is safe."""

from collections.abc import Collection

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from services.api.middlewares.measurement import route_pattern
from services.api.problems import unauthorized
from services.api.resources import CLAIMS, SERVICE_TOKEN
from shared.auth.service_tokens import is_service_token
from shared.auth.tokens import Claims, InvalidTokenError, verify_token

BAD_CREDENTIALS = 'Bearer realm="prosa", error="invalid_token"'


def bearer_authentication(secret: str, public_routes: Collection[str]) -> Middleware:
    """A middleware that puts a person's claims on the request, or the token of a service that is to be looked for."""

    @web.middleware
    async def authentication(request: web.Request, handler: Handler) -> web.StreamResponse:
        route = route_pattern(request)
        if route.startswith("/api/") and route not in public_routes:
            token = _bearer(request.headers.get("Authorization", ""))
            if is_service_token(token):
                request[SERVICE_TOKEN] = token
            else:
                request[CLAIMS] = _claims(secret, token)
        return await handler(request)

    return authentication


def _bearer(header: str) -> str:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise unauthorized("Send a token as `Authorization: Bearer …`; POST /api/auth/login gives one.")
    return token.strip()


def _claims(secret: str, token: str) -> Claims:
    try:
        return verify_token(secret, token)
    except InvalidTokenError as error:
        raise unauthorized("The token is not valid or has expired.", challenge=BAD_CREDENTIALS) from error
