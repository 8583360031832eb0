"""Stands in for the API: every session goes on, and whoever asks may join what they ask for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web


@asynccontextmanager
async def access_api() -> AsyncIterator[str]:
    """The address of an API that grants everything."""

    async def grant(request: web.Request) -> web.Response:
        return web.json_response({"conversation_id": request.match_info["id"]})

    async def know(_request: web.Request) -> web.Response:
        return web.json_response({"user": {"id": "1"}})

    app = web.Application()
    app.router.add_get("/api/auth/me", know)
    app.router.add_get("/api/conversations-simple/{id}/access", grant)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
