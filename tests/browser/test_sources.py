"""Sources: an instance's webhook is set up with a click, and a telephone paired, at a clinic that is new."""

import uuid

import aiohttp
import pytest
from playwright.async_api import expect

from deploy.demo.evolution.instances import Instance
from tests.browser.agents import Agent
from tests.browser.conftest import AgentOf
from tests.browser.conversing import Owner
from tests.browser.test_administration import dialog_of, is_taken
from tests.browser.whatsapp import WhatsApp
from tests.product import Product
from tests.waiting import until


@pytest.fixture
def new_clinic(owner: Owner) -> str:
    """Who administers a clinic that has nothing yet: a second instance would leave others' replies in doubt."""
    name = f"adm{uuid.uuid4().hex[:8]}"
    owner.execute(
        "WITH clinic AS (INSERT INTO clinics (slug, name) VALUES (%(name)s, 'Clínica Nova') RETURNING id)"
        " INSERT INTO users (clinic_id, email, name, role, password_hash)"
        " SELECT clinic.id, %(name)s || '@demo.test', 'Nádia Reis', 'admin', password_hash"
        " FROM clinic, users WHERE email = 'ana@demo.test'",
        {"name": name},
    )
    return name


async def test_an_instance_is_set_up_paired_and_heard(
    login_as: AgentOf, new_clinic: str, whatsapp: WhatsApp, product: Product
) -> None:
    """From nothing to a patient's first words on the page, without anything typed into Evolution."""
    instance = Instance(f"{new_clinic}-wa", "5511955559077", open=False)
    whatsapp.stand_in.instances[instance.name] = instance
    nadia = await login_as(new_clinic)
    page = await nadia.open("/administration/sources")
    await page.get_by_role("button", name="Nova fonte").first.click()
    await dialog_of(page).get_by_label("Nome").fill(instance.name)
    await dialog_of(page).get_by_label("Chave da instância").fill(instance.token)
    await dialog_of(page).get_by_role("button", name="Salvar").click()
    await dialog_of(page).get_by_role("button", name="Já copiei").click()

    source = page.get_by_role("region", name=instance.name)
    await source.get_by_role("button", name="Configurar webhook").click()
    await expect(source.get_by_text("Webhook configurado no Evolution")).to_be_visible()
    assert instance.webhook is not None
    door = product.receiver + instance.webhook.url[instance.webhook.url.index("/webhooks/") :]
    await until(lambda: is_taken(door), within=20, what="the webhook that Evolution was told")

    await source.get_by_role("button", name="Conectar telefone").click()
    code = dialog_of(page).get_by_alt_text("Código QR para conectar o telefone")
    await expect(code).to_have_js_property("complete", True)
    assert await code.evaluate("(picture) => picture.naturalWidth") > 0
    await dialog_of(page).get_by_role("button", name="Fechar").last.click()
    instance.open = True
    await source.get_by_role("button", name="Conectar telefone").click()
    await expect(dialog_of(page).get_by_text("O telefone está conectado")).to_be_visible()
    await dialog_of(page).get_by_role("button", name="Fechar").last.click()

    await _write(door, instance)
    await page.get_by_role("link", name="Conversas").click()
    await page.get_by_role("link", name="Todas").click()
    await expect(page.get_by_role("link", name="Primeira Paciente")).to_contain_text("Já funciona?")
    _no_errors(nadia)


async def _write(door: str, instance: Instance) -> None:
    data = {
        "key": {"remoteJid": "5511955557788@s.whatsapp.net", "fromMe": False, "id": uuid.uuid4().hex},
        "pushName": "Primeira Paciente",
        "message": {"conversation": "Já funciona?"},
        "messageType": "conversation",
        "messageTimestamp": 1_795_000_000,
    }
    body = {"event": "messages.upsert", "instance": instance.name, "data": data}
    async with aiohttp.ClientSession() as http, http.post(door, json=body) as answer:
        assert answer.status == 200


def _no_errors(agent: Agent) -> None:
    assert agent.errors == []
