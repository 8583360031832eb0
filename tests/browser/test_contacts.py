"""Contacts: corrected, and two that are one person made one by hand."""

import re
import uuid

from playwright.async_api import Page, expect

from tests.browser.agents import Desk
from tests.browser.axe import violations
from tests.browser.conftest import AgentOf
from tests.browser.conversing import Owner, add_talk
from tests.browser.test_administration import ask
from tests.integration.api.factories import add_contact


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


async def test_who_corrects_a_contact_sees_what_a_colleague_changed_meanwhile(
    login_as: AgentOf, desk: Desk, owner: Owner
) -> None:
    """Neither is lost: what I typed stays, theirs is shown, and only a second save goes over it."""
    name = f"Contato {uuid.uuid4().hex[:8]}"
    contact = add_contact(owner, name=name, email="antes@example.com")
    ana, bruno = await login_as("ana"), await login_as("bruno")
    page = await ana.open(f"/contacts?q={name.replace(' ', '+')}")
    await page.get_by_role("link", name=name).click()
    await page.get_by_role("button", name="Editar").click()
    await page.get_by_label("E-mail").fill("isto não")
    await page.get_by_role("button", name="Salvar").click()
    await expect(page.get_by_label("E-mail")).to_have_accessible_description(re.compile("Não parece um e-mail"))
    await page.get_by_label("E-mail").fill("meu@example.com")
    await ask(desk, bruno, "PATCH", f"/api/contacts/{contact['id']}", {"name": f"{name} Lima"})

    await page.get_by_role("button", name="Salvar").click()
    await expect(page.get_by_role("alert")).to_contain_text("Bruno Lima mudou este contato")
    await expect(page.get_by_role("alert")).to_contain_text(f"{name} Lima")
    await expect(page.get_by_label("E-mail")).to_have_value("meu@example.com")
    await page.get_by_role("button", name="Salvar").click()
    await expect(page.get_by_text("meu@example.com")).to_be_visible()
    found = (await ask(desk, ana, "GET", f"/api/contacts/{contact['id']}"))["contact"]
    assert (found["name"], found["email"]) == (f"{name} Lima", "meu@example.com")
    # The refusal is in the console as well.
    assert [error for error in ana.errors if "412" not in error] == []
