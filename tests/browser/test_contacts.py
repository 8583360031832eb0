"""Contacts: found, looked at, corrected."""

import re
import uuid

from playwright.async_api import expect

from tests.browser.agents import Desk
from tests.browser.conftest import AgentOf
from tests.browser.conversing import Owner
from tests.browser.test_administration import ask
from tests.integration.api.factories import add_contact


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
