"""The worker's composition root."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from functools import partial

from aiohttp import web
from redis.asyncio import Redis

from services.queue_worker import claims, housekeeping, metrics
from services.queue_worker.claiming import ReadyClaims
from services.queue_worker.conversation_counts import COUNT_INTERVAL_SECONDS, add_up
from services.queue_worker.delivering.calls import HookClient, open_hook_client
from services.queue_worker.delivering.deliverer import Deliverer, DelivererSettings
from services.queue_worker.delivering.outcomes import Outcomes
from services.queue_worker.erasing.eraser import ERASURE_INTERVAL_SECONDS, work_erasures
from services.queue_worker.erasing.surroundings import Surroundings
from services.queue_worker.ingest.arrivals import undelivered
from services.queue_worker.ingest.intake import Intake
from services.queue_worker.ingest.lengths import show_lengths
from services.queue_worker.ingest.undeliverable import bury_undelivered, declare_dead, drain_former
from services.queue_worker.media.evolution_files import EvolutionFiles
from services.queue_worker.media.fetcher import Fetcher, FetcherSettings
from services.queue_worker.media.sweeping import SWEEP_INTERVAL_SECONDS, Sweeper, show_backlog
from services.queue_worker.operating.pausing import SeenPauses
from services.queue_worker.processor import Processor, ProcessorSettings
from services.queue_worker.relay import Relay
from services.queue_worker.retaining.keeper import RETENTION_ROUND_SECONDS, keep_rules
from services.queue_worker.sending.evolution_client import EvolutionClient
from services.queue_worker.sending.files import file_reader
from services.queue_worker.sending.sender import Sender, SenderSettings
from services.queue_worker.settings import Settings
from services.queue_worker.silence.activity import Activity, show_silence, write_down
from services.queue_worker.silence.comparing import Comparer, ComparerSettings
from services.queue_worker.wakeup import Bell, NextIdle, Wakeup, listen
from shared.broker.topology import Topology
from shared.db.pool import Pool, open_pool
from shared.db.pool import ping as ping_postgres
from shared.db.schema import await_schema, check_schema
from shared.media.store import open_store
from shared.net.addresses import allowed_hosts
from shared.net.guarded_session import guarded_session
from shared.observability.health import observability_routes, serve_http
from shared.observability.pools import observe_pool
from shared.observability.vitals import watch_vitals
from shared.pubsub.connection import open_redis

LEASE_CHECK_SECONDS = 2.0
COMPARISON_CHECK_SECONDS = 15.0
UNDELIVERED_PREFETCH = 4
OVERDUE_INTERVAL_SECONDS = 60.0


async def serve(settings: Settings) -> None:
    """Open what the worker needs, then run its loops until cancelled. What is in hand at that moment is finished.

    Nothing is taken in hand before the database has this release's schema: what cannot be stored would be buried.
    """
    work, suspects, activity = NextIdle(), NextIdle(), Activity()
    outgoing, committed, announced = Wakeup(), Wakeup(), Wakeup()
    async with (
        open_pool(
            str(settings.database_url),
            "prosa_worker",
            size=settings.processors + settings.media_fetchers + 12,
            pooling=settings.pooling,
        ) as pool,
        open_redis(str(settings.redis_url), "prosa-queue-worker", settings.redis_mode) as redis,
        guarded_session(allowed_hosts((), [str(settings.evolution_url)], settings.evolution_networks)) as http,
        open_hook_client(allowed_hosts(settings.webhook_allowed_hosts, ()), settings.webhook_timeout) as hooks,
        asyncio.TaskGroup() as loops,
    ):
        observe_pool(metrics.POOL_CONNECTIONS, metrics.POOL_WAITING, "main", pool)
        intake = Intake(
            settings.rabbitmq_url,
            Topology(settings.topology_name),
            pool,
            prefetch=settings.prefetch,
            stored=work.ring,
        )
        relay = Relay(pool, redis, committed, longest_sleep=settings.processing_interval_ms / 1000)
        evolution = EvolutionClient(
            http, str(settings.evolution_url), settings.evolution_api_key.get_secret_value(), settings.send_timeout
        )
        sender = _sender(settings, pool, evolution, outgoing, committed)

        def effects_committed(deliveries: int) -> None:
            committed.ring()
            if deliveries:
                announced.ring()
            if sender.awaits_echo():
                outgoing.ring()

        loops.create_task(watch_vitals(metrics.LOOP_LAG, metrics.GC_PAUSE))
        app = web.Application()
        app.add_routes(
            observability_routes(
                {
                    "broker": intake.connected.wait,
                    "postgres": partial(ping_postgres, pool),
                    "schema": partial(check_schema, pool),
                }
            )
        )
        async with serve_http(app, settings.host, settings.port):
            await await_schema(pool)
            for loop in (
                intake.run(),
                relay.run(),
                sender.run(),
                listen(redis, outgoing, committed, announced),
                *_deliveries(settings, pool, hooks, announced),
                *(
                    processor.run()
                    for processor in _processors(settings, pool, (work, suspects), effects_committed, activity)
                ),
                *_beside_the_intake(settings, pool, work),
                *_housekeeping(settings, pool, (work, suspects, outgoing, announced), committed, activity),
                housekeeping.every(COMPARISON_CHECK_SECONDS, _comparer(settings, pool, evolution, work).compare_due),
                *_media(settings, pool, evolution, committed),
                *_privacy(settings, pool, redis),
            ):
                loops.create_task(loop)
            await asyncio.Event().wait()


def _processors(
    settings: Settings,
    pool: Pool,
    bells: tuple[NextIdle, NextIdle],
    effects_committed: Callable[[int], None],
    activity: Activity,
) -> list[Processor]:
    """Some for batches, and one that works suspects alone. Those come from where workers died and not from the broker."""
    work, suspects = bells

    def processor(claim: claims.Claim, bell: NextIdle, batch_size: int) -> Processor:
        limits = ProcessorSettings(
            batch_size=batch_size,
            lease=settings.lease,
            longest_sleep=settings.processing_interval_ms / 1000,
            max_attempts=settings.max_attempts,
            dead_letters=settings.dead_letters_enabled,
        )
        return Processor(pool, limits, claim, bell, effects_committed, activity)

    batches = [processor(ReadyClaims(), work, settings.batch_size) for _ in range(settings.processors)]
    return [*batches, processor(claims.claim_suspects, suspects, 1)]


def _comparer(settings: Settings, pool: Pool, evolution: EvolutionClient, work: Bell) -> Comparer:
    limits = ComparerSettings(settings.comparison_interval, settings.comparison_lookback, settings.secrets_keys)
    return Comparer(pool, evolution, limits, work.ring)


def _sender(settings: Settings, pool: Pool, evolution: EvolutionClient, outgoing: Wakeup, committed: Wakeup) -> Sender:
    limits = SenderSettings(
        lease=settings.lease + settings.send_timeout,
        longest_sleep=settings.processing_interval_ms / 1000,
        max_attempts=settings.max_attempts,
        dead_letters=settings.dead_letters_enabled,
        echo_wait=settings.echo_wait,
        look_for=settings.reconcile_for,
        sends_per_second=settings.sends_per_second,
        secrets_keys=settings.secrets_keys,
    )
    return Sender(pool, evolution, limits, outgoing, committed.ring, file_reader(open_store(settings.media_store)))


def _deliveries(
    settings: Settings, pool: Pool, hooks: HookClient, announced: Wakeup
) -> list[Coroutine[object, object, None]]:
    """Webhooks to clinics' own systems. Without dead letters nothing is given up."""
    limits = DelivererSettings(
        lease=settings.lease + settings.webhook_timeout,
        longest_sleep=settings.processing_interval_ms / 1000,
        secrets_keys=settings.secrets_keys,
    )
    outcomes = Outcomes(pool, settings.webhook_attempts, settings.dead_letters_enabled)
    deliverer = Deliverer(pool, hooks, limits, announced, outcomes)
    every = housekeeping.every
    loops = [deliverer.run(), every(housekeeping.DEPTH_INTERVAL_SECONDS, lambda: housekeeping.show_destinations(pool))]
    if settings.dead_letters_enabled:
        loops.append(every(OVERDUE_INTERVAL_SECONDS, lambda: deliverer.give_up_overdue(settings.webhook_hours)))
    return loops


def _media(
    settings: Settings, pool: Pool, evolution: EvolutionClient, committed: Wakeup
) -> list[Coroutine[object, object, None]]:
    store = open_store(settings.media_store)
    files = EvolutionFiles(pool, evolution, settings.secrets_keys)
    limits = FetcherSettings(
        fetchers=settings.media_fetchers,
        timeout=settings.media_fetch_timeout,
        max_bytes=settings.media_max_bytes,
        expiry=timedelta(hours=settings.media_expiry_hours),
        hosts=frozenset(settings.media_allowed_hosts),
        longest_sleep=settings.processing_interval_ms / 1000,
    )
    return [
        Fetcher(pool, store, files, limits, committed.ring).run(),
        housekeeping.every(housekeeping.DEPTH_INTERVAL_SECONDS, lambda: show_backlog(pool)),
        housekeeping.every(SWEEP_INTERVAL_SECONDS, Sweeper(pool, store).sweep),
    ]


def _privacy(settings: Settings, pool: Pool, redis: Redis) -> list[Coroutine[object, object, None]]:
    store = open_store(settings.media_store)
    around = Surroundings(store, redis, settings.secrets_keys)
    return [
        housekeeping.every(ERASURE_INTERVAL_SECONDS, lambda: work_erasures(pool, around)),
        housekeeping.every(RETENTION_ROUND_SECONDS, lambda: keep_rules(pool, store)),
    ]


def _beside_the_intake(settings: Settings, pool: Pool, work: Bell) -> list[Coroutine[object, object, None]]:
    """What else comes out of the broker: its dead letters, and what earlier versions left there."""
    url, topology = settings.rabbitmq_url, Topology(settings.topology_name)
    dead = Intake(
        url,
        topology,
        pool,
        prefetch=UNDELIVERED_PREFETCH,
        stored=lambda: None,
        declare=declare_dead,
        decode=undelivered,
        store=bury_undelivered,
        main=False,
    )
    return [dead.run(), drain_former(url, topology, pool, work.ring), show_lengths(url, topology)]


def _housekeeping(
    settings: Settings, pool: Pool, bells: tuple[Bell, ...], committed: Wakeup, activity: Activity
) -> list[Coroutine[object, object, None]]:
    every = housekeeping.every
    interval = settings.processing_interval_ms / 1000
    seen = SeenPauses()
    return [
        every(interval, lambda: housekeeping.promote(pool, *bells)),
        every(interval, lambda: housekeeping.keep_pauses(pool, seen, *bells)),
        every(interval, lambda: housekeeping.bring_back(pool, *bells)),
        every(interval, lambda: housekeeping.bury_killed(pool, settings.lease, committed)),
        every(
            housekeeping.RETENTION_INTERVAL_SECONDS,
            lambda: housekeeping.keep_retention(pool, settings.dead_letter_days, settings.settled_dead_letter_days),
        ),
        every(housekeeping.DEPTH_INTERVAL_SECONDS, lambda: housekeeping.show_dead_letters(pool)),
        every(LEASE_CHECK_SECONDS, lambda: housekeeping.take_back(pool, *bells)),
        every(housekeeping.SETTLE_INTERVAL_SECONDS, lambda: housekeeping.settle_parked(pool)),
        every(housekeeping.ACTIVITY_INTERVAL_SECONDS, lambda: write_down(pool, activity)),
        every(housekeeping.DEPTH_INTERVAL_SECONDS, lambda: show_silence(pool)),
        every(housekeeping.DEPTH_INTERVAL_SECONDS, lambda: housekeeping.show_depths(pool)),
        every(housekeeping.DEPTH_INTERVAL_SECONDS, lambda: housekeeping.show_pauses(pool)),
        every(COUNT_INTERVAL_SECONDS, lambda: add_up(pool)),
        every(housekeeping.INBOX_INTERVAL_SECONDS, lambda: housekeeping.forget(pool, settings.inbox_retention_days)),
    ]
