"""The day's composition root: opens what it needs, lets the scenes play, and hands what is left to the evening."""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import aiohttp

from deploy.demo.cast import ANA, BRUNO, CARLA, Agent
from deploy.demo.clock import start_clock
from deploy.demo.day import DAY
from deploy.demo.desk import Desk, log_in
from deploy.demo.endpoints import Endpoints
from deploy.demo.evening import Evening
from deploy.demo.evolution.courier import Courier
from deploy.demo.evolution.instances import demo_instances
from deploy.demo.evolution.routes import StandIn
from deploy.demo.evolution.server import HOST, serving
from deploy.demo.ledger import Ledger
from deploy.demo.options import DAY_SECONDS, Options
from deploy.demo.outcome import Outcome
from deploy.demo.payloads.noise import connected_data, connecting_data
from deploy.demo.performance import Performance, Stage
from deploy.demo.postbox import Postbox
from deploy.demo.readiness import require_ready
from deploy.demo.screen import Screen
from deploy.demo.seed import CLINICS
from deploy.demo.sightings import Sightings
from deploy.demo.summary import next_steps, summary
from deploy.demo.transcript import Transcript
from deploy.local.problem import Problem

_REQUEST_SECONDS = 30.0
_SCREEN_WITHIN = 20.0


async def live_through(options: Options, endpoints: Endpoints) -> int:
    """Play a day and judge it: 0 where everything that was accepted is there at the end. Raises Problem."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_REQUEST_SECONDS)) as http:
        await require_ready(http, endpoints.services)
        async with _evolution(options, endpoints) as evolution:
            desks = {agent: await log_in(http, endpoints.api, agent) for agent in (ANA, BRUNO, CARLA)}
            print(f"A clinic's day in {options.seconds:g} seconds. Its messages bear the real time.\n")
            outcome = await _day(options, endpoints, http, evolution, desks)
            code = _conclude(outcome, evolution, endpoints)
            if options.keep:
                await _stay(endpoints)
            return code


@asynccontextmanager
async def _evolution(options: Options, endpoints: Endpoints) -> AsyncIterator[StandIn]:
    port = endpoints.stand_in_port
    service = serving(
        demo_instances(endpoints.receiver),
        port=port,
        api_key=endpoints.stand_in_key,
        pace=min(1.0, options.seconds / DAY_SECONDS),
        seed=options.seed,
    )
    async with AsyncExitStack() as stack:
        try:
            stand_in = await stack.enter_async_context(service)
        except OSError as error:
            raise Problem(
                f"The stand-in for Evolution API cannot listen at {HOST}:{port}: {error.strerror or error}",
                "Stop what listens there; most likely it is another demo with --keep.",
            ) from None
        yield stand_in


async def _day(
    options: Options, endpoints: Endpoints, http: aiohttp.ClientSession, evolution: StandIn, desks: Mapping[Agent, Desk]
) -> Outcome:
    ledger, sightings = Ledger(), Sightings()
    evening = Evening(ledger, evolution, desks, dead_before=(await desks[ANA].queue())["dlq"])
    clock = start_clock(options.seconds)
    transcript = Transcript(clock)
    async with _watching(Screen(desks[ANA], endpoints.socket, sightings, ledger, transcript)):
        async with asyncio.TaskGroup() as tasks:
            chance = random.Random(options.seed)  # noqa: S311 - what is delivered twice is no secret
            postbox = Postbox(Courier(http, chance), ledger, tasks, chance, evolution.announcer.server_url)
            n8n = f"{endpoints.receiver}/webhooks/n8n/{_n8n_token()}"
            stage = Stage(clock, evolution.instances, n8n, desks, postbox, ledger, sightings, transcript)
            await _morning(stage)
            for scene in DAY:
                tasks.create_task(Performance(scene, stage).play())
        transcript.tells("the last dialogue is over; now everything must be there")
        return await evening.outcome()


async def _stay(endpoints: Endpoints) -> None:
    """Serve until Ctrl-C, which is no failure here: the day has been judged already."""
    print(f"\nThe stand-in for Evolution stays at http://{HOST}:{endpoints.stand_in_port}, until Ctrl-C.", flush=True)
    with suppress(asyncio.CancelledError):
        await asyncio.Event().wait()


@asynccontextmanager
async def _watching(screen: Screen) -> AsyncIterator[None]:
    """Have the screen on, once it shows what there is already."""
    watch = asyncio.create_task(screen.watch())
    lit = asyncio.create_task(screen.ready.wait())
    try:
        await asyncio.wait({watch, lit}, timeout=_SCREEN_WITHIN, return_when=asyncio.FIRST_COMPLETED)
        if not lit.done():
            why = watch.exception() if watch.done() else f"nothing came within {_SCREEN_WITHIN:g} s"
            raise Problem(f"Ana's dashboard gets no live events: {why}", "Look: make logs ARGS=realtime_gateway")
        yield
    finally:
        for task in (watch, lit):
            task.cancel()
        await asyncio.gather(watch, lit, return_exceptions=True)


async def _morning(stage: Stage) -> None:
    for instance in stage.instances.values():
        for data in (connecting_data(instance), connected_data(instance)):
            await stage.postbox.post_event(instance, "connection.update", data)
        stage.transcript.tells(f"{instance.name} is connected to WhatsApp as {instance.number}")


def _n8n_token() -> str:
    return next(source.token for clinic in CLINICS for source in clinic.sources if source.kind == "n8n")


def _conclude(outcome: Outcome, evolution: StandIn, endpoints: Endpoints) -> int:
    print("\nThe day")
    print("\n".join(f"  {line}" for line in summary(outcome, evolution.announcer.outcomes)))
    complaints = outcome.complaints()
    if complaints:
        print("\nNot as promised")
    else:
        print("\nEverything that was accepted is there, once. What to open now")
    print("\n".join(f"  {line}" for line in complaints or next_steps(endpoints)))
    return 1 if complaints else 0
