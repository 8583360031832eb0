"""Gives every request an id that its answer, its log lines and its queued work carry."""

from uuid import UUID

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from services.api.resources import CORRELATION_ID
from shared.events.ids import time_ordered_uuid

HEADER = "X-Request-Id"


@web.middleware
async def correlation(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Take the client's X-Request-Id where it is a UUID, else make one; bind it to the request and its log lines."""
    request[CORRELATION_ID] = _stated(request.headers.get(HEADER, "")) or time_ordered_uuid()
    # A connection's requests share one task and so one context: the binding must end with the request.
    with structlog.contextvars.bound_contextvars(correlation_id=str(request[CORRELATION_ID])):
        return await handler(request)


def _stated(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
