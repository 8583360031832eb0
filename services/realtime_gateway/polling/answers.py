"""The form of the fallback's HTTP answers, and one line of log for each. The query, the token and ids are in none."""

import time

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from services.realtime_gateway import metrics
from services.realtime_gateway.protocol.refusal import Refusal
from shared.observability.problem import problem

log = structlog.get_logger(__name__)

_STATUS = {
    "bad_frame": 400,
    "bad_request": 400,
    "too_many_channels": 400,
    "unauthorized": 401,
    "rate_limited": 429,
    "unavailable": 503,
}
SAFETY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Server": "prosa",
}


def problem_of(refusal: Refusal) -> web.Response:
    """A refusal of the whole request."""
    headers = {}
    more = {"code": refusal.code}
    if refusal.retry_ms is not None:
        headers["Retry-After"] = str(-(-refusal.retry_ms // 1000))
    status = _STATUS[refusal.code]
    if status == web.HTTPUnauthorized.status_code:
        headers["WWW-Authenticate"] = "Bearer"
    return problem(status, refusal.message, headers=headers, **more)


@web.middleware
async def refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer what is refused as a problem."""
    try:
        return await handler(request)
    except Refusal as refusal:
        return problem_of(refusal)


@web.middleware
async def answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Log what was answered, under the route's pattern."""
    started = time.perf_counter()
    response = await handler(request)
    resource = request.match_info.route.resource
    if response.status >= web.HTTPBadRequest.status_code:
        metrics.HTTP_REFUSED.labels(str(response.status)).inc()
    log.info(
        "request_answered",
        route=resource.canonical if resource else "unmatched",
        method=request.method if request.method in {"GET", "POST", "OPTIONS"} else "OTHER",
        status=response.status,
        duration_ms=round((time.perf_counter() - started) * 1000, 2),
    )
    return response


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Keep answers out of caches, frames and guesses about their type."""
    response.headers.update(SAFETY_HEADERS)
