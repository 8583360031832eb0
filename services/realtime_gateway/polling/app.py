"""The fallback as an application of its own, under `/realtime`."""

from collections.abc import Collection

from aiohttp import web

from services.realtime_gateway.polling.answers import add_headers, answered, refusals
from services.realtime_gateway.polling.fallback import Fallback
from services.realtime_gateway.polling.origins import allowed_origins
from services.realtime_gateway.polling.query import LONGEST_URL
from shared.http.content_coding import AS_SENT
from shared.observability.problem import problem_middleware

PREFIX = "/realtime"
# For `handler_args` of the application that this one is part of. A client that goes away ends its poll: the channels
# would be held for nobody. The parser's own answer to a longer line is no problem+json, so ours comes first.
HANDLER_ARGS = {**AS_SENT, "handler_cancellation": True, "max_line_size": 2 * LONGEST_URL}


def fallback_app(fallback: Fallback, origins: Collection[str]) -> web.Application:
    """The routes, behind what judges and completes every request."""
    app = web.Application(middlewares=[answered, allowed_origins(origins), problem_middleware, refusals])
    app.on_response_prepare.append(add_headers)
    app.add_routes(
        [web.get("/poll", fallback.poll, allow_head=False), web.post("/command", fallback.command)],
    )
    return app
