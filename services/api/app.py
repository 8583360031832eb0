"""Puts the API together. The only file that knows every part."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import structlog
from aiohttp import web

from services.api import metrics
from services.api.caching import open_caching
from services.api.dashboard.shelf import Shelf
from services.api.evolution import MOST_AT_ONCE, Evolution, bounded_timeout
from services.api.login_limit import LoginLimit
from services.api.middlewares.authentication import bearer_authentication
from services.api.middlewares.correlation import correlation
from services.api.middlewares.cors import cross_origin
from services.api.middlewares.deadline import answer_deadline
from services.api.middlewares.failures import failures
from services.api.middlewares.freshness import freshness
from services.api.middlewares.headers import add_headers
from services.api.middlewares.measurement import measurement
from services.api.middlewares.reads import reads_noted
from services.api.middlewares.service_authentication import service_authentication
from services.api.openapi import COMMITTED
from services.api.opening import open_databases
from services.api.passwords import open_passwords
from services.api.performance import Performance
from services.api.reads import open_reads
from services.api.resources import OPENAPI, RESOURCES, SHELF, Resources
from services.api.routes import ENDPOINTS, PUBLIC_ROUTES, SHOWING_ROUTES, STREAMED_ROUTES
from services.api.scopes import SCOPE_OF
from services.api.settings import Settings
from services.api.statements import StatementStatistics, measured_cursor
from services.api.upload_places import UploadPlaces
from services.api.views.dashboard import dashboard_routes
from services.api.waker import open_waker
from shared.db.pool import ping as ping_postgres
from shared.http.content_coding import AS_SENT
from shared.media.store import open_store
from shared.net.addresses import allowed_hosts, parse_networks
from shared.net.guarded_session import guarded_session
from shared.observability.health import observability_routes, serve_http
from shared.observability.vitals import watch_vitals
from shared.pubsub.connection import open_redis
from shared.pubsub.connection import ping as ping_redis

MAX_BODY_BYTES = 1024 * 1024
# The longest query that openapi.json allows (`contains`, 4,096 characters) is 12 bytes a character where they are rare.
MAX_LINE_BYTES = 64 * 1024

log = structlog.get_logger(__name__)


async def serve(settings: Settings) -> None:
    """Serve the API until cancelled."""
    async with serve_http(create_app(settings), settings.prosa_bind_host, settings.api_port):
        log.info("service_started", port=settings.api_port)
        await watch_vitals(metrics.LOOP_LAG, metrics.GC_PAUSE)


def create_app(settings: Settings) -> web.Application:
    """The application; it opens what it needs when it starts and closes it when it ends."""
    app = web.Application(
        # Outermost first: what is inside may fail, and is still measured, logged and answered as a problem.
        middlewares=[
            correlation,
            measurement,
            cross_origin(settings.prosa_cors_origins),
            failures,
            bearer_authentication(settings.prosa_jwt_secret.get_secret_value(), PUBLIC_ROUTES),
            freshness,
            reads_noted(SHOWING_ROUTES),
            answer_deadline(settings.prosa_api_deadline_seconds, STREAMED_ROUTES),
            service_authentication(SCOPE_OF, settings.prosa_api_deadline_seconds),
        ],
        client_max_size=MAX_BODY_BYTES,
        handler_args={**AS_SENT, "max_line_size": MAX_LINE_BYTES},
    )
    app[OPENAPI] = COMMITTED.read_bytes()
    app[SHELF] = Shelf(Path(settings.prosa_dashboard_dir))
    app.cleanup_ctx.append(partial(_open_resources, settings))
    app.on_response_prepare.append(add_headers)
    app.add_routes([endpoint.route() for endpoint in ENDPOINTS])
    app.add_routes(_observability(app, replicated=bool(settings.database_replica_url)))
    app.add_routes(dashboard_routes())
    return app


async def _open_resources(settings: Settings, app: web.Application) -> AsyncIterator[None]:
    statements = StatementStatistics()
    async with (
        open_databases(settings, measured_cursor(statements)) as databases,
        open_redis(settings.redis_url, "prosa_api", settings.redis_mode) as redis,
        open_caching(settings, databases.pool, databases.reader) as (cache, reading),
        open_waker(redis) as waker,
        open_passwords() as passwords,
        open_reads(databases.pool) as reads,
        _open_evolution(settings) as evolution,
    ):
        app[RESOURCES] = Resources(
            settings=settings,
            pool=databases.pool,
            reader=databases.reader,
            search_reader=databases.search_reader,
            replica_pool=databases.replica_pool,
            redis=redis,
            cache=cache,
            reading=reading,
            passwords=passwords,
            login_limit=LoginLimit(),
            waker=waker,
            media=open_store(settings.media_store),
            evolution=evolution,
            uploads=UploadPlaces(),
            performance=Performance(),
            statements=statements,
            reads=reads,
            started_at=time.monotonic(),
        )
        yield


@asynccontextmanager
async def _open_evolution(settings: Settings) -> AsyncIterator[Evolution]:
    allowed = allowed_hosts((), [settings.evolution_api_url], parse_networks(settings.evolution_networks))
    async with guarded_session(allowed) as session:
        yield Evolution(
            session,
            settings.evolution_api_url,
            settings.evolution_api_key.get_secret_value(),
            bounded_timeout(settings.prosa_api_deadline_seconds),
            asyncio.Semaphore(MOST_AT_ONCE),
        )


def _observability(app: web.Application, *, replicated: bool) -> list[web.RouteDef]:
    async def replica() -> None:
        if (pool := app[RESOURCES].replica_pool) is not None:
            await ping_postgres(pool)

    return observability_routes(
        {"postgres": lambda: ping_postgres(app[RESOURCES].pool)},
        optional={"redis": lambda: ping_redis(app[RESOURCES].redis)} | ({"replica": replica} if replicated else {}),
    )
