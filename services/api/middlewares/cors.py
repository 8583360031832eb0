"""Lets pages of allowed origins call the API, and nobody else's."""

from collections.abc import Collection

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

PREFLIGHT_HEADERS = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": (
        "Authorization, Content-Type, If-Match, If-None-Match, If-Range, Range, X-File-Name, X-Request-Id"
    ),
    "Access-Control-Max-Age": "600",
}
EXPOSED_HEADERS = (
    "X-Request-Id, Idempotent-Replayed, Retry-After, Accept-Ranges, Content-Disposition, Content-Range, ETag"
)


def cross_origin(origins: Collection[str]) -> Middleware:
    """A middleware for these origins. Tokens travel in a header, never in cookies, so credentials are not allowed."""

    @web.middleware
    async def cors(request: web.Request, handler: Handler) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        if origin is None or origin not in origins:
            return await handler(request)
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            return _allowed(web.Response(status=204, headers=PREFLIGHT_HEADERS), origin)
        return _allowed(await handler(request), origin)

    return cors


def _allowed(response: web.StreamResponse, origin: str) -> web.StreamResponse:
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
    response.headers["Vary"] = "Origin"
    return response
