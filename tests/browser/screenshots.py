"""Pictures of every page, in both themes and at three widths: `python -m tests.browser.screenshots [folder] [path …]`.

It needs the test servers, as `make test KEEP=1` leaves them, and puts the pictures into `.local/screenshots`.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from playwright.async_api import Page, async_playwright

from deploy.local.dashboard import ensure_dashboard
from deploy.local.progress import Progress
from deploy.local.settings import read_settings, repository_root
from tests.browser.agents import Desk, open_desk
from tests.browser.pages import OPEN_TO_ADMINS, PAGES, shown
from tests.browser.patients import Patients
from tests.browser.scenery import set_scenery
from tests.browser.stage import SERVICES, demo_database, launch, own_topology, settings_for_services
from tests.browser.whatsapp import whatsapp_behind
from tests.ports import free_port
from tests.product import running_product
from tests.redis_server import redis_server

FOLDER = repository_root() / ".local" / "screenshots"
# The conversation with a history, whatever its id.
ONE = "/conversations/one"
THEMES = ("light", "dark")
WIDTHS = {360: 740, 1280: 800, 2560: 1440}


async def take(folder: Path, paths: Sequence[str]) -> None:
    """Play a clinic's day and take pictures of these pages, or of all."""
    settings = read_settings(repository_root(), os.environ)
    await asyncio.to_thread(ensure_dashboard, settings, Progress())
    rabbitmq = os.environ["PROSA_TEST_RABBITMQ_URL"]
    async with AsyncExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = stack.enter_context(demo_database(os.environ["PROSA_TEST_DATABASE_URL"]))
        redis = await stack.enter_async_context(redis_server(place, free_port()))
        topology = await stack.enter_async_context(own_topology(rabbitmq))
        environment = settings_for_services(database, redis.url, rabbitmq, topology, place)
        whatsapp = await stack.enter_async_context(whatsapp_behind())
        environment["EVOLUTION_API_URL"] = whatsapp.url
        product = await stack.enter_async_context(running_product(place, environment, *SERVICES))
        whatsapp.report_to(product.receiver)
        browser = await launch(await stack.enter_async_context(async_playwright()))
        desk = await stack.enter_async_context(open_desk(browser, product.api))
        patients = await stack.enter_async_context(Patients(product.receiver))
        conversation = await set_scenery(desk, patients)
        chosen = [path.replace(ONE, f"/conversations/{conversation}") for path in paths or (*PAGES, ONE)]
        await _take_all(desk, folder, chosen, conversation)


async def _take_all(desk: Desk, folder: Path, paths: Sequence[str], conversation: str) -> None:
    for theme in THEMES:
        for width, height in WIDTHS.items():
            look = {"color_scheme": theme, "viewport": {"width": width, "height": height}}
            stranger = await desk.stranger(**look)
            agent, admin = [await desk.login_as(name, **look) for name in ("ana", OPEN_TO_ADMINS)]
            await _picture(await stranger.open("/login"), folder / f"login-{width}-{theme}.png")
            for path in paths:
                name = path.strip("/").replace("/", "-").replace(conversation, "one")
                person = agent if path.startswith("/conversations") else admin
                await _picture(await person.open(path), folder / f"{name}-{width}-{theme}.png")
            errors = agent.errors + admin.errors
            print(f"{theme} {width}: {len(paths) + 1} pictures, errors: {errors or 'none'}")


async def _picture(page: Page, file: Path) -> None:
    await shown(page)
    await page.wait_for_load_state("networkidle")
    await page.screenshot(path=file)


def main() -> None:
    folder, *paths = sys.argv[1:] or [str(FOLDER)]
    asyncio.run(take(Path(folder), paths))


if __name__ == "__main__":
    main()
