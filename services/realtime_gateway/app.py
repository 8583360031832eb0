"""The gateway's composition root."""

import asyncio
import time
from collections.abc import Mapping
from functools import partial

from aiohttp import web
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

from services.realtime_gateway import metrics
from services.realtime_gateway.api_client import open_api
from services.realtime_gateway.authority import Authority
from services.realtime_gateway.channels.histories import HistoryReader
from services.realtime_gateway.channels.hub import Hub
from services.realtime_gateway.channels.position_checks import check_positions
from services.realtime_gateway.channels.watchers import Watchers
from services.realtime_gateway.commands.answering import Commands
from services.realtime_gateway.commands.effects import Effects
from services.realtime_gateway.commands.joins import Joins
from services.realtime_gateway.commands.tokens import renew_token
from services.realtime_gateway.connections.keepalive import Keepalive, keep_alive
from services.realtime_gateway.connections.lifetimes import Lifetimes, end_lifetimes
from services.realtime_gateway.document import document_route
from services.realtime_gateway.household import Household, persist
from services.realtime_gateway.links.opening import create_subscriber
from services.realtime_gateway.polling.app import HANDLER_ARGS, PREFIX, fallback_app
from services.realtime_gateway.polling.fallback import Fallback
from services.realtime_gateway.polling.polls import Polls
from services.realtime_gateway.presence.company import Company
from services.realtime_gateway.presence.place import Timing
from services.realtime_gateway.processes import until_orphaned
from services.realtime_gateway.reporting import keep_reporting
from services.realtime_gateway.settings import Settings
from services.realtime_gateway.sockets.census import Census
from services.realtime_gateway.sockets.handshake import Door
from services.realtime_gateway.sockets.listener import Listener, listening
from services.realtime_gateway.sockets.register import Register
from services.realtime_gateway.sockets.revocation import Revocation
from services.realtime_gateway.sockets.sessions import Sessions
from services.realtime_gateway.tally import Tally
from shared.auth.tokens import TokenVerifier
from shared.observability.health import Check, observability_routes, serve_http
from shared.observability.problem import problem_middleware
from shared.observability.vitals import watch_vitals
from shared.pubsub.connection import open_redis, ping


async def serve(settings: Settings) -> None:
    """Open what the gateway needs, then serve sockets until cancelled; they are sent away before anything else ends."""
    async with (
        open_redis(str(settings.redis_url), "prosa-realtime-gateway", settings.redis_mode) as redis,
        open_api(str(settings.api_url)) as api,
        Household() as tasks,
    ):
        subscriber = create_subscriber(str(settings.redis_url), settings.redis_mode, redis)
        histories = HistoryReader(redis)
        tally = Tally()
        register = create_register(settings, tally)
        hub = Hub(subscriber, histories, tasks, tally, register.writer)
        company = Company(redis, Timing(settings.ping_interval))
        authority = Authority(api, time.monotonic)
        joins, effects = Joins(hub, histories, authority, company), Effects(api, authority)
        polls = Polls(joins, company, settings.max_connections)
        revocation = Revocation(register.census.of_user, authority, joins, tasks, polls.end_of)
        hub.watcher = Watchers(company, revocation)
        verifier = TokenVerifier(settings.jwt_secret.get_secret_value())
        renew = partial(renew_token, verifier, register.lifetimes)
        door = create_door(settings, verifier)
        commands = Commands(joins, effects, company, renew)
        sessions = Sessions(
            door, joins, commands, register, authority, revocation, company, tasks, settings.ping_interval
        )
        for loop in (
            partial(subscriber.run, hub),
            histories.run,
            partial(check_positions, hub, redis),
            partial(keep_alive, register.keepalive, register.writer.cut_off_hopeless, company.measure),
            partial(watch_vitals, metrics.LOOP_LAG, metrics.GC_PAUSE, tally.tell),
            partial(keep_reporting, redis),
            partial(end_lifetimes, register.lifetimes, tasks, time.time, sessions.expire, sessions.rotate),
        ):
            tasks.create_task(persist(loop))
        if settings.supervised:
            tasks.create_task(until_orphaned())
        listener = Listener()
        checks = {"redis": lambda: ping(redis), "events": subscriber.check, "sockets": listener.check}
        app = create_app(
            settings, checks, Fallback(polls, joins, commands, authority, verifier, enabled=settings.enabled)
        )
        async with (
            company.attended(tasks, settings.presence_cleanup_interval),
            serve_http(app, settings.host, settings.port, reuse_port=settings.reuse_port),
            listening(listener, settings, door, sessions, register.census),
            polls.until_going_away(),
        ):
            await asyncio.Event().wait()


def create_door(settings: Settings, verifier: TokenVerifier) -> Door:
    """Who may come in, as the settings say."""
    return Door(
        verifier,
        enabled=settings.enabled,
        max_connections=settings.max_connections,
        handshakes_per_second=settings.handshakes_per_second,
        auth_timeout_seconds=settings.auth_timeout / 1000,
    )


def create_register(settings: Settings, tally: Tally) -> Register:
    """Where connections are kept, as the settings say."""
    return Register(
        Census(settings.connections_per_user, settings.connections_per_clinic),
        Keepalive(settings.ping_interval / 1000, settings.connection_timeout / 1000),
        Lifetimes(settings.connection_age / 1000),
        tally,
    )


def create_app(settings: Settings, checks: Mapping[str, Check], fallback: Fallback) -> web.Application:
    """The HTTP side. It does not check the API: while that is away, sockets stay and events flow."""
    app = web.Application(middlewares=[problem_middleware], handler_args=HANDLER_ARGS)
    app.add_routes(observability_routes(checks, registry=create_registry(settings.metrics_directory)))
    app.add_routes([document_route()])
    app.add_subapp(PREFIX, fallback_app(fallback, settings.allowed_origins))
    return app


def create_registry(directory: str) -> CollectorRegistry:
    """This process' metrics, or those of all that put theirs into the directory."""
    if not directory:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry, directory)  # type: ignore[no-untyped-call]
    return registry
