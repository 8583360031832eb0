"""The dashboard's files, and what its page is told."""

from aiohttp import web

from services.api.answers import json_answer
from services.api.dashboard.build import INDEX, File
from services.api.dashboard.coding import best_coding
from services.api.dashboard.missing import not_built
from services.api.dashboard.policy import Gateway, content_security_policy, gateway_of
from services.api.problems import ProblemError
from services.api.ranges import names_etag
from services.api.resources import RESOURCES, SHELF

# What is not the page: an unknown address under one of these stays unknown.
PAGE_PATTERN = r"/{page:(?!(?:api|metrics|healthz|readyz)(?:/|$)).*}"
# Vite writes what a file holds into the names of these, so that they never change.
FOREVER = "assets/"
IMMUTABLE = "public, max-age=31536000, immutable"
ASK_EACH_TIME = "no-cache"


async def page(request: web.Request) -> web.StreamResponse:
    """A file of the build, or else the page itself, whose own routes know the address."""
    shelf = request.app[SHELF]
    name = request.match_info.get("page", "")
    file = await shelf.file(name) if name else None
    if file is not None and name != INDEX:
        return _answer(request, file, IMMUTABLE if name.startswith(FOREVER) else ASK_EACH_TIME)
    if name.startswith(FOREVER) or "." in name.rpartition("/")[2].removesuffix(INDEX):
        raise ProblemError(404, "There is no such file.")
    index = await shelf.file(INDEX)
    if index is None:
        return not_built(request)
    response = _answer(request, index, ASK_EACH_TIME)
    response.headers["Content-Security-Policy"] = content_security_policy(_gateway(request))
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(self)"
    return response


async def configuration(request: web.Request) -> web.Response:
    """Where the page finds the realtime gateway, and how it comes back to it."""
    gateway = _gateway(request)
    if gateway is None:
        raise ProblemError(400, "The Host header is no host's name.")
    settings = request.app[RESOURCES].settings
    realtime = {
        "socket_url": f"{gateway.sockets}/ws",
        "poll_url": f"{gateway.requests}/realtime/poll",
        "command_url": f"{gateway.requests}/realtime/command",
        "reconnect_max_attempts": settings.reconnect_max_attempts,
    }
    return json_answer({"realtime": realtime})


def dashboard_routes() -> list[web.RouteDef]:
    """The routes; the page's takes what no other one does, so they come last."""
    return [web.get("/config.json", configuration), web.get("/", page), web.get(PAGE_PATTERN, page)]


def _answer(request: web.Request, file: File, cache_control: str) -> web.Response:
    coding = best_coding(request.headers.get("Accept-Encoding", ""), file.encoded)
    etag = f'"{file.etag}-{coding}"' if coding else f'"{file.etag}"'
    headers = {"Cache-Control": cache_control, "ETag": etag, "Vary": "Accept-Encoding"}
    if names_etag(request.headers.get("If-None-Match"), etag):
        return web.Response(status=304, headers=headers)
    if coding:
        headers["Content-Encoding"] = coding
    charset = "utf-8" if file.media_type.startswith("text/") else None
    body = file.encoded[coding] if coding else file.content
    return web.Response(body=body, headers=headers, content_type=file.media_type, charset=charset)


def _gateway(request: web.Request) -> Gateway | None:
    settings = request.app[RESOURCES].settings
    return gateway_of(settings.prosa_realtime_url, request.host, settings.gateway_ws_port, settings.gateway_port)
