"""The receiver's composition root."""

import asyncio
import time
from contextlib import closing

from aiohttp import web

from services.webhook_receiver import metrics
from services.webhook_receiver.bodies import Bodies
from services.webhook_receiver.group_commit import GroupCommit
from services.webhook_receiver.handlers import Intake, webhook_routes
from services.webhook_receiver.publisher import Publisher
from services.webhook_receiver.rates import SourceRates
from services.webhook_receiver.settings import Settings
from services.webhook_receiver.signatures.trust import Trust
from services.webhook_receiver.sources import SourceDirectory
from services.webhook_receiver.spool.durability import Durability
from services.webhook_receiver.spool.segments import Segments, open_segments
from shared.broker.topology import Topology
from shared.db.pool import open_pool
from shared.http.content_coding import AS_SENT
from shared.observability.health import observability_routes, serve_http
from shared.observability.pools import observe_pool
from shared.observability.problem import problem_middleware
from shared.observability.vitals import watch_vitals


async def serve(settings: Settings) -> None:
    """Open what the receiver needs, then answer webhooks until cancelled; open requests still get their answer."""
    with closing(open_segments(settings.spool_folder, max_bytes=settings.spool_max_bytes)) as segments:
        await _serve(settings, segments)


async def _serve(settings: Settings, segments: Segments) -> None:
    topology = Topology(settings.topology_name)
    publisher = Publisher(settings.rabbitmq_url, topology, confirm_timeout=settings.confirm_timeout)
    durability = Durability(publisher.publish, segments, hedge=settings.hedge_ms / 1000)
    committer = GroupCommit(durability.commit, max_pending_bytes=settings.max_pending_bytes)
    metrics.PENDING_BYTES.set_function(lambda: committer.pending_bytes)
    bodies = Bodies(settings.max_reading_bytes)
    metrics.READING_BYTES.set_function(lambda: bodies.bytes)
    metrics.SPOOL_BYTES.set_function(lambda: segments.size)
    metrics.SPOOL_AGE.set_function(lambda: segments.oldest_age(time.time()))
    async with (
        open_pool(str(settings.database_url), "prosa_receiver", size=3, pooling=settings.pooling) as pool,
        asyncio.TaskGroup() as loops,
    ):
        observe_pool(metrics.POOL_CONNECTIONS, metrics.POOL_WAITING, "main", pool)
        directory = SourceDirectory(pool, refresh_interval=settings.source_refresh_interval)
        vitals = watch_vitals(metrics.LOOP_LAG, metrics.GC_PAUSE)
        for loop in (publisher.run(), committer.run(), durability.drain(), directory.run(), vitals):
            loops.create_task(loop)
        rates = SourceRates(settings.rate_per_second, settings.rate_burst)
        intake = Intake(directory, committer, bodies, rates, Trust(settings.secrets_keys), settings.body_timeout)
        app = create_app(settings, intake, publisher, segments)
        async with serve_http(app, settings.host, settings.port):
            await asyncio.Event().wait()


def create_app(settings: Settings, intake: Intake, publisher: Publisher, segments: Segments) -> web.Application:
    """The HTTP side: webhooks, and the three endpoints every process has."""
    app = web.Application(
        client_max_size=settings.max_body_bytes, middlewares=[problem_middleware], handler_args=AS_SENT
    )
    app.add_routes(webhook_routes(intake))

    async def durable() -> None:
        """Webhooks can be taken as long as either way is open."""
        if not segments.has_room:
            await publisher.connected.wait()

    checks = {"durability": durable, "sources": intake.directory.loaded.wait}
    app.add_routes(observability_routes(checks, optional={"broker": publisher.connected.wait}))
    return app
