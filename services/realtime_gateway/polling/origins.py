"""Which pages may use the fallback: those that may open a socket."""

from collections.abc import Collection

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from shared.http.cross_origin import CrossOrigin
from shared.observability.problem import problem

PAGES = CrossOrigin(methods="GET, POST", headers="Authorization, Content-Type", exposed="Retry-After")


def allowed_origins(origins: Collection[str]) -> Middleware:
    """A middleware that refuses other pages; no origins means any. What sends no origin is no page of another site."""

    @web.middleware
    async def check_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        if origin is None:
            return await handler(request)
        if origins and origin not in origins:
            return problem(403, "This page's origin may not use the gateway (PROSA_ALLOWED_ORIGINS).")
        return await PAGES.answer(request, handler, origin)

    return check_origin
