"""What is around every page: rail, themes, languages, focus, and the policy that all of it keeps to."""

import re

import psycopg
import pytest
from playwright.async_api import Page, expect

from tests.browser.agents import Desk
from tests.browser.axe import violations
from tests.browser.conftest import AgentOf
from tests.browser.conversing import Owner
from tests.browser.pages import OPEN_TO_ADMINS, PAGES, shown
from tests.integration.api.factories import add_contact, add_conversation


async def theme_of(page: Page) -> str | None:
    return await page.locator("html").get_attribute("data-theme")


async def test_a_chosen_theme_and_language_outlast_a_reload(login_as: AgentOf) -> None:
    """They hold for the login page too, and before anything is painted."""
    agent = await login_as("ana", color_scheme="light")
    page = await agent.open("/contacts")
    await page.get_by_role("button", name="Conta de Ana Souza").click()
    await page.get_by_role("menuitemradio", name="Escuro").click()
    await page.get_by_role("menuitemradio", name="English").click()
    await expect(page.get_by_role("menuitemradio", name="Dark")).to_be_checked()

    await page.reload(wait_until="commit")
    await page.locator("body").wait_for(state="attached")  # it comes after the script that chooses the theme
    assert await theme_of(page) == "dark"
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await expect(page.get_by_role("link", name="Contacts")).to_be_visible()


async def test_without_a_choice_the_theme_is_the_systems(login_as: AgentOf) -> None:
    """Also when the system changes it while the page is open."""
    agent = await login_as("ana", color_scheme="dark")
    page = await agent.open("/contacts")
    assert await theme_of(page) == "dark"
    await page.emulate_media(color_scheme="light")
    await expect(page.locator("html")).to_have_attribute("data-theme", "light")


async def test_another_clinics_conversation_is_not_there(login_as: AgentOf, browser_database: str) -> None:
    """Its address looks like one that does not exist, and nothing of it reaches the page."""
    with psycopg.connect(browser_database, autocommit=True, row_factory=psycopg.rows.dict_row) as owner:
        contact = add_contact(owner, clinic_id=2, name="Segredo da Outra Clínica")
        conversation = add_conversation(owner, clinic_id=2, contact_id=contact["id"])
    agent = await login_as("ana")
    heard: list[str] = []
    agent.page.on("response", lambda response: heard.append(f"{response.status} {response.url}"))
    page = await agent.open(f"/conversations/{conversation['id']}")
    await expect(page.get_by_text(re.compile("não pertence a esta clínica")).first).to_be_visible()
    assert "Segredo" not in await page.content()


async def test_an_unknown_address_says_so(login_as: AgentOf) -> None:
    """With the rail still there, and a way on."""
    agent = await login_as("ana")
    page = await agent.open("/no/such/page")
    await expect(page.get_by_text("Página não encontrada")).to_be_visible()
    await page.get_by_role("link", name="Ir para as conversas").click()
    await expect(page).to_have_url(re.compile("/conversations$"))


async def test_a_role_finds_what_it_may_open_and_no_more(login_as: AgentOf) -> None:
    """An agent's rail has no operations; their address says why not."""
    agent = await login_as("ana")
    page = await agent.open("/operations/queue")
    await expect(page.get_by_text("Sem permissão")).to_be_visible()
    await expect(page.get_by_role("link", name="Operações")).to_have_count(0)

    operator = await login_as("oper")
    page = await operator.open("/contacts")
    await page.get_by_role("link", name="Operações").click()
    await expect(page).to_have_url(re.compile("/operations/queue$"))


async def test_the_keyboard_gets_past_the_rail_and_into_each_new_page(login_as: AgentOf) -> None:
    """The first stop skips the rail; after a change of page the focus is in it, and its title is told."""
    agent = await login_as("ana")
    page = await agent.open("/contacts")
    await expect(page.get_by_role("link", name="Contatos")).to_have_attribute("aria-current", "page")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Ir para o conteúdo")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("main")).to_be_focused()

    await page.get_by_role("link", name="Kanban").click()
    await expect(page).to_have_url(re.compile("/kanban$"))
    assert await page.evaluate("document.querySelector('main').contains(document.activeElement)")


async def test_a_telephone_has_a_bar_instead_of_the_rail(login_as: AgentOf) -> None:
    """Everything is within its width; what has no room is in a sheet."""
    agent = await login_as("adm", viewport={"width": 360, "height": 740})
    page = await agent.open("/contacts")
    await page.get_by_role("button", name="Mais").click()
    await page.get_by_role("dialog").get_by_role("link", name="Etiquetas").click()
    await expect(page).to_have_url(re.compile("/administration/labels$"))
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert await page.evaluate("document.documentElement.scrollWidth") == 360


async def test_no_page_breaks_its_policy_or_fails(login_as: AgentOf) -> None:
    """Neither inline scripts and styles nor anything from elsewhere, and no error in the console."""
    agent = await login_as(OPEN_TO_ADMINS)
    for path in PAGES:
        page = await agent.open(path)
        await shown(page)
        assert (path, agent.errors) == (path, [])


async def test_every_page_is_accessible(login_as: AgentOf) -> None:
    """No violation that axe finds in either theme."""
    agent = await login_as(OPEN_TO_ADMINS, bypass_csp=True)
    for path in PAGES:
        page = await agent.open(path)
        await shown(page)
        assert (path, await violations(page)) == (path, [])


async def test_menus_dialogs_and_toasts_keep_to_the_policy(login_as: AgentOf, owner: Owner) -> None:
    """Their libraries write styles of their own, which must not be style elements."""
    contact = add_contact(owner, name="Maria Aviso")
    agent = await login_as("ana", viewport={"width": 360, "height": 740})
    page = await agent.open(f"/contacts?id={contact['id']}")
    await page.get_by_role("button", name="Mais").click()
    await page.get_by_role("button", name="Tema").click()
    await expect(page.get_by_role("menu")).to_be_visible()
    assert await page.evaluate("getComputedStyle(document.body).overflow") == "hidden"
    for surface in ("menu", "dialog"):
        await page.keyboard.press("Escape")
        await expect(page.get_by_role(surface)).to_have_count(0)
    await page.get_by_role("button", name="Editar").click()
    await page.get_by_role("button", name="Salvar").click()
    await expect(page.get_by_text("Contato salvo")).to_be_visible()
    assert agent.errors == []
    assert await page.locator("style").count() == 0


async def test_the_login_page_is_accessible(desk: Desk) -> None:
    """No violation that axe finds in either theme, also with what went wrong shown."""
    agent = await desk.stranger(bypass_csp=True)
    page = await agent.open("/login")
    await page.get_by_role("button", name="Entrar").click()
    await expect(page.get_by_role("alert").first).to_be_visible()
    assert await violations(page) == []


@pytest.mark.parametrize("width", [360, 1280])
async def test_the_shell_is_accessible(login_as: AgentOf, width: int) -> None:
    """No violation that axe finds in either theme, with the account's menu or the sheet open and closed."""
    viewport = {"width": width, "height": 740}
    agent = await login_as("adm", bypass_csp=True, viewport=viewport)
    page = await agent.open("/no/such/page")
    await expect(page.get_by_text("Página não encontrada")).to_be_visible()
    assert await violations(page) == []
    await page.get_by_role("button", name="Mais" if width < 768 else "Conta de Alice Duarte").click()
    await expect(page.get_by_role("dialog" if width < 768 else "menu")).to_be_visible()
    # A menu lies beside all landmarks while it is open.
    assert await violations(page, but=["region"]) == []
