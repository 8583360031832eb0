"""The three endpoints every process has: alive, ready, measured."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import REGISTRY
from prometheus_client.aiohttp import make_aiohttp_handler
from prometheus_client.registry import Collector

Check = Callable[[], Awaitable[object]]

CHECK_TIMEOUT_SECONDS = 2.0


def observability_routes(
    checks: Mapping[str, Check],
    *,
    optional: Mapping[str, Check] | None = None,
    registry: Collector = REGISTRY,
) -> list[web.RouteDef]:
    """`/healthz`: the loop turns. `/readyz`: each named dependency answers, else 503. `/metrics`: Prometheus.

    A dependency in `optional` is one the service works without: away, it shows as degraded and the answer stays 200.
    """
    spare = optional or {}

    async def healthz(_request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def readyz(_request: web.Request) -> web.Response:
        needed, spared = await asyncio.gather(_answers(checks), _answers(spare))
        failed = any(answer != "ok" for answer in needed.values())
        degraded = {name: answer if answer == "ok" else f"degraded: {answer}" for name, answer in spared.items()}
        body = {"status": "unavailable" if failed else "ready", "checks": needed | degraded}
        return web.json_response(body, status=503 if failed else 200)

    return [
        web.get("/healthz", healthz),
        web.get("/readyz", readyz),
        web.get("/metrics", make_aiohttp_handler(registry)),
    ]


async def _answers(checks: Mapping[str, Check]) -> dict[str, str]:
    answers = await asyncio.gather(*(answer_of(check) for check in checks.values()))
    return dict(zip(checks, answers, strict=True))


async def answer_of(check: Check) -> str:
    """`ok`, or what keeps the dependency from answering, within CHECK_TIMEOUT_SECONDS.

    A check that is late is cancelled but not awaited: psycopg takes seconds to give up a server that is frozen.
    """
    work = asyncio.ensure_future(check())
    try:
        await asyncio.wait({work}, timeout=CHECK_TIMEOUT_SECONDS)
    finally:
        work.cancel()
    if not work.done():
        work.add_done_callback(_retrieve)
        return "no answer in time"
    error = work.exception()
    return "ok" if error is None else f"{type(error).__name__}: {error}"


def _retrieve(work: asyncio.Future[object]) -> None:
    # An exception that nobody looks at would be logged as a programming error when the task is collected.
    if not work.cancelled():
        work.exception()


@asynccontextmanager
async def serve_http(app: web.Application, host: str, port: int, *, reuse_port: bool = False) -> AsyncIterator[None]:
    """Serve an application until the block ends, then give open requests a moment to finish."""
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=5.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, reuse_address=True, reuse_port=reuse_port or None, backlog=1024).start()
        yield
    finally:
        await runner.cleanup()
