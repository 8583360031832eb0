"""What pages of another origin are answered, once it is decided that they may call."""

from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler

_PREFLIGHT_SECONDS = "600"


@dataclass(frozen=True, slots=True)
class CrossOrigin:
    """What such pages may send and read, as the headers name it.

    Tokens travel in a header, never in cookies, so credentials are not allowed for.
    """

    methods: str
    headers: str
    exposed: str

    async def answer(self, request: web.Request, handler: Handler, origin: str) -> web.StreamResponse:
        """Answer a page of this origin: its preflight, or the request itself."""
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            return self._allowed(self._preflight(), origin)
        return self._allowed(await handler(request), origin)

    def _preflight(self) -> web.Response:
        return web.Response(
            status=204,
            headers={
                "Access-Control-Allow-Methods": self.methods,
                "Access-Control-Allow-Headers": self.headers,
                "Access-Control-Max-Age": _PREFLIGHT_SECONDS,
            },
        )

    def _allowed(self, response: web.StreamResponse, origin: str) -> web.StreamResponse:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = self.exposed
        response.headers["Vary"] = "Origin"
        return response
