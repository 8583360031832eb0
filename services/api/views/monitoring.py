"""How the system is doing, for people and their tools; /readyz and /metrics are for machines."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from aiohttp import web
from psycopg.rows import DictRow

from services.api.answers import json_answer
from services.api.other_processes import count_workers, gateways
from services.api.resources import CLAIMS, OPENAPI, RESOURCES, Resources
from services.api.sessions import session_transaction
from services.api.stores.queue import count_dead, count_worked, flow, queue_depths
from shared.db.pool import ping as ping_postgres
from shared.observability.health import Check, answer_of
from shared.pubsub.connection import ping as ping_redis


async def openapi(request: web.Request) -> web.Response:
    """This document."""
    return web.Response(body=request.app[OPENAPI], content_type="application/json")


async def health(request: web.Request) -> web.Response:
    """Whether the API can answer, and how fast it and what it stands on do.

    Without Redis it can; without Postgres it cannot, and the answer is a 503.
    """
    resources = request.app[RESOURCES]
    database, redis = await asyncio.gather(
        _reached(partial(ping_postgres, resources.pool)), _reached(partial(ping_redis, resources.redis))
    )
    body = _health(resources, database, redis)
    return json_answer(body, status=200 if database["connected"] else 503)


async def figures(request: web.Request) -> web.Response:
    """What this process has done since its start: answers, hits and misses of the cache by type, statements.

    Sockets are those of all gateways. Prometheus has more, at /metrics.
    """
    resources = request.app[RESOURCES]
    async with session_transaction(resources.pool, request[CLAIMS]):
        pass
    return json_answer(
        {
            "performance": resources.performance.summary(),
            "cache": {"connected": resources.cache.link.usable, "metrics": resources.cache.statistics.summary()},
            "websocket": await _websocket(resources),
            "database": resources.statements.summary(),
        }
    )


async def _websocket(resources: Resources) -> dict[str, int] | None:
    reports = await gateways(resources.redis)
    if reports is None:
        return None
    return {
        "connections": sum(report.connections for report in reports),
        "rooms": sum(report.rooms for report in reports),
        "events": sum(report.events for report in reports),
        "gateways": len(reports),
    }


async def queue(request: web.Request) -> web.Response:
    """What of the clinic waits to be worked on, what was worked, and what has failed for good."""
    claims, resources = request[CLAIMS], request.app[RESOURCES]
    clinic_id = claims.clinic_id
    async with session_transaction(resources.pool, claims) as connection:
        depths = await queue_depths(connection, clinic_id)
        dead = await count_dead(connection, clinic_id)
        lately = await flow(connection, clinic_id)
        worked = await count_worked(connection, clinic_id)
    counted = {"dlq": dead, "workers": await count_workers(resources.redis), "worked": sum(worked.values())}
    return json_answer(
        {**queue_object(depths), **flow_object(lately), **counted, "types": type_figures(depths, worked)}
    )


def flow_object(lately: DictRow) -> dict[str, object]:
    """Of the last minute: how many events came, and the share of them that died."""
    received, died = lately["received"], lately["died"]
    return {
        "rate_per_minute": received,
        "error_rate": round(min(1.0, died / received), 4) if received else float(died > 0),
    }


def queue_object(depths: Sequence[DictRow]) -> dict[str, object]:
    """The queue's rows by status and kind, counted by both, as clients see it."""
    by_status: Counter[str] = Counter(pending=0, processing=0, retrying=0)
    by_type: Counter[str] = Counter()
    for row in depths:
        by_status[row["status"]] += row["depth"]
        by_type[row["message_type"]] += row["depth"]
    oldest = max((row["oldest_age_seconds"] for row in depths), default=0.0)
    return {"depth": dict(by_status), "oldest_age_seconds": round(max(oldest, 0.0), 3), "by_type": dict(by_type)}


def type_figures(depths: Sequence[DictRow], worked: Mapping[str, int]) -> list[dict[str, object]]:
    """The same by kind, with what was worked of each; by name."""
    found = []
    for name in sorted({row["message_type"] for row in depths} | worked.keys()):
        rows = [row for row in depths if row["message_type"] == name]
        oldest = max((row["oldest_age_seconds"] for row in rows), default=None)
        figures = queue_object(rows)["depth"]
        age = None if oldest is None else round(max(oldest, 0.0), 3)
        found.append({"type": name, "depth": figures, "oldest_age_seconds": age, "worked": worked.get(name, 0)})
    return found


async def _reached(check: Check) -> dict[str, Any]:
    began = time.perf_counter()
    answer = await answer_of(check)
    return {"connected": answer == "ok", "latency_ms": round((time.perf_counter() - began) * 1000, 3)}


def _health(resources: Resources, database: dict[str, Any], redis: dict[str, Any]) -> dict[str, object]:
    return {
        "status": health_status(database=database["connected"], redis=redis["connected"]),
        "cache": redis | _cache_health(resources),
        "database": database,
        "performance": resources.performance.summary(),
        "uptime": round(time.monotonic() - resources.started_at, 3),
    }


def health_status(*, database: bool, redis: bool) -> str:
    """What it means for clients which of the two answers."""
    if not database:
        return "error"
    return "ok" if redis else "degraded"


def _cache_health(resources: Resources) -> dict[str, object]:
    cache = resources.cache
    return {
        "in_use": resources.reading.in_use,
        "breaker": cache.link.breaker_state(),
        "hit_rate": cache.statistics.hit_rate(),
        "memory_bytes": cache.memory.bytes,
    }
