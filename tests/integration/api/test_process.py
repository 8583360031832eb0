import asyncio
import os
import signal
import sys

import aiohttp

from tests.ports import free_port

COMMAND = [sys.executable, "-m", "services.api"]


def unset(*names: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in names}


async def test_an_unusable_environment_ends_the_process_with_its_reason() -> None:
    """Whoever starts it reads which variable is missing, and no traceback."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND, env=unset("DATABASE_URL"), stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL
    )
    _, told = await process.communicate()
    assert process.returncode == 1
    assert b"database_url" in told
    assert b"Traceback" not in told


async def test_the_process_serves_and_ends_on_a_signal(database_url: str, redis_url: str) -> None:
    """`python -m services.api` listens on API_PORT, and SIGTERM ends it without an error."""
    port = free_port()
    environment = os.environ | {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "API_PORT": str(port)}
    process = await asyncio.create_subprocess_exec(*COMMAND, env=environment, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    while b"service_started" not in (line := await process.stdout.readline()):
        assert line, "the process ended before it served"
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/api/health") as answer:
        assert (await answer.json())["status"] == "ok"
    process.send_signal(signal.SIGTERM)
    await process.communicate()
    assert process.returncode == 0
