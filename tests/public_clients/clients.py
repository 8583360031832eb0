"""Each client as a context: it follows its task while the block lasts, and reports."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path

from aiohttp import web

from tests.public_clients import bare, library
from tests.public_clients.programs import HERE, chromium, node_script
from tests.public_clients.task import Report, Reports, Task

Following = Callable[[Task, Reports, Path], AbstractAsyncContextManager[None]]

# Nothing but the page: no profile of anybody, no updates, no UDP.
BROWSER_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--remote-debugging-port=0",
)


@asynccontextmanager
async def bare_socket(task: Task, reports: Reports, _folder: Path) -> AsyncIterator[None]:
    """Nothing but a socket."""
    loop, stopped = asyncio.get_running_loop(), threading.Event()

    def report(what: Report) -> None:
        with suppress(RuntimeError):  # the test is over
            loop.call_soon_threadsafe(reports.add, what)

    thread = threading.Thread(target=bare.follow, args=(task, report, stopped), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        await asyncio.to_thread(thread.join)


@asynccontextmanager
async def websockets_package(task: Task, reports: Reports, _folder: Path) -> AsyncIterator[None]:
    """PyPI's `websockets`."""
    following = asyncio.create_task(library.follow(task, reports.add))
    try:
        yield
    finally:
        following.cancel()
        await asyncio.wait([following])


@asynccontextmanager
async def ws_package(task: Task, reports: Reports, _folder: Path) -> AsyncIterator[None]:
    """npm's `ws`, under Node."""
    command = [*await asyncio.to_thread(node_script, "ws.mjs"), json.dumps(task.as_json())]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    reading = asyncio.create_task(_read(process, reports))
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        await reading


async def _read(process: asyncio.subprocess.Process, reports: Reports) -> None:
    assert process.stdout
    async for line in process.stdout:
        reports.add(json.loads(line))


@asynccontextmanager
async def browser(task: Task, reports: Reports, folder: Path) -> AsyncIterator[None]:
    """A browser's own WebSocket, on a page that is served to it."""
    program = await asyncio.to_thread(chromium)
    async with _served_page(task, reports) as page:
        command = [program, *BROWSER_OPTIONS, f"--user-data-dir={folder / 'profile'}", page]
        with (folder / "browser.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log)
        try:
            yield
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            await process.wait()


@asynccontextmanager
async def _served_page(task: Task, reports: Reports) -> AsyncIterator[str]:
    async def page(_request: web.Request) -> web.FileResponse:
        return web.FileResponse(HERE / "page.html")

    async def script(_request: web.Request) -> web.Response:
        return web.Response(text=(HERE / "node" / "follower.mjs").read_text(), content_type="text/javascript")

    async def assignment(_request: web.Request) -> web.Response:
        return web.json_response(task.as_json())

    async def take(request: web.Request) -> web.Response:
        reports.add(json.loads(await request.text()))
        return web.Response()

    app = web.Application()
    app.add_routes(
        [
            web.get("/", page),
            web.get("/follower.mjs", script),
            web.get("/task", assignment),
            web.post("/reports", take),
        ]
    )
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


FOLLOWING: dict[str, Following] = {
    "bare-socket": bare_socket,
    "websockets": websockets_package,
    "ws": ws_package,
    "browser": browser,
}
