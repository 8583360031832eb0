"""What can be measured, each with its sections of the page and its parts of results.json."""

import argparse
import asyncio
import os
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from deploy.local.dashboard import ensure_dashboard
from deploy.local.progress import Progress
from deploy.local.settings import read_settings
from tests.bench import (
    api_reads,
    clinic_day,
    dashboard,
    end_to_end,
    limits,
    queue_alone,
    queue_events,
    queue_horizon,
    queue_report,
    receiver,
)
from tests.bench.end_to_end_report import end_to_end_part, end_to_end_section
from tests.bench.gateway import measure as gateway
from tests.bench.gateway import soak
from tests.bench.gateway.report import gateway_parts, gateway_section
from tests.bench.hour import soak as hour
from tests.bench.hour.report import hour_part, hour_section
from tests.bench.peers.install import install_peers
from tests.bench.peers.nchan import install_nchan
from tests.bench.report import receiver_part, receiver_section
from tests.bench.results import Results
from tests.bench.servers import Servers
from tests.product import ROOT

# No round is begun after so many seconds, but for the first.
EVENTS_SECONDS = 75.0
ALONE_SECONDS = 90.0
GATEWAY_SECONDS = 700.0
# Percentiles of so few webhooks a second want more seconds than rates do.
END_TO_END_TIMES = 4


@dataclass(frozen=True, slots=True)
class Measured:
    """Sections of the page, parts of results.json, and the parts that failed."""

    sections: list[str]
    results: Results
    failed: tuple[str, ...] = ()


Measure = Callable[[Servers, argparse.Namespace, dict[str, float]], Measured]


def _receiver(servers: Servers, options: argparse.Namespace, _limits: dict[str, float]) -> Measured:
    install_peers()
    receivers = asyncio.run(receiver.measure(servers, rounds=options.rounds, seconds=options.seconds))
    return Measured([receiver_section(receivers, vars(options))], receiver_part(receivers))


def _queue(servers: Servers, options: argparse.Namespace, _limits: dict[str, float]) -> Measured:
    install_peers()
    queues = asyncio.run(_queues(servers, options))
    return Measured(queue_report.sections(queues), queue_report.parts(queues))


async def _queues(servers: Servers, options: argparse.Namespace) -> queue_report.Figures:
    """All of the queue's figures in some six minutes: a slow machine makes fewer rounds, never fewer contestants."""
    now = asyncio.get_running_loop().time()
    rounds, scale = options.rounds, options.scale
    events = await queue_events.measure(servers, rounds=rounds, deadline=now + EVENTS_SECONDS, scale=scale)
    now = asyncio.get_running_loop().time()
    alone = await queue_alone.measure(servers, rounds=rounds, deadline=now + ALONE_SECONDS, scale=scale)
    horizon = await queue_horizon.measure(servers, held=options.held)
    return queue_report.Figures(alone, events, horizon)


def _gateway(servers: Servers, options: argparse.Namespace, found: dict[str, float]) -> Measured:
    install_peers()
    install_nchan()
    gateways = asyncio.run(_gateways(servers, options))
    return Measured([gateway_section(gateways, vars(options))], gateway_parts(gateways, found["send_cpu_us"]))


async def _gateways(servers: Servers, options: argparse.Namespace) -> gateway.Figures:
    deadline = asyncio.get_running_loop().time() + GATEWAY_SECONDS
    return await gateway.measure(
        servers, rounds=options.rounds, seconds=options.seconds, deadline=deadline, scale=options.scale
    )


def _end_to_end(servers: Servers, options: argparse.Namespace, found: dict[str, float]) -> Measured:
    seconds, agents = options.seconds * END_TO_END_TIMES, options.agents
    latencies = asyncio.run(
        end_to_end.measure(servers, rate=options.rate, seconds=seconds, clinics=options.clinics, agents=agents)
    )
    section = end_to_end_section(latencies, vars(options) | {"seconds": seconds}, found["sync_p50_us"])
    return Measured([section], end_to_end_part(latencies, found["sync_p50_us"]))


def _api(servers: Servers, options: argparse.Namespace, _limits: dict[str, float]) -> Measured:
    reads = asyncio.run(api_reads.measure(servers, rate=options.reads, seconds=options.seconds, scale=options.scale))
    return Measured([api_reads.api_section(reads, vars(options))], api_reads.api_part(reads))


def _soak(servers: Servers, options: argparse.Namespace, _limits: dict[str, float]) -> Measured:
    samples = asyncio.run(soak.soak(servers, minutes=options.minutes, sockets=options.sockets))
    return Measured([soak.soak_section(samples, options.sockets)], soak.soak_part(samples))


def _hour(servers: Servers, options: argparse.Namespace, _limits: dict[str, float]) -> Measured:
    clinics, rate = options.clinics, options.rate
    outcome = asyncio.run(hour.soak(servers, minutes=options.minutes, rate=rate, clinics=clinics))
    return Measured([hour_section(outcome, clinics=clinics, agents=hour.AGENTS, rate=rate)], hour_part(outcome))


def _day(servers: Servers, options: argparse.Namespace, _limits: dict[str, float]) -> Measured:
    day = asyncio.run(clinic_day.measure(servers, minutes=options.minutes))
    return Measured([clinic_day.day_section(day, options.minutes)], clinic_day.day_part(day))


def _dashboard(servers: Servers, options: argparse.Namespace, _limits: dict[str, float]) -> Measured:
    ensure_dashboard(read_settings(ROOT, os.environ), Progress())
    pages = asyncio.run(dashboard.measure(servers, runs=options.runs))
    return Measured([dashboard.dashboard_section(pages)], dashboard.dashboard_part(pages))


PARTS: dict[str, Measure] = {
    "receiver": _receiver,
    "end_to_end": _end_to_end,
    "queue": _queue,
    "gateway": _gateway,
    "api": _api,
}
# Only where it is asked for: it takes its time, or wants a browser.
MORE_PARTS: dict[str, Measure] = {"soak": _soak, "hour": _hour, "day": _day, "dashboard": _dashboard}


def measured(servers: Servers, options: argparse.Namespace) -> Measured:
    """The parts that were asked for, after the machine's own limits, which some of them are compared with.

    One that fails (a machine that has too much else to do can be too slow for a part) costs the others nothing.
    """
    found = asyncio.run(limits.measure(servers))
    sections, results, failed = [limits.limits_section(found)], limits.limits_part(found), list[str]()
    for name, measure in (PARTS | MORE_PARTS).items():
        if name not in options.parts:
            continue
        started = time.monotonic()
        try:
            one = measure(servers, options, found)
        except Exception:  # noqa: BLE001 - told, and the exit code says it
            traceback.print_exc()
            failed.append(name)
            continue
        finally:
            print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
        sections += one.sections
        results |= one.results
    return Measured(sections, results, tuple(failed))
