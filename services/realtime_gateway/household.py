"""The tasks of a gateway: one that fails is heard of, and does not take a thousand sockets along."""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context
from itertools import count
from typing import Any, TypeVar

import structlog

from services.realtime_gateway import metrics
from services.realtime_gateway.backoff import pause

log = structlog.get_logger(__name__)

Result = TypeVar("Result")


class Household(asyncio.TaskGroup):
    """Ends with its tasks as any task group, but not because one of them failed."""

    def create_task(  # type: ignore[override]
        self, coro: Coroutine[Any, Any, Result], *, name: str | None = None, context: Context | None = None
    ) -> asyncio.Task[Result]:
        """Have something done. What it raises is logged and counted; nobody else is to wait for it."""
        return super().create_task(_heard_of(coro), name=name, context=context)  # type: ignore[arg-type]


async def persist(loop: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Keep a loop going until cancelled; one that fails begins anew, after growing waits."""
    for attempt in count():
        await _heard_of(loop())
        await pause(attempt)


async def _heard_of(work: Coroutine[Any, Any, Result]) -> Result | None:
    try:
        return await work
    except Exception:
        metrics.FAULTS.inc()
        log.exception("task_failed", task=getattr(work, "__qualname__", ""))
        return None
