"""Lets whoever wrote see what they wrote, whichever process they ask next."""

from aiohttp import web
from aiohttp.typedefs import Handler

from services.api.resources import RESOURCES
from services.api.telling import noting_stale


@web.middleware
async def freshness(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Invalidate what the request made stale before it is answered, also where it failed: it may have been committed."""
    with noting_stale() as stale:
        try:
            return await handler(request)
        finally:
            if stale:
                await request.app[RESOURCES].cache.drop(stale)
