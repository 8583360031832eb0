"""Lets pages of allowed origins call the API, and nobody else's."""

from collections.abc import Collection

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from shared.http.cross_origin import CrossOrigin

PAGES = CrossOrigin(
    methods="GET, HEAD, POST, PUT, PATCH, DELETE",
    headers="Authorization, Content-Type, If-Match, If-None-Match, If-Range, Range, Traceparent, Tracestate, X-File-Name, "
    "X-Request-Id",
    exposed="X-Request-Id, Idempotent-Replayed, Retry-After, Accept-Ranges, Content-Disposition, Content-Range, ETag",
)


def cross_origin(origins: Collection[str]) -> Middleware:
    """A middleware for these origins."""

    @web.middleware
    async def cors(request: web.Request, handler: Handler) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        if origin is None or origin not in origins:
            return await handler(request)
        return await PAGES.answer(request, handler, origin)

    return cors
