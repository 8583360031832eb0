"""Notes who was shown a conversation, where the request is answered: also where the answer comes from a cache."""

from collections.abc import Collection

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from services.api.middlewares.measurement import route_pattern
from services.api.problems import unavailable
from services.api.reads import now
from services.api.resources import CLAIMS, RESOURCES

_SHOWN = frozenset((200, 206, 304))


def reads_noted(showing_routes: Collection[tuple[str, str]]) -> Middleware:
    """A middleware for routes that show a conversation. While a read could not be written down there is a 503."""

    @web.middleware
    async def noting(request: web.Request, handler: Handler) -> web.StreamResponse:
        if (request.method, route_pattern(request)) not in showing_routes:
            return await handler(request)
        reads = request.app[RESOURCES].reads
        if reads.full:
            raise unavailable("Who looks at conversations cannot be written down now; try again.")
        answer = await handler(request)
        # What names no conversation in its path notes itself which it shows.
        if answer.status in _SHOWN and (reference := request.match_info.get("conversation_id")) is not None:
            reads.note(request[CLAIMS], reference, now())
        return answer

    return noting
