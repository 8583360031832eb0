"""Headers that every answer has, whoever made it."""

from aiohttp import web

from services.api.middlewares.correlation import HEADER as REQUEST_ID_HEADER
from services.api.resources import CORRELATION_ID


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Keep answers out of caches, frames and guesses about their type, and name the request."""
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    response.headers.update(
        {
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "no-referrer",
            "Server": "prosa",
        }
    )
    if CORRELATION_ID in request:
        response.headers[REQUEST_ID_HEADER] = str(request[CORRELATION_ID])
