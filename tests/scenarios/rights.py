"""The API, as far as the gateway asks it: who may follow which conversation. It can be slow, and it can fail."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from shared.auth.tokens import DEVELOPMENT_SECRET, verify_token


class Rights:
    """Conversations by clinic."""

    def __init__(self) -> None:
        self.conversations: dict[int, set[str]] = {}
        self.delay_seconds = 0.0
        self.status = 200
        self.knows_sessions = True

    def grant(self, clinic_id: int, conversation: str) -> None:
        """Let a clinic have a conversation."""
        self.conversations.setdefault(clinic_id, set()).add(conversation)

    async def answer(self, request: web.Request) -> web.Response:
        """GET /api/conversations-simple/{id}/access."""
        asked, token = request.match_info["id"], request.headers["Authorization"].removeprefix("Bearer ")
        if self.delay_seconds:
            await asyncio.sleep(self.delay_seconds)
        known = self.conversations.get(verify_token(DEVELOPMENT_SECRET, token).clinic_id, set())
        if self.status != 200 or asked not in known:
            return web.json_response({}, status=self.status if self.status != 200 else 404)
        return web.json_response({"conversation_id": asked})

    async def session(self, request: web.Request) -> web.Response:
        """GET /api/auth/me: every session goes on, as far as it knows."""
        claims = verify_token(DEVELOPMENT_SECRET, request.headers["Authorization"].removeprefix("Bearer "))
        known = {"user": {"id": str(claims.user_id)}}
        return web.json_response(known if self.knows_sessions else {}, status=200 if self.knows_sessions else 503)


@asynccontextmanager
async def serve_rights(port: int) -> AsyncIterator[Rights]:
    """The API's stand-in, on this port."""
    rights = Rights()
    app = web.Application()
    app.router.add_get("/api/auth/me", rights.session)
    app.router.add_get("/api/conversations-simple/{id}/access", rights.answer)
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield rights
    finally:
        await runner.cleanup()
