"""Contacts: two that are one person are made one by hand."""

import re
from typing import Any

import aiohttp
from playwright.async_api import Page, expect

from tests.browser.agents import Agent, Desk
from tests.browser.axe import violations
from tests.browser.conftest import AgentOf
from tests.browser.conversing import Owner, add_talk
from tests.browser.scenery import Staff


async def ask(desk: Desk, agent: Agent, method: str, path: str, body: Any = None) -> Any:
    async with aiohttp.ClientSession() as http:
        return await Staff(http, desk.url, agent.token).ask(method, path, body)


async def choose_other(page: Page, name: str) -> None:
    """Find the other one of the two, and go on to look at both."""
    await page.get_by_role("button", name="Unir").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Buscar por nome ou telefone").fill(name)
    await dialog.get_by_role("list", name="Contatos encontrados").get_by_role("button").click()


async def test_two_contacts_are_merged_after_both_were_looked_at(login_as: AgentOf, desk: Desk, owner: Owner) -> None:
    """What somebody else changed meanwhile is told and looked at before; then the one has what the other had."""
    kept, gone = add_talk(owner, "do número antigo"), add_talk(owner, "do número novo")
    sofia, ana = await login_as("sofia", bypass_csp=True), await login_as("ana")
    page = await sofia.open(f"/contacts?id={kept['contact_id']}")
    await choose_other(page, gone["contact_name"])
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("region", name=f"Fica: {kept['contact_name']}")).to_be_visible()
    await expect(dialog.get_by_role("region", name=f"Deixa de existir: {gone['contact_name']}")).to_be_visible()
    assert await violations(page) == []

    renamed = f"{kept['contact_name']} Souza"
    await ask(desk, ana, "PATCH", f"/api/contacts/{kept['contact_id']}", {"name": renamed})
    confirm = dialog.get_by_role("button", name="Unir os dois")
    await expect(confirm).to_be_disabled()
    await dialog.get_by_label("Conferi os dois").click()
    await confirm.click()
    await expect(dialog.get_by_role("alert")).to_contain_text("Ana Souza mudou o contato que fica")
    await expect(dialog.get_by_role("region", name=f"Fica: {renamed}")).to_be_visible()
    await expect(confirm).to_be_disabled()

    await dialog.get_by_label("Conferi os dois").click()
    await confirm.click()
    await expect(page.get_by_text(re.compile("agora são um"))).to_be_visible()
    await expect(dialog).to_have_count(0)
    await expect(page.get_by_role("main").get_by_text("1 conversa", exact=True)).to_be_visible()
    detail = await ask(desk, sofia, "GET", f"/api/conversations-simple/{kept['id']}")
    assert {message["content"] for message in detail["messages"]} == {"do número antigo", "do número novo"}


async def test_merging_is_offered_from_a_conversation_too_and_only_to_whoever_may(
    login_as: AgentOf, owner: Owner
) -> None:
    """A supervisor finds it beside the patient's name; an agent does not."""
    talk = add_talk(owner, "oi")
    sofia, ana = await login_as("sofia"), await login_as("ana")
    page = await sofia.open(f"/conversations/{talk['id']}?tab=all")
    await page.get_by_role("button", name="Unir").click()
    await expect(page.get_by_role("dialog")).to_contain_text(f"Unir outro contato a {talk['contact_name']}")

    page = await ana.open(f"/contacts?id={talk['contact_id']}")
    await expect(page.get_by_role("button", name="Editar")).to_be_visible()
    await expect(page.get_by_role("button", name="Unir")).to_have_count(0)
    assert sofia.errors == ana.errors == []
