"""The operator's console: what waits, what died, and what people decide about it."""

import re
import uuid
from typing import Any

import aiohttp
import psycopg
from playwright.async_api import Locator, Page, expect

from tests.browser.agents import Agent, Desk
from tests.browser.axe import violations
from tests.browser.conftest import AgentOf
from tests.browser.conversing import Owner
from tests.browser.pages import shown
from tests.browser.patients import Patients
from tests.browser.scenery import Staff
from tests.waiting import until

LIST = "/operations/dead-letters"


async def ask(desk: Desk, agent: Agent, method: str, path: str, body: Any = None) -> Any:
    """What the API answers somebody."""
    async with aiohttp.ClientSession() as http:
        return await Staff(http, desk.url, agent.token).ask(method, path, body)


async def bury(desk: Desk, agent: Agent, patients: Patients, count: int = 1, **fields: Any) -> tuple[str, list[str]]:
    """Have events die that nobody understands, of a name of their own: that name and their ids."""
    name = f"agenda.{uuid.uuid4().hex[:12]}"
    for number in range(count):
        await patients.post({"event": name, "number": number, **fields})

    async def dead() -> list[str]:
        entries = (await ask(desk, agent, "GET", f"/api/dlq?event_type={name}"))["entries"]
        return [entry["id"] for entry in entries] if len(entries) == count else []

    return name, await until(dead, what="dead letters")


async def bury_message(desk: Desk, agent: Agent, patients: Patients) -> str:
    """Have a patient's message die whose sender is of no kind we know: the id of its dead letter."""
    reference = f"ops-{uuid.uuid4().hex[:12]}"
    await patients.write(patients.new_phone(), "Júlia", "Quero remarcar", external_id=reference, sender_type="paciente")

    async def dead() -> str | None:
        entries = (await ask(desk, agent, "GET", f"/api/dlq?provider_id={reference}"))["entries"]
        return entries[0]["id"] if entries else None

    return str(await until(dead, what="a dead letter"))


def dialog_of(page: Page) -> Locator:
    return page.get_by_role("dialog")


async def test_a_dead_letter_is_shown_with_a_reason_edited_and_replayed(
    login_as: AgentOf, desk: Desk, patients: Patients
) -> None:
    """What a patient wrote is masked until somebody says why they look, and that stays in the audit log."""
    agent = await login_as("oper")
    letter = await bury_message(desk, agent, patients)
    page = await agent.open(f"{LIST}/{letter}")
    await expect(page.get_by_role("region", name="Como foi entendido")).to_contain_text("•••")
    assert "Quero remarcar" not in await page.content()

    await page.get_by_role("button", name="Editar e reprocessar").click()
    await dialog_of(page).get_by_role("button", name="Mostrar e editar").click()
    await expect(dialog_of(page).get_by_text("Diga o motivo.")).to_be_visible()
    await dialog_of(page).get_by_label("Motivo").fill("Remetente em português")
    await dialog_of(page).get_by_role("button", name="Mostrar e editar").click()

    editor = page.get_by_label("Editado", exact=True)
    await expect(editor).to_contain_text("Quero remarcar")
    await expect(page.get_by_text("precisa ser patient, professional")).to_be_visible()
    payload = (await editor.inner_text()).replace("\u200b", "")
    await editor.fill(payload.replace('"paciente"', '"patient"'))
    await expect(page.get_by_text("O formato é conhecido.")).to_be_visible()
    await expect(page.get_by_text("sender_type (mudado)")).to_be_visible()
    await page.get_by_label("Motivo").fill("Remetente corrigido")
    await page.get_by_role("button", name="Salvar e reprocessar").click()
    await expect(page.locator("main").get_by_text("Reprocessada", exact=True).first).to_be_visible()

    page = await agent.open(f"/operations/audit?action=dead_letter.revealed&subject_id={letter}")
    await expect(page.get_by_role("row").filter(has_text="Conteúdo mostrado")).to_contain_text("Remetente em português")
    assert agent.errors == []


async def test_numbers_that_a_browser_cannot_hold_survive_an_edit(
    login_as: AgentOf, desk: Desk, patients: Patients, browser_database: str
) -> None:
    """A number of twenty digits is shown, edited around and stored with all of them."""
    agent = await login_as("oper")
    _, (letter,) = await bury(desk, agent, patients, reference=55119658601245511503, note="antes")
    page = await agent.open(f"{LIST}/{letter}")
    await page.get_by_role("button", name="Editar e reprocessar").click()
    await dialog_of(page).get_by_label("Motivo").fill("Teste")
    await dialog_of(page).get_by_role("button", name="Mostrar e editar").click()
    editor = page.get_by_label("Editado", exact=True)
    await expect(editor).to_contain_text("55119658601245511503")
    await editor.fill((await editor.inner_text()).replace('"antes"', '"depois"'))
    await page.get_by_label("Motivo").fill("Teste")
    await page.get_by_role("button", name="Salvar", exact=True).click()
    await expect(page.get_by_text("Editada", exact=True).first).to_be_visible()
    with psycopg.connect(browser_database) as owner:
        edited = owner.execute("SELECT edited_payload::text FROM failed_messages WHERE id = %s", [letter]).fetchone()
    assert edited
    assert "55119658601245511503" in edited[0]
    assert "depois" in edited[0]


async def test_a_discard_is_undone_from_the_notice_that_tells_of_it(
    login_as: AgentOf, desk: Desk, patients: Patients
) -> None:
    """It asks for a reason, leaves the list, and one click brings it back."""
    agent = await login_as("oper")
    name, (letter,) = await bury(desk, agent, patients)
    page = await agent.open(f"{LIST}?event_type={name}")
    await page.get_by_role("button", name=f"Ações da mensagem {letter}").click()
    await page.get_by_role("menuitem", name="Descartar").click()
    await dialog_of(page).get_by_label("Motivo").fill("Integração antiga")
    await dialog_of(page).get_by_role("button", name="Descartar").click()
    await expect(page.get_by_text("Nada com estes filtros")).to_be_visible()

    await page.get_by_role("button", name="Desfazer").click()
    await expect(page.get_by_role("button", name=f"Ações da mensagem {letter}")).to_be_visible()


async def test_all_that_match_are_replayed_or_discarded_by_typing_their_number(
    login_as: AgentOf, desk: Desk, patients: Patients
) -> None:
    """A dry run says how many; no other number starts it; a card shows how far it is."""
    agent = await login_as("oper")
    name, letters = await bury(desk, agent, patients, count=3)
    page = await agent.open(f"{LIST}?event_type={name}")
    await page.get_by_role("button", name="Reprocessar todas do filtro").click()
    dialog = dialog_of(page)
    await expect(dialog.get_by_text("3 mensagens serão afetadas")).to_be_visible()
    await dialog.get_by_label("Digite 3 para confirmar").fill("4")
    await expect(dialog.get_by_role("button", name="Reprocessar 3")).to_be_disabled()
    await dialog.get_by_label("Digite 3 para confirmar").fill("3")
    await dialog.get_by_role("button", name="Reprocessar 3").click()
    card = page.locator("[data-replay]").first
    await expect(card).to_contain_text("3 com falha")
    await expect(card).to_contain_text("Concluído")

    await page.get_by_role("button", name="Descartar todas do filtro").click()
    await dialog.get_by_label("Motivo").fill("Sem uso")
    await dialog.get_by_label("Digite 3 para confirmar").fill("3")
    await dialog.get_by_role("button", name="Descartar 3").click()
    await expect(page.get_by_text("Nada com estes filtros")).to_be_visible()
    for letter in letters:
        entry = (await ask(desk, agent, "GET", f"/api/dlq/{letter}"))["entry"]
        assert entry["state"] == "discarded"


async def test_a_number_that_changed_meanwhile_starts_nothing(
    login_as: AgentOf, desk: Desk, patients: Patients
) -> None:
    """Somebody decided about one of them after the dry run: the new number has to be typed."""
    agent = await login_as("oper")
    name, letters = await bury(desk, agent, patients, count=2)
    page = await agent.open(f"{LIST}?event_type={name}")
    await page.get_by_role("button", name="Descartar todas do filtro").click()
    dialog = dialog_of(page)
    await dialog.get_by_label("Motivo").fill("Sem uso")
    await dialog.get_by_label("Digite 2 para confirmar").fill("2")
    await ask(desk, agent, "POST", f"/api/dlq/{letters[0]}/discard", {"reason": "por outro caminho"})
    await dialog.get_by_role("button", name="Descartar 2").click()
    await expect(dialog.get_by_role("alert").filter(has_text="A quantidade mudou")).to_be_visible()
    await expect(dialog.get_by_label("Digite 1 para confirmar")).to_be_visible()
    entry = (await ask(desk, agent, "GET", f"/api/dlq/{letters[1]}"))["entry"]
    assert entry["state"] == "dead"


async def test_what_is_selected_with_shift_is_discarded_together_and_restored(
    login_as: AgentOf, desk: Desk, patients: Patients
) -> None:
    """From the first to the last that was touched, and no other."""
    agent = await login_as("oper")
    name, letters = await bury(desk, agent, patients, count=3)
    page = await agent.open(f"{LIST}?event_type={name}")
    boxes = page.get_by_role("checkbox", name=re.compile("Selecionar a mensagem"))
    await boxes.first.click()
    await boxes.last.click(modifiers=["Shift"])
    await expect(page.get_by_text("3 selecionadas")).to_be_visible()
    await boxes.nth(1).click()
    await page.get_by_role("toolbar").get_by_role("button", name="Descartar").click()
    await dialog_of(page).get_by_label("Motivo").fill("Sem uso")
    await dialog_of(page).get_by_role("button", name="Descartar 2").click()
    await expect(boxes).to_have_count(1)
    await page.get_by_role("button", name="Desfazer").click()
    await expect(boxes).to_have_count(len(letters))


async def test_a_kind_is_silenced_with_a_link_to_where_it_is_dealt_with(
    login_as: AgentOf, desk: Desk, patients: Patients
) -> None:
    """The decision stands beside the kind, with who made it."""
    agent = await login_as("oper")
    name, _ = await bury(desk, agent, patients)
    page = await agent.open(f"{LIST}?event_type={name}&view=kinds")
    await page.get_by_role("button", name="Decidir").click()
    await dialog_of(page).get_by_label("Situação").select_option("muted")
    await dialog_of(page).get_by_label("Onde é tratado").fill("isto não é um endereço")
    await dialog_of(page).get_by_role("button", name="Salvar").click()
    await expect(dialog_of(page).get_by_text("Informe um endereço")).to_be_visible()
    await dialog_of(page).get_by_label("Onde é tratado").fill("https://tracker.example/7")
    await dialog_of(page).get_by_role("button", name="Salvar").click()
    await expect(dialog_of(page)).to_have_count(0)
    await expect(page.get_by_text("Silenciada", exact=True).filter(visible=True)).to_have_count(1)
    await expect(page.get_by_role("link", name="Problema conhecido")).to_have_attribute(
        "href", "https://tracker.example/7"
    )


async def test_the_queue_page_shows_a_backlog_that_grows_and_why(
    login_as: AgentOf, desk: Desk, patients: Patients
) -> None:
    """A source that is silenced is named above everything; what it sends is counted by kind, without a reload."""
    agent = await login_as("oper")
    source = next(
        one for one in (await ask(desk, agent, "GET", "/api/sources"))["sources"] if one["name"] == "demo-n8n"
    )
    page = await agent.open("/operations/sources")
    await page.get_by_role("region", name="demo-n8n").get_by_role("button", name="Silenciar").click()
    await dialog_of(page).get_by_label("Motivo").fill("Manutenção da agenda")
    await dialog_of(page).get_by_role("button", name="Silenciar").click()
    await expect(page.get_by_text("Manutenção da agenda")).to_be_visible()
    try:
        page = await agent.open("/operations/queue")
        await page.get_by_label("Intervalo de atualização").select_option("1")
        await expect(page.get_by_text("Recebimento em pausa: demo-n8n.")).to_be_visible()
        row = page.get_by_role("row").filter(has_text="message.created").filter(has=page.locator("svg"))
        phone = patients.new_phone()
        await patients.write(phone, "Joana", "Um")
        await expect(row.get_by_role("cell").nth(2)).to_have_text("1")
        await patients.write(phone, "Joana", "Dois")
        await expect(row.get_by_role("cell").nth(2)).to_have_text("2")
        await page.get_by_role("button", name="Retomar").click()
        await expect(page.get_by_text("Recebimento em pausa: demo-n8n.")).to_have_count(0)
        # A kind of which nothing waits has a row as long as something of it was worked lately.
        await expect(row.get_by_role("cell").nth(2).filter(has_text=re.compile("[1-9]"))).to_have_count(0)
    finally:
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {agent.token}"}) as http:
            await http.delete(f"{desk.url}/api/queue/pauses?kind=events&source_id={source['id']}")


async def test_a_source_shows_when_each_kind_of_event_last_came(login_as: AgentOf, owner: Owner) -> None:
    """Once somebody asks for it: how long ago, and how many there were."""
    owner.execute(
        "INSERT INTO source_activity SELECT 1, id, 'labels.edit', now() - interval '3 hours', 1234 FROM sources"
        " WHERE name = 'demo-wa'"
    )
    agent = await login_as("oper")
    page = await agent.open("/operations/sources")
    source = page.get_by_role("region", name="demo-wa")
    await source.get_by_text("Último evento de cada tipo").click()
    row = source.get_by_role("row").filter(has_text="labels.edit")
    await expect(row).to_contain_text("há 3 h")
    await expect(row.get_by_role("cell").last).to_have_text("1.234")
    assert agent.errors == []


async def test_a_hidden_tab_does_not_look_and_says_so(login_as: AgentOf) -> None:
    """Nobody sees it, so nothing is asked; it goes on when it is seen again."""
    agent = await login_as("oper")
    page = await agent.open("/operations/queue")
    await expect(page.get_by_text("Mais antigo na fila")).to_be_visible()
    for hidden, count in ((True, 1), (False, 0)):
        await page.evaluate(
            "(hidden) => { Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });"
            " document.dispatchEvent(new Event('visibilitychange')); }",
            hidden,
        )
        await expect(page.get_by_text("Em pausa: aba oculta")).to_have_count(count)


async def test_a_supervisor_sees_and_decides_nothing(login_as: AgentOf, desk: Desk, patients: Patients) -> None:
    """No button is there that the API would refuse; what patients wrote stays masked."""
    operator, agent = await login_as("oper"), await login_as("sofia")
    name, (letter,) = await bury(desk, operator, patients)
    page = await agent.open(f"{LIST}?event_type={name}")
    await expect(page.get_by_role("link", name=re.compile("event is neither"))).to_be_visible()
    for action in ("Reprocessar", "Descartar"):
        await expect(page.get_by_role("button", name=re.compile(action))).to_have_count(0)
    page = await agent.open(f"{LIST}/{letter}")
    await expect(page.get_by_role("region", name="Como foi entendido")).to_be_visible()
    for action in ("Mostrar tudo", "Reprocessar", "Editar e reprocessar", "Descartar"):
        await expect(page.get_by_role("button", name=action, exact=True)).to_have_count(0)


async def test_what_is_gone_is_said_with_a_reason(login_as: AgentOf) -> None:
    """A dead letter that does not exist is no empty page."""
    agent = await login_as("oper")
    page = await agent.open(f"{LIST}/987654321")
    await expect(page.get_by_role("alert")).to_contain_text("não pertence a esta clínica")


async def test_the_console_with_data_is_accessible(login_as: AgentOf, desk: Desk, patients: Patients) -> None:
    """Lists, kinds, a dead letter in the editor and the dialogs: no violation that axe finds, in either theme."""
    agent = await login_as("oper", bypass_csp=True)
    name, (letter, _) = await bury(desk, agent, patients, count=2)
    for path in ("/operations/queue", f"{LIST}?event_type={name}", f"{LIST}?event_type={name}&view=kinds"):
        page = await agent.open(path)
        await shown(page)
        assert await violations(page) == [], path
    await page.get_by_role("button", name="Decidir").click()
    assert await violations(page) == []
    page = await agent.open(f"{LIST}?event_type={name}")
    await page.get_by_role("button", name="Reprocessar todas do filtro").click()
    await expect(dialog_of(page).get_by_text("2 mensagens serão afetadas")).to_be_visible()
    assert await violations(page) == []
    page = await agent.open(f"{LIST}/{letter}")
    await page.get_by_role("button", name="Editar e reprocessar").click()
    await dialog_of(page).get_by_label("Motivo").fill("Teste")
    await dialog_of(page).get_by_role("button", name="Mostrar e editar").click()
    await expect(page.get_by_label("Editado", exact=True)).to_be_visible()
    await expect(dialog_of(page)).to_have_count(0)
    assert await violations(page) == []
