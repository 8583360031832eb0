"""Answers in time even where Postgres is frozen or cut off, and so never says that it is away."""

import asyncio
from collections.abc import Collection

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from services.api.metrics import DEADLINES
from services.api.middlewares.measurement import route_pattern
from services.api.problems import unavailable

log = structlog.get_logger(__name__)


def answer_deadline(seconds: float, streamed_routes: Collection[str]) -> Middleware:
    """A middleware that gives a 503 to requests that take longer, but on routes of streams, which bound their own waits.

    Their work is cancelled, but not waited for: psycopg takes up to 10 s to give up a server that does not confirm it.
    Whether a transaction was committed is unknown then; a client that repeats it is safe by its client_message_id.
    """
    late: set[asyncio.Future[web.StreamResponse]] = set()

    def finished(work: asyncio.Future[web.StreamResponse]) -> None:
        late.discard(work)
        if not work.cancelled() and (error := work.exception()) is not None:
            log.warning("late_request_failed", error=type(error).__name__)

    @web.middleware
    async def deadline(request: web.Request, handler: Handler) -> web.StreamResponse:
        if route_pattern(request) in streamed_routes:
            return await handler(request)
        work = asyncio.ensure_future(handler(request))
        try:
            await asyncio.wait({work}, timeout=seconds)
        finally:
            # Does nothing to what is done. The set keeps what is not from being collected half-way.
            work.cancel()
        if work.done():
            return work.result()
        DEADLINES.inc()
        late.add(work)
        work.add_done_callback(finished)
        raise unavailable("The answer takes too long; try again.")

    return deadline
