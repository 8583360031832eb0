"""The dashboard in a real browser: how soon it can be used, what the first load weighs, whether long lists scroll smoothly.

Chromium without a screen and without a graphics card, on the machine that runs the services too. Each load has a browser's
context of its own, so nothing is cached; nothing is slowed down artificially, but where it says so.
"""

import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from playwright.async_api import Page, async_playwright
from psycopg.rows import dict_row

from tests.bench.results import part
from tests.bench.servers import Servers, fresh_database
from tests.browser.agents import Agent, Desk, open_desk
from tests.browser.long_lists import long_lists
from tests.browser.patients import Patients
from tests.browser.stage import SERVICES, launch, own_topology, settings_for_services
from tests.product import ROOT, running_product

DIST = ROOT / "services" / "dashboard" / "dist"
QUIET_MS = 1_500
SCROLL_MS = 4_000
SLOW = 4
WEBHOOKS = 20

# What the page tells of itself, from before its first script on.
WATCH = """
window.told = { tasks: [], shift: 0, useful: null };
new PerformanceObserver((list) => list.getEntries().forEach((task) =>
    told.tasks.push({ start: task.startTime, ms: task.duration }))).observe({ type: "longtask", buffered: true });
new PerformanceObserver((list) => list.getEntries().forEach((shift) => {
    if (!shift.hadRecentInput) told.shift += shift.value;
})).observe({ type: "layout-shift", buffered: true });
const look = () => {
    const there = document.querySelector("[data-conversation]") && document.querySelector("article");
    if (there) told.useful = performance.now();
    else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
# Ends once nothing was painted, shifted or worked on for a while after everything is there.
LOADED = """async (quiet) => {
    const ends = () => Math.max(0, ...told.tasks.map(({ start, ms }) => start + ms));
    while (told.useful === null || performance.now() - Math.max(told.useful, ends()) < quiet)
        await new Promise((done) => setTimeout(done, 50));
    const paint = performance.getEntriesByName("first-contentful-paint")[0].startTime;
    const scripts = performance.getEntriesByType("resource").filter(({ name }) => name.endsWith(".js"));
    const works = told.tasks.map(({ ms }) => ms);
    return {
        paint_ms: paint, useful_ms: told.useful, interactive_ms: Math.max(paint, told.useful, ends()),
        long_tasks_ms: works.reduce((sum, ms) => sum + ms, 0), longest_task_ms: Math.max(0, ...works), shift: told.shift,
        scripts: scripts.filter(({ startTime }) => startTime < told.useful).map(({ name }) => new URL(name).pathname),
    };
}"""
# A steady hand on the wheel: so many pixels with each frame, and how long each frame took.
SCROLL = """async ([selector, pixels, ms]) => {
    let place = document.querySelector(selector);
    while (place && !(place.scrollHeight > place.clientHeight && /auto|scroll/.test(getComputedStyle(place).overflowY)))
        place = place.parentElement;
    const frame = () => new Promise(requestAnimationFrame);
    const times = [];
    let [last, begun] = [await frame(), performance.now()];
    while (performance.now() - begun < ms) {
        place.scrollTop += pixels;
        const now = await frame();
        times.push(now - last);
        last = now;
    }
    return { times };
}"""
ARRIVED = """(text) => new Promise((done) => {
    const look = () => document.body.textContent.includes(text) ? done(Date.now()) : requestAnimationFrame(look);
    look();
})"""

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stage:
    """The dashboard, those who look at it, and those who write."""

    desk: Desk
    patients: Patients
    talk: int


async def measure(servers: Servers, *, runs: int) -> Figures:
    """Medians of so many runs."""
    async with _stage(servers) as stage:
        await _load(stage, 1)  # caches of the services, as any day after the first minute
        loads = [await _load(stage, 1) for _ in range(runs)]
        slow = [await _load(stage, SLOW) for _ in range(runs)]
        return {
            "runs": runs,
            "load": _medians(loads),
            "slow": _medians(slow),
            "scripts": _weights(loads[0]["scripts"]),
            "list": _smoothness([await _scroll(stage, "[data-conversation]", 60) for _ in range(runs)]),
            "history": _smoothness([await _scroll(stage, "article", -60) for _ in range(runs)]),
            "webhook": await _webhooks(stage),
        }


@asynccontextmanager
async def _stage(servers: Servers) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        own = stack.enter_context(fresh_database(servers))
        place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        with psycopg.connect(own.database_url, autocommit=True, row_factory=dict_row) as owner:
            talk = long_lists(owner)
            owner.execute("ANALYZE")
        topology = await stack.enter_async_context(own_topology(own.rabbitmq_url))
        told = settings_for_services(own.database_url, own.redis_url, own.rabbitmq_url, topology, place)
        product = await stack.enter_async_context(running_product(place, told, *SERVICES))
        browser = await launch(await stack.enter_async_context(async_playwright()))
        desk = await stack.enter_async_context(open_desk(browser, product.api))
        patients = await stack.enter_async_context(Patients(product.receiver))
        yield Stage(desk, patients, talk)


async def _reader(stage: Stage, slower: int = 1) -> Agent:
    carla = await stage.desk.login_as("carla")
    await carla.context.add_init_script(WATCH)
    if slower > 1:
        session = await carla.context.new_cdp_session(carla.page)
        await session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    return carla


async def _load(stage: Stage, slower: int) -> Figures:
    """The list of 10,000 and a conversation of 5,000, from nothing."""
    carla = await _reader(stage, slower)
    page = await carla.open(f"/conversations/{stage.talk}?tab=all")
    figures: Figures = await page.evaluate(LOADED, QUIET_MS)
    await carla.context.close()
    return figures


async def _scroll(stage: Stage, selector: str, pixels: int) -> Figures:
    carla = await _reader(stage)
    page = await carla.open(f"/conversations/{stage.talk}?tab=all")
    await page.evaluate(LOADED, QUIET_MS)
    figures: Figures = await page.evaluate(SCROLL, [selector, pixels, SCROLL_MS])
    await carla.context.close()
    return figures


async def _webhooks(stage: Stage) -> Figures:
    """From the POST to the words in the list of somebody who looks at it."""
    ana = await stage.desk.login_as("ana")
    page = await ana.open("/conversations?tab=all")
    await page.locator("[data-liveness=live]").first.wait_for()
    times = [await _arrival(page, stage.patients, f"Mensagem número {number}!") for number in range(WEBHOOKS)]
    return {"median_ms": statistics.median(times), "worst_ms": max(times)}


async def _arrival(page: Page, patients: Patients, text: str) -> float:
    arrived = page.evaluate(ARRIVED, text)
    posted = time.time() * 1000
    await patients.write(patients.new_phone(), "Paciente", text)
    return float(await arrived) - posted


def _medians(loads: list[Figures]) -> Figures:
    names = [name for name in loads[0] if name != "scripts"]
    return {name: statistics.median(load[name] for load in loads) for name in names}


def _weights(paths: list[str]) -> Figures:
    """Bytes of these scripts as they are served to browsers that take gzip, and to those that take Brotli."""
    files = {DIST / path.lstrip("/") for path in paths}
    return {"files": len(files)} | {kind: sum(_served(file, kind) for file in files) for kind in (".gz", ".br")}


def _served(file: Path, kind: str) -> int:
    """What is sent of a file; the smallest are not worth compressing."""
    compressed = file.with_name(file.name + kind)
    return (compressed if compressed.exists() else file).stat().st_size


def _smoothness(runs: list[Figures]) -> Figures:
    each = [sorted(run["times"]) for run in runs]
    return {
        "frames_per_second": statistics.median(1000 * len(times) / sum(times) for times in each),
        "p95_ms": statistics.median(times[int(len(times) * 0.95)] for times in each),
        "worst_ms": statistics.median(times[-1] for times in each),
        "late_share": statistics.median(sum(ms > 25 for ms in times) / len(times) for times in each),
    }


def dashboard_part(figures: Figures) -> dict[str, Any]:
    """A part of results.json; there are no peers."""
    return {"dashboard": part(figures["load"]["interactive_ms"], "ms, interactive", better="less", detail=figures)}


def dashboard_section(figures: Figures) -> str:
    """The page's section."""
    scripts, webhook = figures["scripts"], figures["webhook"]
    return "\n".join(
        [
            "## The dashboard in a browser: aims are interactive below 1.5 s and 60 frames/s",
            "",
            "Chromium without a screen and without a graphics card on the same two cores as all four services, an empty",
            "cache, the page of a conversation with 5,000 messages beside the list of 10,000 conversations. Interactive",
            "is the latest of first contentful paint, the list and the newest message being shown, and the end of the last",
            f"task over 50 ms before {QUIET_MS / 1000:g} s of a quiet main thread. Medians of {figures['runs']} loads.",
            "",
            "| | first paint | list and message shown | interactive | tasks over 50 ms | longest task | layout shift |",
            "|---|---:|---:|---:|---:|---:|---:|",
            _load_row("as it is", figures["load"]),
            _load_row(f"CPU slowed down {SLOW} ×", figures["slow"]),
            "",
            f"Script until then: {scripts['.gz'] / 1024:.0f} KiB with gzip, {scripts['.br'] / 1024:.0f} KiB with Brotli, in"
            f" {scripts['files']} files.",
            "",
            f"Scrolling by 60 px a frame for {SCROLL_MS / 1000:g} s while further pages are fetched, by the times between",
            "the main thread's frames:",
            "",
            "| | frames/s | p95 | worst | frames over 25 ms |",
            "|---|---:|---:|---:|---:|",
            _scroll_row("list, 10,000 conversations", figures["list"]),
            _scroll_row("history, 5,000 messages", figures["history"]),
            "",
            f"From a webhook's POST to its words in an open list, {WEBHOOKS} in turn: median"
            f" {webhook['median_ms']:.0f} ms, worst {webhook['worst_ms']:.0f} ms; the aim is below 500 ms.",
            "",
        ]
    )


def _load_row(name: str, f: Figures) -> str:
    return (
        f"| {name} | {f['paint_ms']:.0f} ms | {f['useful_ms']:.0f} ms | {f['interactive_ms']:.0f} ms"
        f" | {f['long_tasks_ms']:.0f} ms | {f['longest_task_ms']:.0f} ms | {f['shift']:.3f} |"
    )


def _scroll_row(name: str, f: Figures) -> str:
    return (
        f"| {name} | {f['frames_per_second']:.1f} | {f['p95_ms']:.1f} ms | {f['worst_ms']:.1f} ms"
        f" | {f['late_share']:.1%} |"
    )
