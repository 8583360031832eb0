"""Which pages may use the fallback: those that may open a socket."""

from collections.abc import Collection

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from shared.observability.problem import problem

PREFLIGHT_HEADERS = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Max-Age": "600",
}


def allowed_origins(origins: Collection[str]) -> Middleware:
    """A middleware that refuses other pages; no origins means any. What sends no origin is no page of another site.

    Tokens travel in a header, never in cookies, so credentials are not allowed for.
    """

    @web.middleware
    async def check_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        if origin is None:
            return await handler(request)
        if origins and origin not in origins:
            return problem(403, "This page's origin may not use the gateway (PROSA_ALLOWED_ORIGINS).")
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            return _allowed(web.Response(status=204, headers=PREFLIGHT_HEADERS), origin)
        return _allowed(await handler(request), origin)

    return check_origin


def _allowed(response: web.StreamResponse, origin: str) -> web.StreamResponse:
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Expose-Headers"] = "Retry-After"
    response.headers["Vary"] = "Origin"
    return response
