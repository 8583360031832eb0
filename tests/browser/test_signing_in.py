"""Coming in and going out."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from playwright.async_api import Page, expect

from deploy.demo.seed import PASSWORD
from tests.browser.agents import Desk
from tests.browser.conftest import AgentOf


async def sign_in(page: Page, email: str, password: str) -> None:
    await page.get_by_label("E-mail").fill(email)
    await page.get_by_label("Senha", exact=True).fill(password)
    await page.get_by_role("button", name="Entrar").click()


async def test_a_wrong_password_is_said_and_the_right_one_comes_in(desk: Desk) -> None:
    """Nothing tells whether the address exists; the password is ready to be typed again."""
    agent = await desk.stranger()
    page = await agent.open("/")
    await expect(page).to_have_url(re.compile("/login$"))
    await sign_in(page, "ana@demo.test", "wrong")
    await expect(page.get_by_role("alert")).to_have_text("E-mail ou senha incorretos.")
    await expect(page.get_by_label("Senha", exact=True)).to_be_focused()

    await sign_in(page, "ana@demo.test", PASSWORD)
    await expect(page).to_have_url(re.compile("/conversations$"))
    await expect(page.get_by_role("button", name="Conta de Ana Souza")).to_be_visible()


async def test_empty_fields_are_named(desk: Desk) -> None:
    """Without an address and a password nothing is asked of the API."""
    agent = await desk.stranger()
    page = await agent.open("/login")
    await page.get_by_role("button", name="Entrar").click()
    await expect(page.get_by_label("E-mail")).to_have_accessible_description("Preencha este campo.")
    await expect(page.get_by_label("Senha", exact=True)).to_have_accessible_description("Preencha este campo.")


async def test_too_many_attempts_say_how_long_to_wait(desk: Desk) -> None:
    """The seconds count down, and the button waits with them."""
    account = {"email": "nobody@demo.test", "password": "wrong"}
    agent = await desk.stranger()
    page = await agent.open("/login")
    refused = asyncio.Event()

    async def attempt(http: aiohttp.ClientSession) -> None:
        while True:  # as long as the page tries: what was used up comes back with time
            async with http.post(f"{desk.url}/api/auth/login", json=account) as answer:
                if answer.status == 429:
                    refused.set()

    async with aiohttp.ClientSession() as http:
        attempts = [asyncio.create_task(attempt(http)) for _ in range(4)]
        await refused.wait()
        await page.clock.set_fixed_time(datetime.now(UTC))  # the seconds stand until all of it was looked at
        await sign_in(page, account["email"], "wrong")
        await expect(page.get_by_role("alert")).to_have_text(re.compile(r"Tente de novo em \d+ segundos?\."))
        for each in attempts:
            each.cancel()
        await asyncio.wait(attempts)
    await expect(page.get_by_role("button", name="Entrar")).to_be_disabled()
    await page.clock.set_fixed_time(datetime.now(UTC) + timedelta(minutes=1))
    await expect(page.get_by_role("button", name="Entrar")).to_be_enabled()


async def test_signing_out_ends_every_tab(login_as: AgentOf) -> None:
    """A tab that is left open shows nothing either, an address from before leads to the login, and no draft stays behind."""
    agent = await login_as("bruno")
    page = await agent.open("/contacts")
    await page.evaluate("localStorage.setItem('prosa.drafts.2', '{}')")
    other = await agent.context.new_page()
    await other.goto("/kanban")
    await expect(other.get_by_role("button", name="Conta de Bruno Lima")).to_be_visible()

    await page.get_by_role("button", name="Conta de Bruno Lima").click()
    await page.get_by_role("menuitem", name="Sair de todos os aparelhos").click()
    await expect(page).to_have_url(re.compile("/login"))
    await expect(other).to_have_url(re.compile("/login"))
    assert await page.evaluate("localStorage.getItem('prosa.drafts.2')") is None
    await page.goto("/contacts")
    await expect(page.get_by_role("heading", name="Entre na sua conta")).to_be_visible()


async def test_a_deep_link_waits_behind_the_login(desk: Desk) -> None:
    """Whoever follows a link is signed in first and then is where the link leads, filters and all."""
    agent = await desk.stranger()
    page = await agent.open("/operations/dead-letters?state=dead")
    await expect(page).to_have_url(re.compile("/login"))
    await sign_in(page, "oper@demo.test", PASSWORD)
    await expect(page).to_have_url(f"{desk.url}/operations/dead-letters?state=dead")


async def test_a_link_cannot_lead_out_of_the_house(desk: Desk) -> None:
    """What somebody wrote into the address of the login page is no way to another site."""
    agent = await desk.stranger()
    page = await agent.open("/login?next=//evil.example/login")
    await sign_in(page, "ana@demo.test", PASSWORD)
    await expect(page).to_have_url(f"{desk.url}/conversations")


@pytest.mark.parametrize("watches", [True, False], ids=["at-once", "next-request"])
async def test_a_session_that_was_ended_elsewhere_leads_to_the_login_and_back(
    login_as: AgentOf, desk: Desk, watches: bool
) -> None:
    """An administrator ends it: whether it is heard of at once or with the next request, the page says so, and signing in
    goes on where one was.
    """
    agent = await login_as("sofia")
    page = await agent.open("/contacts")
    await expect(page.get_by_role("button", name="Conta de Sofia Prado")).to_be_visible()
    if not watches:
        await page.goto("about:blank")
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {agent.token}"}) as http:
        async with http.post(f"{desk.url}/api/auth/logout") as answer:
            assert answer.status == 204
    if not watches:
        await agent.open("/contacts")
    await expect(page).to_have_url(re.compile("/login"))
    await expect(page.get_by_text("Sua sessão terminou.")).to_be_visible()
    await sign_in(page, "sofia@demo.test", PASSWORD)
    await expect(page).to_have_url(f"{desk.url}/contacts")
