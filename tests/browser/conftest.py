"""The product with its dashboard, and browsers that look at it.

All of it lives as long as the process of tests, so these tests share one event loop, one database and one set of services:
a test makes what it looks at, under names of its own, and leaves others' alone.
"""

import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio
import redis
from playwright.async_api import Browser, async_playwright, expect
from psycopg.rows import DictRow, dict_row
from pytest_asyncio import is_async_test

from deploy.local.dashboard import ensure_dashboard
from deploy.local.problem import Problem
from deploy.local.progress import Progress
from deploy.local.settings import read_settings, repository_root
from deploy.local.workspace import ensure_workspace
from shared.events.cached import conversations_key
from tests.browser.agents import Agent, Desk, open_desk
from tests.browser.patients import Patients
from tests.browser.photographs import photograph
from tests.browser.stage import SERVICES, demo_database, launch, own_topology, settings_for_services
from tests.browser.whatsapp import WhatsApp, whatsapp_behind
from tests.lacking import give_up
from tests.ports import free_port
from tests.product import Product, running_product
from tests.redis_server import redis_server

HERE = Path(__file__).parent
SCREENSHOTS = repository_root() / ".local" / "browser-failures"
MOST_SCREENSHOTS = 40
CLINICS = (1, 2)

AgentOf = Callable[..., Awaitable[Agent]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser belongs to one event loop; the first test waits for the build and the services."""
    one_loop = pytest.mark.asyncio(loop_scope="session")
    for item in items:
        if HERE in item.path.parents and is_async_test(item):
            item.add_marker(one_loop, append=False)
            item.add_marker(pytest.mark.timeout(180))


@pytest.fixture(scope="session")
def built_dashboard() -> Path:
    """The dashboard's build, made by the first process of tests that asks."""
    settings = read_settings(repository_root(), os.environ)
    try:
        ensure_workspace(settings)
        ensure_dashboard(settings, Progress())
    except Problem as problem:
        give_up(problem.report())
    return settings.root / "services" / "dashboard" / "dist"


@pytest.fixture(scope="session")
def browser_database(postgres_url: str, template_database: str) -> Iterator[str]:
    """The demo data, as the test processes' template has it."""
    with demo_database(postgres_url, template_database) as url:
        yield url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser_redis(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A Redis that no other test empties: the services outlive the tests of browsers."""
    async with redis_server(tmp_path_factory.mktemp("redis"), free_port()) as server:
        yield server.url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser_environment(
    browser_database: str, browser_redis: str, rabbitmq_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[dict[str, str]]:
    """What the services are told."""
    folder = tmp_path_factory.mktemp("browser")
    async with own_topology(rabbitmq_url) as topology:
        yield settings_for_services(browser_database, browser_redis, rabbitmq_url, topology, folder)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def whatsapp() -> AsyncIterator[WhatsApp]:
    """What agents send arrives here."""
    async with whatsapp_behind() as whatsapp:
        yield whatsapp


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def product(
    built_dashboard: Path,
    browser_environment: dict[str, str],
    whatsapp: WhatsApp,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Product]:
    """The four services, each a process; a test that kills one starts it again."""
    addresses = {"PROSA_DASHBOARD_DIR": str(built_dashboard), "EVOLUTION_API_URL": whatsapp.url}
    environment = {**browser_environment, **addresses}
    async with running_product(tmp_path_factory.mktemp("services"), environment, *SERVICES) as product:
        whatsapp.report_to(product.receiver)
        yield product


@pytest.fixture
def owner(browser_database: str, browser_redis: str) -> Iterator[psycopg.Connection[DictRow]]:
    """The database itself, for what a test puts there and finds there: nothing that was cached before hides it."""
    with redis.Redis.from_url(browser_redis) as cached:
        cached.unlink(*map(conversations_key, CLINICS))
    with psycopg.connect(browser_database, autocommit=True, row_factory=dict_row) as owner:
        yield owner


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium, without a screen."""
    expect.set_options(timeout=15_000)  # a machine that is busy draws late
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def desk(request: pytest.FixtureRequest, browser: Browser, product: Product) -> AsyncIterator[Desk]:
    """Opens the dashboard for agents; what a test has open when it fails is photographed."""
    async with open_desk(browser, product.api) as desk:
        yield desk
        if getattr(request.node, "failed", False):
            name = re.sub(r"\W+", "-", request.node.nodeid)[-120:]
            await photograph(desk.agents, SCREENSHOTS, name, MOST_SCREENSHOTS)


@pytest.fixture
def login_as(desk: Desk) -> AgentOf:
    """Somebody who is signed in: `await login_as("ana")`, with options of Playwright's contexts."""
    return desk.login_as


@pytest_asyncio.fixture(loop_scope="session")
async def patients(product: Product) -> AsyncIterator[Patients]:
    """Those who write."""
    async with Patients(product.receiver) as patients:
        yield patients


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    if call.when == "call" and call.excinfo is not None:
        item.failed = True  # type: ignore[attr-defined]
    return report
