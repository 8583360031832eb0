"""Several gateway processes on one host: one port, one event loop a core, and one that looks after them."""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import structlog
from prometheus_client.multiprocess import mark_process_dead

from services.realtime_gateway.backoff import pause

log = structlog.get_logger(__name__)

# Longer than the processes take to send their clients away; what is left then is killed.
FAREWELL_SECONDS = 5.0


async def supervise(count: int, drain_seconds: float) -> None:
    """Keep so many processes running until cancelled; they share the ports, and their metrics are told as one."""
    with tempfile.TemporaryDirectory(prefix="prosa-gateway-metrics-") as metrics:
        async with asyncio.TaskGroup() as tasks:
            for number in range(count):
                tasks.create_task(_keep_running(number, metrics, drain_seconds))


async def until_orphaned() -> None:
    """End this process as SIGTERM would once the one that looks after it is gone: its end of our input is closed."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()
    log.warning("supervisor_gone")
    os.kill(os.getpid(), signal.SIGTERM)


async def _keep_running(number: int, metrics: str, drain_seconds: float) -> None:
    attempt = 0
    while True:
        started = asyncio.get_running_loop().time()
        async with _running(metrics, drain_seconds) as process:
            log.info("gateway_process_started", number=number, pid=process.pid)
            status = await process.wait()
        log.error("gateway_process_ended", number=number, pid=process.pid, status=status)
        lived = asyncio.get_running_loop().time() - started
        attempt = 0 if lived > FAREWELL_SECONDS else attempt + 1
        await pause(attempt)


@asynccontextmanager
async def _running(metrics: str, drain_seconds: float) -> AsyncIterator[asyncio.subprocess.Process]:
    command = (sys.executable, "-m", __name__.rpartition(".")[0])
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        env=_environment(os.environ, metrics),
        # A signal for the whole group, as Ctrl-C sends it, is ours to pass on.
        start_new_session=True,
    )
    try:
        yield process
    finally:
        await _end(process, drain_seconds)
        mark_process_dead(process.pid, metrics)  # type: ignore[no-untyped-call]


def _environment(own: Mapping[str, str], metrics: str) -> dict[str, str]:
    return {
        **own,
        "GATEWAY_PROCESSES": "1",
        "GATEWAY_SUPERVISED": "true",
        "GATEWAY_REUSE_PORT": "true",
        "PROMETHEUS_MULTIPROC_DIR": metrics,
    }


async def _end(process: asyncio.subprocess.Process, drain_seconds: float) -> None:
    if process.returncode is None:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), drain_seconds + FAREWELL_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
