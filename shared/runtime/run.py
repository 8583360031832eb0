"""Runs a service from start to signal."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any

import structlog
import uvloop

log = structlog.get_logger(__name__)

# By then whatever was to be finished is. What still runs has lost its cancellation (asyncio.wait_for of Python 3.11, which
# redis-py uses, can swallow one), and is cancelled once more.
INSIST_AFTER_SECONDS = 12.0


def run(service: Coroutine[Any, Any, None], *, farewell_seconds: float = 0.0) -> None:
    """Run a service until SIGTERM or SIGINT, then unwind its context managers. A crash ends the process non-zero.

    A service that takes so many seconds for its farewells is given them.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_until_signalled(service, INSIST_AFTER_SECONDS + farewell_seconds))


async def _until_signalled(service: Coroutine[Any, Any, None], insist_after_seconds: float) -> None:
    task = asyncio.create_task(service)
    loop = asyncio.get_running_loop()
    stopping = False

    def stop(name: str) -> None:
        nonlocal stopping
        stopping = True
        log.info("service_stopping", signal=name)
        task.cancel()
        loop.call_later(insist_after_seconds, _insist)

    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop, signum.name)
    try:
        await task
    except asyncio.CancelledError:
        if not stopping:
            raise


def _insist() -> None:
    for task in asyncio.all_tasks():
        log.warning("task_cancelled_again", task=task.get_name())
        task.cancel()
