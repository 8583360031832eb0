"""Gives every request an id that its answer, its log lines and its queued work carry."""

from uuid import UUID

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from services.api.resources import CORRELATION_ID
from shared.events.ids import time_ordered_uuid
from shared.tracing.context import accepted
from shared.tracing.current import following

HEADER = "X-Request-Id"


@web.middleware
async def correlation(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Take the client's X-Request-Id where it is a UUID, else make one; bind it and the trace to the request's log lines."""
    correlation_id = _stated(request.headers.get(HEADER, "")) or time_ordered_uuid()
    request[CORRELATION_ID] = correlation_id
    # A connection's requests share one task and so one context: the binding must end with the request.
    if trace := accepted(request.headers):
        with following(correlation_id, trace):
            return await handler(request)
    # Without a trace of its own nothing is carried: whoever works what it queues finds the same one by the correlation id.
    with structlog.contextvars.bound_contextvars(correlation_id=str(correlation_id), trace_id=correlation_id.hex):
        return await handler(request)


def _stated(text: str) -> UUID | None:
    """None also for the id of all zeros, which names nothing."""
    try:
        stated = UUID(text)
    except ValueError:
        return None
    return stated if stated.int else None
