"""An API and a receiver that say what came to them, to stand behind a proxy."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass
class Upstream:
    """Answers everything with 200, and keeps what it was asked."""

    name: str
    port: int = 0
    asked: list[str] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        body_bytes = 0
        async for chunk in request.content.iter_any():
            body_bytes += len(chunk)
        self.asked.append(request.path)
        headers = {name.lower(): value for name, value in request.headers.items()}
        return web.json_response({"service": self.name, "path": request.path, "headers": headers, "bytes": body_bytes})


@asynccontextmanager
async def upstream(name: str) -> AsyncIterator[Upstream]:
    server = Upstream(name)
    app = web.Application(client_max_size=64 * 1024**2)
    app.router.add_route("*", "/{path:.*}", server.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.port = runner.addresses[0][1]
    yield server
    await runner.cleanup()
