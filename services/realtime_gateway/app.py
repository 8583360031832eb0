"""The gateway's composition root."""

import asyncio
import time
from collections.abc import Mapping

from aiohttp import web

from services.realtime_gateway import metrics
from services.realtime_gateway.authority import open_authority
from services.realtime_gateway.channels.histories import HistoryReader
from services.realtime_gateway.channels.hub import Hub
from services.realtime_gateway.commands.answering import Commands
from services.realtime_gateway.commands.joins import Joins
from services.realtime_gateway.connections.connection import AgentConnection
from services.realtime_gateway.links.subscriber import Subscriber
from services.realtime_gateway.polling.app import HANDLER_ARGS, PREFIX, fallback_app
from services.realtime_gateway.polling.fallback import Fallback
from services.realtime_gateway.polling.polls import Polls
from services.realtime_gateway.settings import Settings
from services.realtime_gateway.sockets.deadlines import Deadlines
from services.realtime_gateway.sockets.expiry import expire
from services.realtime_gateway.sockets.handshake import Door
from services.realtime_gateway.sockets.listener import Listener, listening
from services.realtime_gateway.sockets.sessions import Sessions
from shared.observability.health import Check, observability_routes, serve_http
from shared.observability.problem import problem_middleware
from shared.pubsub.connection import open_redis, ping


async def serve(settings: Settings) -> None:
    """Open what the gateway needs, then serve sockets until cancelled; they are sent away before anything else ends."""
    async with (
        open_redis(str(settings.redis_url), "prosa-realtime-gateway") as redis,
        open_authority(str(settings.api_url), time.monotonic) as authority,
        asyncio.TaskGroup() as tasks,
    ):
        subscriber, histories = Subscriber(str(settings.redis_url)), HistoryReader(redis)
        hub = Hub(subscriber, histories, tasks)
        joins = Joins(hub, histories, authority)
        deadlines: Deadlines[AgentConnection] = Deadlines()
        door = create_door(settings)
        commands = Commands(joins)
        sessions = Sessions(door, joins, commands, deadlines, tasks, settings.ping_interval)
        polls = Polls(joins, settings.max_connections)
        metrics.CONNECTIONS.set_function(lambda: len(sessions.open))
        metrics.CHANNELS.set_function(lambda: len(hub))
        for loop in (subscriber.run(hub), histories.run(), expire(deadlines, tasks, time.time)):
            tasks.create_task(loop)
        listener = Listener()
        checks = {"redis": lambda: ping(redis), "events": subscriber.check, "sockets": listener.check}
        async with (
            serve_http(create_app(settings, checks, polls, joins, commands), settings.host, settings.port),
            listening(listener, settings, door, sessions),
            polls.until_going_away(),
        ):
            await asyncio.Event().wait()


def create_door(settings: Settings) -> Door:
    """Who may come in, as the settings say."""
    return Door(
        settings.jwt_secret.get_secret_value(),
        enabled=settings.enabled,
        max_connections=settings.max_connections,
        auth_timeout_seconds=settings.auth_timeout / 1000,
    )


def create_app(
    settings: Settings, checks: Mapping[str, Check], polls: Polls, joins: Joins, commands: Commands
) -> web.Application:
    """The HTTP side. It does not check the API: while that is away, sockets stay and events flow."""
    app = web.Application(middlewares=[problem_middleware], handler_args=HANDLER_ARGS)
    app.add_routes(observability_routes(checks))
    secret = settings.jwt_secret.get_secret_value()
    fallback = Fallback(polls, joins, commands, secret, enabled=settings.enabled)
    app.add_subapp(PREFIX, fallback_app(fallback, settings.allowed_origins))
    return app
