"""Errors over HTTP as `application/problem+json` (RFC 9457)."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from aiohttp import web

log = structlog.get_logger(__name__)


def problem(status: int, detail: str, *, headers: dict[str, str] | None = None, **extra: Any) -> web.Response:
    """An error answer: the status' own title, a sentence that says what to do, and what else a client may use."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **extra}
    return web.Response(
        status=status, body=orjson.dumps(body), content_type="application/problem+json", headers=headers
    )


@web.middleware
async def problem_middleware(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Give the framework's own errors, and the unexpected, the same form; the latter say nothing of the inside."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < HTTPStatus.BAD_REQUEST:
            raise
        kept = {name: error.headers[name] for name in ("Allow", "Retry-After") if name in error.headers}
        return problem(error.status, error.reason, headers=kept)
    except Exception:
        log.exception("request_failed", method=request.method, route=str(request.match_info.route.resource))
        return problem(500, "Something went wrong on our side; it was logged.")
