"""Measures requests and says what was answered. Neither ids nor what people wrote is in the log: the route is."""

import time

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from services.api.metrics import REQUEST_DURATION, REQUESTS
from services.api.resources import RESOURCES

# A client can invent methods; the metric's labels must stay few.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

log = structlog.get_logger(__name__)


@web.middleware
async def measurement(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count and time the request under its route's pattern, and tell browsers' tools how long it took here."""
    started = time.perf_counter()
    response = await handler(request)
    seconds = time.perf_counter() - started
    if not response.prepared:
        response.headers["Server-Timing"] = f"app;dur={seconds * 1000:.2f}"
    _record(request, response.status, seconds)
    return response


def _record(request: web.Request, status: int, seconds: float) -> None:
    route = route_pattern(request)
    method = request.method if request.method in METHODS else "OTHER"
    REQUESTS.labels(route, method, str(status)).inc()
    REQUEST_DURATION.labels(route).observe(seconds)
    if route.startswith("/api/"):
        request.app[RESOURCES].performance.record(seconds, status)
        log.info("request_answered", route=route, method=method, status=status, duration_ms=round(seconds * 1000, 2))


def route_pattern(request: web.Request) -> str:
    """The pattern of the request's route, for instance `/api/conversations-simple/{conversation_id}`."""
    resource = request.match_info.route.resource
    return "unmatched" if resource is None else resource.canonical
