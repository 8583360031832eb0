"""Turns whatever is raised into a problem+json answer. The one place that decides what a failure looks like outside."""

import psycopg
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from psycopg_pool import PoolTimeout, TooManyRequests

from services.api.problems import ProblemError, unavailable
from services.api.resources import CORRELATION_ID
from shared.observability.problem import problem

REDIRECTS_END = 400
DETAILS = {
    404: "There is nothing at this address; see /api/openapi.json.",
    405: "This address does not take that method.",
    413: "The body is larger than 1 MiB.",
}

log = structlog.get_logger(__name__)


@web.middleware
async def failures(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer failures; what nobody foresaw is logged whole and told as nothing but a 500 with its correlation id."""
    try:
        return await handler(request)
    except ProblemError as error:
        return error.answer()
    except web.HTTPException as error:
        return error if error.status < REDIRECTS_END else _http_problem(error)
    except (psycopg.OperationalError, PoolTimeout, TooManyRequests) as error:
        log.warning("postgres_unavailable", error=type(error).__name__)
        return unavailable("The database does not answer now; try again.").answer()
    except Exception:
        log.exception("request_failed")
        correlation_id = str(request[CORRELATION_ID])
        return problem(500, "Something went wrong here; the correlation id finds it.", correlation_id=correlation_id)


def _http_problem(error: web.HTTPException) -> web.Response:
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None
    return problem(error.status, DETAILS.get(error.status, error.reason), headers=headers)
