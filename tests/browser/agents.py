"""People at the dashboard: each has a browser of their own, signed in or not."""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from playwright.async_api import Browser, BrowserContext, Page

from deploy.demo.seed import PASSWORD

EMAILS = {"carla": "carla@outra.test"}
SESSION = "prosa.session"
# What the page reports of violations of its policy; added before any of its own scripts run.
WATCH_POLICY = """
window.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI, sourceFile, lineNumber }) =>
    console.error(`policy violated: ${effectiveDirective} by ${blockedURI} at ${sourceFile}:${lineNumber}`));
"""
Session = dict[str, Any]


@dataclass
class Agent:
    """Somebody's browser, and all that went wrong in it."""

    page: Page
    context: BrowserContext
    session: Session | None
    errors: list[str] = field(default_factory=list)

    @property
    def token(self) -> str:
        assert self.session is not None
        return str(self.session["token"])

    async def open(self, path: str) -> Page:
        """Go to a page of the dashboard."""
        await self.page.goto(path)
        return self.page


class Desk:
    """The dashboard at one address."""

    def __init__(self, browser: Browser, url: str, http: aiohttp.ClientSession) -> None:
        self.url = url
        self.agents: list[Agent] = []
        self._browser = browser
        self._http = http

    async def login_as(self, name: str, **options: Any) -> Agent:
        """A browser in which somebody has signed in before: ana, bruno, sofia, oper, adm or carla."""
        email = EMAILS.get(name, f"{name}@demo.test")
        body = {"email": email, "password": PASSWORD}
        async with self._http.post(f"{self.url}/api/auth/login", json=body) as answer:
            assert answer.status == 200, await answer.text()
            login = await answer.json()
        session = {key: login[key] for key in ("token", "user", "clinic")} | {"receivedAt": int(time.time() * 1000)}
        return await self._open(session, options)

    async def stranger(self, **options: Any) -> Agent:
        """A browser in which nobody has signed in."""
        return await self._open(None, options)

    async def close(self) -> None:
        for agent in self.agents:
            await agent.context.close()

    async def _open(self, session: Session | None, options: dict[str, Any]) -> Agent:
        kept = [{"name": SESSION, "value": json.dumps(session)}] if session else []
        context = await self._browser.new_context(
            **{
                "base_url": self.url,
                "locale": "pt-BR",
                "timezone_id": "America/Sao_Paulo",
                "viewport": {"width": 1280, "height": 800},
                "reduced_motion": "reduce",
                "storage_state": {"cookies": [], "origins": [{"origin": self.url, "localStorage": kept}]},
                **options,
            }
        )
        context.set_default_timeout(10_000)
        await context.add_init_script(WATCH_POLICY)
        agent = Agent(await context.new_page(), context, session)
        _listen(agent)
        self.agents.append(agent)
        return agent


def _listen(agent: Agent) -> None:
    def hear(message: Any) -> None:
        if message.type == "error":
            agent.errors.append(message.text)

    agent.page.on("console", hear)
    agent.page.on("pageerror", lambda error: agent.errors.append(str(error)))


@asynccontextmanager
async def open_desk(browser: Browser, url: str) -> AsyncIterator[Desk]:
    """A desk whose browsers are closed with it."""
    async with aiohttp.ClientSession() as http:
        desk = Desk(browser, url, http)
        try:
            yield desk
        finally:
            await desk.close()
