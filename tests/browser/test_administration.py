"""Administration: what an admin or a supervisor keeps for everybody."""

import re
import uuid
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.agents import Agent, Desk
from tests.browser.axe import violations
from tests.browser.conftest import AgentOf
from tests.browser.scenery import Staff
from tests.product import Product
from tests.waiting import until


async def ask(desk: Desk, agent: Agent, method: str, path: str, body: Any = None) -> Any:
    """What the API answers somebody."""
    async with aiohttp.ClientSession() as http:
        return await Staff(http, desk.url, agent.token).ask(method, path, body)


def own_name() -> str:
    """A name that no other test has."""
    return f"t{uuid.uuid4().hex[:10]}"


def dialog_of(page: Page) -> Locator:
    return page.get_by_role("dialog")


async def shown_address(page: Page, receiver: str) -> str:
    """The webhook's address in the dialog, as it is at this stack."""
    address = await dialog_of(page).locator("code").first.inner_text()
    return receiver + address[address.index("/webhooks/") :]


async def is_taken(address: str) -> bool:
    """Whether a webhook is accepted there."""
    async with aiohttp.ClientSession() as http, http.post(address, json={"event": "ping"}) as answer:
        return answer.status == 200


async def test_a_source_is_made_and_its_token_rotated(login_as: AgentOf, product: Product) -> None:
    """Each token is shown once, in the address to post to; after the rotation the new one works, and the old one ends."""
    agent, name = await login_as("adm"), own_name()
    page = await agent.open("/administration/sources")
    await page.get_by_role("button", name="Nova fonte").click()
    await dialog_of(page).get_by_label("Tipo").select_option("n8n")
    await dialog_of(page).get_by_role("button", name="Salvar").click()
    await expect(dialog_of(page).get_by_label("Nome")).to_have_accessible_description("Preencha este campo.")
    await dialog_of(page).get_by_label("Nome").fill(name)
    await dialog_of(page).get_by_role("button", name="Salvar").click()
    await expect(dialog_of(page).get_by_text(f"{name} foi criada")).to_be_visible()
    first = await shown_address(page, product.receiver)
    await until(lambda: is_taken(first), within=20, what="the first token")

    await dialog_of(page).get_by_role("button", name="Já copiei").click()
    token = first.rsplit("/", 1)[1]
    assert token not in await page.content()
    await page.get_by_role("region", name=name).get_by_role("button", name="Trocar token").click()
    await dialog_of(page).get_by_label("O token anterior ainda vale por").select_option("0")
    await dialog_of(page).get_by_role("button", name="Trocar token").click()
    await expect(dialog_of(page).get_by_text(f"Novo token de {name}")).to_be_visible()
    second = await shown_address(page, product.receiver)
    await until(lambda: is_taken(second), within=20, what="the second token")

    async def has_ended() -> bool:
        return not await is_taken(first)

    await until(has_ended, within=20, what="the end of the first token")
    assert agent.errors == []


async def test_a_name_that_is_taken_is_said_beside_the_field(login_as: AgentOf) -> None:
    """Nothing that was typed is lost."""
    agent = await login_as("adm")
    page = await agent.open("/administration/sources")
    await page.get_by_role("button", name="Nova fonte").click()
    await dialog_of(page).get_by_label("Nome").fill("demo-wa")
    await dialog_of(page).get_by_role("button", name="Salvar").click()
    field = dialog_of(page).get_by_label("Nome")
    await expect(field).to_have_accessible_description(re.compile("Já existe um com este nome."))
    await expect(field).to_have_value("demo-wa")


async def test_a_canned_reply_is_written_with_variables(login_as: AgentOf, desk: Desk) -> None:
    """The preview shows what a patient reads; what is no variable is said before anything is sent."""
    agent, shortcut = await login_as("sofia"), own_name()
    page = await agent.open("/administration/canned-replies")
    await page.get_by_role("button", name="Nova resposta").first.click()
    dialog = dialog_of(page)
    await dialog.get_by_label("Atalho").fill(shortcut)
    await dialog.get_by_label("Texto", exact=True).fill("Olá, {{contact.nome}}! ")
    await expect(dialog.get_by_text("Desconhecido: contact.nome")).to_be_visible()
    await dialog.get_by_role("button", name="Salvar").click()
    await expect(dialog.get_by_label("Texto", exact=True)).to_have_accessible_description(re.compile("variável"))

    await dialog.get_by_label("Texto", exact=True).fill("Olá, ")
    await dialog.get_by_role("button", name="primeiro nome do contato").click()
    await expect(dialog.get_by_role("region", name="Como o paciente lê")).to_contain_text("Olá, Maria")
    await dialog.get_by_role("button", name="Salvar").click()
    await expect(page.get_by_role("row").filter(has_text=f"/{shortcut}")).to_contain_text("{{contact.first_name}}")
    found = await ask(desk, agent, "GET", f"/api/canned-replies?prefix={shortcut}")
    assert [reply["content"] for reply in found["canned_replies"]] == ["Olá, {{contact.first_name}}"]


async def test_a_label_is_made_renamed_and_deleted(login_as: AgentOf) -> None:
    """Its colour is chosen by itself, and can be another."""
    agent, name = await login_as("sofia"), own_name()
    page = await agent.open("/administration/labels")
    await page.get_by_role("button", name="Nova etiqueta").first.click()
    await dialog_of(page).get_by_label("Nome").fill(name)
    await dialog_of(page).get_by_role("button", name="#7c3aed").click()
    await dialog_of(page).get_by_role("button", name="Salvar").click()
    await page.get_by_role("button", name=f"Editar {name}").click()
    await dialog_of(page).get_by_label("Nome").fill(f"{name} novo")
    await dialog_of(page).get_by_role("button", name="Salvar").click()
    await page.get_by_role("button", name=f"Apagar {name} novo").click()
    await dialog_of(page).get_by_role("button", name="Apagar").click()
    await expect(page.get_by_text(name)).to_have_count(0)
    assert agent.errors == []


@pytest.mark.parametrize("choice", ["Carregar a versão atual", "Manter a minha e salvar por cima"])
async def test_a_conflict_is_told_and_nothing_is_overwritten_unseen(login_as: AgentOf, desk: Desk, choice: str) -> None:
    """Who changed it, and when; then either theirs is loaded, or mine is saved over it."""
    agent, other, name = await login_as("adm"), await login_as("sofia"), own_name()
    label = (await ask(desk, other, "POST", "/api/labels", {"name": name, "colour": "#0f766e"}))["label"]
    page = await agent.open("/administration/labels")
    await page.get_by_role("button", name=f"Editar {name}").click()
    await dialog_of(page).get_by_label("Nome").fill(f"{name} meu")
    await ask(desk, other, "PATCH", f"/api/labels/{label['id']}", {"name": f"{name} dela"})
    await dialog_of(page).get_by_role("button", name="Salvar").click()
    await expect(dialog_of(page).get_by_role("alert")).to_contain_text("Sofia Prado alterou isto")

    await dialog_of(page).get_by_role("button", name=choice).click()
    mine = choice.startswith("Manter")
    await expect(dialog_of(page).get_by_label("Nome")).to_have_value(f"{name} meu" if mine else f"{name} dela")
    await dialog_of(page).get_by_role("button", name="Salvar").click()
    await expect(dialog_of(page)).to_have_count(0)
    stored = (await ask(desk, agent, "GET", f"/api/labels/{label['id']}"))["label"]["name"]
    assert stored == (f"{name} meu" if mine else f"{name} dela")


async def test_a_destination_of_webhooks_shows_its_secret_once(login_as: AgentOf) -> None:
    """An address that the API refuses is said beside the field; the secret is gone when the dialog is."""
    agent, name = await login_as("adm"), own_name()
    page = await agent.open("/administration/destinations")
    await page.get_by_role("button", name="Novo destino").first.click()
    await dialog_of(page).get_by_label("Nome").fill(name)
    await dialog_of(page).get_by_label("Endereço").fill("https://127.0.0.1/hook")
    await dialog_of(page).get_by_role("button", name="Salvar").click()
    await expect(dialog_of(page).get_by_label("Endereço")).to_have_accessible_description(re.compile("Não foi aceito"))
    await dialog_of(page).get_by_label("Endereço").fill("https://n8n.example/webhook/prosa")
    await dialog_of(page).get_by_role("button", name="Salvar").click()
    await expect(dialog_of(page).get_by_text("Destino criado")).to_be_visible()
    secret = await dialog_of(page).locator("code").inner_text()
    assert secret.startswith("whsec_")
    await page.keyboard.press("Escape")
    await expect(dialog_of(page).get_by_text(secret)).to_be_visible()
    await dialog_of(page).get_by_role("button", name="Já copiei").click()
    await expect(page.get_by_role("main")).to_be_focused()
    await expect(page.get_by_role("region", name=name)).to_contain_text("Ainda sem entregas")
    assert secret not in await page.content()

    await page.get_by_role("region", name=name).get_by_role("switch").click()
    await expect(page.get_by_role("region", name=name)).to_contain_text("Desligado")
    # The refused address is in the console as well.
    assert [error for error in agent.errors if "400" not in error] == []


async def status_with(desk: Desk, token: str) -> int:
    """What an integration is answered that comes with this token."""
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession() as http, http.get(f"{desk.url}/api/contacts", headers=headers) as answer:
        return answer.status


async def test_a_token_of_an_integration_is_made_rotated_and_revoked(login_as: AgentOf, desk: Desk) -> None:
    """Each is shown once and works until another takes its place at once, or until it is revoked."""
    agent, name = await login_as("adm"), own_name()
    page = await agent.open("/administration/service-tokens")
    await page.get_by_role("button", name="Novo token").first.click()
    await dialog_of(page).get_by_label("Nome", exact=True).fill(name)
    await dialog_of(page).get_by_role("button", name="Criar token").click()
    await expect(dialog_of(page).get_by_role("alert")).to_have_text("Escolha ao menos uma permissão.")
    await dialog_of(page).get_by_label("Ver os contatos").click()
    await dialog_of(page).get_by_role("button", name="Criar token").click()
    await expect(dialog_of(page).get_by_text(f"{name} já pode usar a API")).to_be_visible()
    first = await dialog_of(page).locator("code").inner_text()
    await dialog_of(page).get_by_role("button", name="Já copiei").click()
    assert first not in await page.content()
    assert await status_with(desk, first) == 200

    row = page.get_by_role("row").filter(has_text=name)
    await expect(row).to_contain_text("contacts:read")
    await row.get_by_role("button", name=f"Ações de {name}").click()
    await page.get_by_role("menuitem", name="Trocar token").click()
    await dialog_of(page).get_by_label("O token anterior ainda vale por").select_option("0")
    await dialog_of(page).get_by_role("button", name="Trocar token").click()
    await expect(dialog_of(page).get_by_text(f"Novo token de {name}")).to_be_visible()
    second = await dialog_of(page).locator("code").inner_text()
    await dialog_of(page).get_by_role("button", name="Já copiei").click()
    assert (await status_with(desk, first), await status_with(desk, second)) == (401, 200)

    await row.get_by_role("button", name=f"Ações de {name}").click()
    await page.get_by_role("menuitem", name="Revogar").click()
    await dialog_of(page).get_by_role("button", name="Revogar").click()
    await expect(row).to_have_count(0)
    await page.get_by_label("Mostrar também os que terminaram").click()
    await expect(row.filter(has_text="Revogado")).to_have_count(1)
    assert await status_with(desk, second) == 401
    assert agent.errors == []


async def test_everybody_is_listed_and_found(login_as: AgentOf) -> None:
    """With what their role may do; a search that finds nobody says so."""
    agent = await login_as("adm")
    page = await agent.open("/administration/users")
    await expect(page.get_by_role("row").filter(has_text="Ana Souza")).to_contain_text("Atendimento")
    await page.get_by_label("Buscar por nome ou e-mail").fill("sofia PRADO")
    await expect(page.get_by_role("row")).to_have_count(2)
    await page.get_by_label("Buscar por nome ou e-mail").fill("ninguém")
    await expect(page.get_by_text("Nada encontrado")).to_be_visible()


async def test_somebody_is_made_given_another_role_and_deactivated(login_as: AgentOf, desk: Desk) -> None:
    """The password that was made is shown once and signs them in; without them nobody is left who could undo it all."""
    agent, name = await login_as("adm"), own_name()
    email = f"{name}@demo.test"
    page = await agent.open("/administration/users")
    await page.get_by_role("button", name="Nova pessoa").click()
    await dialog_of(page).get_by_label("Nome").fill(name)
    await dialog_of(page).get_by_label("E-mail").fill("ana@demo.test")
    await dialog_of(page).get_by_role("button", name="Salvar").click()
    await expect(dialog_of(page).get_by_label("E-mail")).to_have_accessible_description("Já existe um com este nome.")
    await dialog_of(page).get_by_label("E-mail").fill(email)
    await dialog_of(page).get_by_role("button", name="Salvar").click()
    await expect(dialog_of(page).get_by_text(f"{name} já pode entrar")).to_be_visible()
    login = {"email": email, "password": await dialog_of(page).locator("code").last.inner_text()}
    async with aiohttp.ClientSession() as http:
        async with http.post(f"{desk.url}/api/auth/login", json=login) as answer:
            assert answer.status == 200
        await dialog_of(page).get_by_role("button", name="Já copiei").click()
        await page.get_by_role("button", name=f"Ações de {name}").click()
        await page.get_by_role("menuitem", name="Editar").click()
        await dialog_of(page).get_by_label("Perfil").select_option("supervisor")
        await dialog_of(page).get_by_role("button", name="Salvar").click()
        row = page.get_by_role("row").filter(has_text=email)
        await expect(row).to_contain_text("Supervisão")

        await page.get_by_role("button", name=f"Ações de {name}").click()
        await page.get_by_role("menuitem", name="Desativar").click()
        await dialog_of(page).get_by_role("button", name="Desativar").click()
        await expect(row).to_contain_text("Desativado")
        async with http.post(f"{desk.url}/api/auth/login", json=login) as answer:
            assert answer.status == 401


async def test_a_retention_says_what_would_go_before_it_holds(login_as: AgentOf, desk: Desk) -> None:
    """A number of days out of its bounds is refused; one that deletes nothing needs no number to be typed."""
    agent = await login_as("adm")
    page = await agent.open("/administration/retention")
    await page.get_by_role("button", name="Editar o prazo: Arquivos").click()
    days = dialog_of(page).get_by_label("Apagar depois de quantos dias")
    await days.fill("3")
    await dialog_of(page).get_by_role("button", name="Salvar").click()
    await expect(days).to_have_accessible_description(re.compile("7 ou mais"))
    await days.fill("3650")
    await expect(dialog_of(page).get_by_text(re.compile("seriam? apagados?"))).to_be_visible()
    await dialog_of(page).get_by_role("button", name="Salvar").click()
    await expect(dialog_of(page)).to_have_count(0)
    await expect(page.get_by_text("3650 dias")).to_be_visible()
    await ask(desk, agent, "PATCH", "/api/retention", {"media": None})


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("ana", "/administration/labels"),
        ("ana", "/operations/dead-letters"),
        ("sofia", "/administration/sources"),
        ("oper", "/administration/destinations"),
        ("oper", "/administration/service-tokens"),
    ],
)
async def test_a_role_without_the_right_is_told_so(login_as: AgentOf, who: str, path: str) -> None:
    """The page is not there, and says why."""
    agent = await login_as(who)
    page = await agent.open(path)
    await expect(page.get_by_text("Sem permissão")).to_be_visible()


async def test_administration_with_data_is_accessible(login_as: AgentOf, desk: Desk) -> None:
    """Lists and forms, also with what is wrong in them: no violation that axe finds, in either theme."""
    agent = await login_as("adm", bypass_csp=True)
    await ask(desk, agent, "POST", "/api/labels", {"name": own_name(), "colour": "#d97706"})
    await ask(desk, agent, "POST", "/api/canned-replies", {"shortcut": own_name(), "content": "Olá, {{contact.name}}"})
    for path, button, save in (
        ("/administration/labels", "Nova etiqueta", "Salvar"),
        ("/administration/canned-replies", "Nova resposta", "Salvar"),
        ("/administration/destinations", "Novo destino", "Salvar"),
        ("/administration/service-tokens", "Novo token", "Criar token"),
        ("/administration/sources", "Nova fonte", "Salvar"),
    ):
        page = await agent.open(path)
        await page.get_by_role("button", name=button).first.click()
        await dialog_of(page).get_by_role("button", name=save).click()
        await expect(dialog_of(page).get_by_role("alert").first).to_be_visible()
        assert await violations(page) == [], path
