"""What becomes of messages after they were sent: reactions, other words, deletions, at both ends."""

import re
from typing import Any

from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import AgentOf
from tests.browser.patients import Patients


def message(page: Page, text: str) -> Locator:
    return page.get_by_role("article").filter(has_text=text)


async def choose(page: Page, of: Locator, action: str) -> None:
    """An entry of a message's menu, as a pointer finds it."""
    await of.hover()
    await of.get_by_role("button", name="Ações da mensagem").click()
    await page.get_by_role("menuitem", name=action).click()


async def test_an_answer_gets_a_reaction_other_words_and_is_taken_back(login_as: AgentOf, patients: Patients) -> None:
    """Each is shown once WhatsApp has it, and what was deleted leaves no words on the page."""
    phone = patients.new_phone()
    await patients.text(phone, f"Paciente {phone}", {"conversation": "Que dia?"})
    ana = await login_as("ana")
    page = await ana.open("/conversations?tab=unassigned")
    await page.get_by_role("link", name=f"Paciente {phone}").click()
    await page.get_by_role("textbox", name=re.compile("^Resposta")).fill("Na terssa")
    await page.keyboard.press("Enter")
    answer = message(page, "Na terssa")
    await expect(answer.locator("[data-tick=delivered], [data-tick=read]")).to_be_visible()

    await answer.hover()
    await answer.get_by_role("button", name="Reagir").click()
    await page.get_by_role("button", name="Reagir com 🙏").click()
    await expect(answer.get_by_role("list", name="Reações")).to_have_text("🙏🙏 da clínica")

    await choose(page, answer, "Editar")
    await page.get_by_role("dialog").get_by_role("textbox").fill("Na terça")
    await page.get_by_role("dialog").get_by_role("button", name="Salvar").click()
    await expect(message(page, "Na terça")).to_contain_text("editada")
    assert await message(page, "Na terssa").count() == 0

    await choose(page, message(page, "Na terça"), "Apagar para todos")
    await page.get_by_role("dialog").get_by_role("button", name="Apagar para todos").click()
    await expect(message(page, "Mensagem apagada")).to_be_visible()
    await expect(page.get_by_text("Na terça")).to_have_count(0)
    assert ana.errors == []


async def test_what_a_patient_changes_is_changed_on_the_page(login_as: AgentOf, patients: Patients) -> None:
    """A webhook's message is shown without a reload, and so are the reaction to it, its new words and its end."""
    phone = patients.new_phone()
    name = f"Paciente {phone}"
    ana = await login_as("ana")
    page = await ana.open("/conversations?tab=unassigned")
    await expect(page.locator("[data-liveness=live]").first).to_be_visible()
    asked = await patients.text(phone, name, {"conversation": "Quero um horário"})
    await page.get_by_role("link", name=name).click()
    await expect(message(page, "Quero um horário")).to_be_visible()

    key: dict[str, Any] = {"remoteJid": f"{phone}@s.whatsapp.net", "fromMe": False, "id": asked}
    await patients.text(phone, name, {"reactionMessage": {"key": key, "text": "❤️"}})
    await expect(message(page, "Quero um horário").get_by_role("list", name="Reações")).to_contain_text("do paciente")
    await patients.tell(
        "messages.edited", {"key": key, "type": 14, "editedMessage": {"conversation": "Quero DOIS horários"}}
    )
    await expect(message(page, "Quero DOIS horários")).to_contain_text("editada")
    await patients.tell("messages.delete", key)
    await expect(message(page, "Mensagem apagada")).to_be_visible()
    await expect(page.get_by_text("Quero DOIS horários")).to_have_count(0)
    assert ana.errors == []
