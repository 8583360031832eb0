"""Agents at the desk: reading, answering, noting, handing over, and what the clock says."""

import asyncio
import re
from datetime import datetime

import pytest
from playwright.async_api import Locator, Page, Route, expect
from psycopg.rows import DictRow

from tests.browser.axe import violations
from tests.browser.conftest import AgentOf
from tests.browser.conversing import USERS, Owner, add_talk, composer_of, open_talk, row_of
from tests.browser.long_lists import long_lists
from tests.browser.pages import shown
from tests.browser.patients import Patients
from tests.browser.whatsapp import WhatsApp
from tests.integration.api.factories import add_message
from tests.waiting import until

ZONES = pytest.mark.parametrize("zone", ["UTC", "America/Sao_Paulo", "Asia/Tokyo"])
FEW_NODES = 60


async def test_a_patients_message_appears_and_the_answer_gets_its_ticks(login_as: AgentOf, patients: Patients) -> None:
    """Without a reload; the focus stays where one writes, and the tick says in words how far the answer got."""
    ana = await login_as("ana")
    page = await ana.open("/conversations?tab=unassigned")
    await expect(page.locator("[data-liveness=live]").first).to_be_visible()
    phone = patients.new_phone()
    await patients.write(phone, f"Paciente {phone}", "Tem horário amanhã?")
    await page.get_by_role("link", name=f"Paciente {phone}").click()
    await expect(page.get_by_role("article").get_by_text("Tem horário amanhã?")).to_be_visible()

    box = page.get_by_role("textbox", name=f"Resposta para Paciente {phone}")
    await expect(box).to_be_focused()
    await page.keyboard.type("Sim, às 14h30.")
    await page.keyboard.press("Enter")
    answer = page.get_by_role("article").filter(has_text="Sim, às 14h30.")
    await expect(answer.locator("[data-tick=delivered], [data-tick=read]")).to_have_text(re.compile("Entregue|Lida"))
    await expect(box).to_be_focused()
    await expect(box).to_have_value("")
    assert ana.errors == []


async def test_a_conversation_that_comes_late_leaves_the_focus_where_somebody_writes(
    login_as: AgentOf, owner: Owner
) -> None:
    """Who looks for somebody else meanwhile writes nothing to this patient."""
    talk, arrives = add_talk(owner, "Oi"), asyncio.Event()
    page = (await login_as("ana")).page

    async def late(route: Route) -> None:
        await arrives.wait()
        await route.continue_()

    await page.route(re.compile(rf"/api/conversations-simple/{talk['id']}(\?|$)"), late)
    await page.goto(f"/conversations/{talk['id']}?tab=all")
    search = page.get_by_role("searchbox")
    await search.press_sequentially("Mar")
    arrives.set()
    await expect(composer_of(page, talk)).to_be_visible()
    await page.keyboard.type("ia")
    await expect(search).to_have_value("Maria")
    await expect(composer_of(page, talk)).to_have_value("")


async def test_a_note_never_leaves_the_house(
    login_as: AgentOf, owner: Owner, patients: Patients, whatsapp: WhatsApp
) -> None:
    """It is amber here and nowhere else: what was written after it has reached the patient, and it has not."""
    phone = patients.new_phone()
    await patients.write(phone, f"Paciente {phone}", "Oi")
    ana = await login_as("ana")
    page = await ana.open("/conversations?tab=unassigned")
    await page.get_by_role("link", name=f"Paciente {phone}").click()
    await page.get_by_role("textbox").and_(page.get_by_label(re.compile("^Resposta"))).wait_for()
    await page.keyboard.press("Alt+p")
    await page.keyboard.type("Alergia a dipirona")
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-kind=note]")).to_contain_text("só a equipe vê")
    await page.keyboard.press("Alt+l")
    await page.keyboard.type("Olá!")
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-tick=delivered], [data-tick=read]")).to_be_visible()

    told = {row["content"]: row["provider_id"] for row in owner.execute("SELECT content, provider_id FROM messages")}
    assert told["Alergia a dipirona"] is None
    assert whatsapp.received(told["Olá!"])


async def test_drafts_are_kept_for_each_conversation_and_each_way_of_saying_it(login_as: AgentOf, owner: Owner) -> None:
    """Words for colleagues never turn up in the box whose text goes to the patient, and a reload loses neither."""
    one, other = add_talk(owner, "Oi"), add_talk(owner, "Bom dia")
    page = (await login_as("ana")).page
    await open_talk(page, one)
    await composer_of(page, one).fill("para o paciente")
    await page.get_by_text("Nota interna", exact=True).click()
    await page.get_by_label(re.compile("^Nota interna sobre")).fill("para a equipe")
    await open_talk(page, other)
    await expect(composer_of(page, other)).to_have_value("")

    await open_talk(page, one)
    await expect(composer_of(page, one)).to_have_value("para o paciente")
    await page.get_by_text("Nota interna", exact=True).click()
    await expect(page.get_by_label(re.compile("^Nota interna sobre"))).to_have_value("para a equipe")


async def test_a_canned_reply_is_chosen_by_keys_and_says_the_patients_name(login_as: AgentOf, owner: Owner) -> None:
    """The focus never leaves the box; Enter chooses, and only the next Enter sends."""
    owner.execute(
        "INSERT INTO canned_replies (clinic_id, shortcut, content) VALUES (1, 'jejumtotal', 'Olá, {{contact.first_name}}!')"
    )
    talk = add_talk(owner, "Oi")
    page = (await login_as("ana")).page
    await open_talk(page, talk)
    box = composer_of(page, talk)
    await box.press_sequentially("/jejumt")
    await expect(page.get_by_role("option", name=re.compile("jejumtotal"))).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("Enter")
    await expect(box).to_have_value("Olá, Paciente!")
    await expect(box).to_be_focused()


async def test_a_file_goes_with_its_words(login_as: AgentOf, patients: Patients) -> None:
    """It is uploaded while one writes, and arrives as one message with its caption."""
    phone = patients.new_phone()
    await patients.write(phone, f"Paciente {phone}", "Oi")
    ana = await login_as("ana")
    page = await ana.open("/conversations?tab=unassigned")
    await page.get_by_role("link", name=f"Paciente {phone}").click()
    box = page.get_by_role("textbox", name=f"Resposta para Paciente {phone}")
    await box.fill("Segue o pedido")
    await page.locator("input[type=file]").set_input_files(
        {"name": "pedido.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 pedido"}
    )
    await expect(page.get_by_role("list", name="Arquivos anexados")).to_contain_text("pedido.pdf")
    await page.get_by_role("button", name="Enviar", exact=True).click()
    sent = page.get_by_role("article").filter(has_text="Segue o pedido")
    await expect(sent.get_by_role("button", name="Baixar pedido.pdf")).to_be_visible()


async def test_a_transfer_is_seen_by_both_without_a_reload(login_as: AgentOf, owner: Owner) -> None:
    """The colleague finds it among their own, with the words that came with it; who gave it away is told so."""
    talk = add_talk(owner, "Oi", assigned_to=USERS["ana"])
    bruno = await login_as("bruno")
    theirs = await bruno.open("/conversations")
    await expect(theirs.locator("[data-liveness=live]").first).to_be_visible()
    page = (await login_as("ana")).page
    await open_talk(page, talk)
    await page.get_by_role("button", name="Transferir").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("radio", name=re.compile("Bruno Lima.*Disponível"))).to_be_visible()
    await dialog.get_by_role("radio", name=re.compile("Bruno Lima")).click()
    await dialog.get_by_label("Recado para quem recebe (opcional)").fill("Prefere de manhã")
    await dialog.get_by_role("button", name="Transferir").click()

    await expect(page.get_by_text("Esta conversa é de Bruno Lima.")).to_be_visible()
    await row_of(theirs, talk).click()
    history = theirs.get_by_role("region", name=f"Mensagens com {talk['contact_name']}")
    await expect(history.get_by_text("Ana Souza transferiu para Bruno Lima")).to_be_visible()
    await expect(history.get_by_text("Prefere de manhã")).to_be_visible()


async def test_two_who_have_it_open_see_each_other_and_who_types(login_as: AgentOf, owner: Owner) -> None:
    """So that two do not answer at once."""
    talk = add_talk(owner, "Oi")
    ana, bruno = (await login_as("ana")).page, (await login_as("bruno")).page
    await open_talk(ana, talk)
    await open_talk(bruno, talk)
    await expect(ana.get_by_role("button", name="Bruno Lima também está vendo")).to_be_visible()
    await composer_of(bruno, talk).press_sequentially("Bom")
    await expect(ana.get_by_text("Bruno Lima está digitando…")).to_be_visible()


async def test_what_comes_in_is_read_out_once_and_history_is_not(
    login_as: AgentOf, owner: Owner, patients: Patients
) -> None:
    """The log has one line for the new message, and none for those that were there."""
    phone = patients.new_phone()
    await patients.write(phone, f"Paciente {phone}", "Primeira")
    ana = await login_as("ana")
    page = await ana.open("/conversations?tab=unassigned")
    await page.get_by_role("link", name=f"Paciente {phone}").click()
    await expect(page.get_by_role("article").filter(has_text="Primeira")).to_be_visible()
    log = page.get_by_role("log")
    await expect(log).to_have_text("")
    await patients.write(phone, f"Paciente {phone}", "Segunda")
    await expect(log.locator("p")).to_have_text([re.compile(r"Paciente \d+, \d\d:\d\d: Segunda")])


async def test_opening_marks_as_read_but_keeps_the_place_where_reading_went_on(login_as: AgentOf, owner: Owner) -> None:
    """The pill goes, the mark between the messages stays."""
    talk = add_talk(owner, "lida", "nova", unread_count=1)
    page = (await login_as("ana")).page
    await open_talk(page, talk)
    await expect(page.locator("[data-unread-mark]")).to_have_text("1 mensagem não lida")
    await until(lambda: _unread(owner, talk["id"]) == 0)
    await expect(page.locator("[data-unread-mark]")).to_be_visible()


def _unread(owner: Owner, conversation_id: int) -> int:
    row = owner.execute("SELECT unread_count FROM conversations WHERE id = %s", [conversation_id]).fetchone()
    assert row is not None
    return int(row["unread_count"])


@ZONES
async def test_times_are_the_clinics_whatever_the_browsers_zone(login_as: AgentOf, owner: Owner, zone: str) -> None:
    """The clock's time for today, the day's for any before, by the clinic's midnight; never converted twice."""
    today, before = add_talk(owner), add_talk(owner)
    for talk, at in ((today, "2025-06-27T00:59:16.363-03:00"), (before, "2025-06-26T23:45:22.567-03:00")):
        add_message(owner, talk, timestamp=datetime.fromisoformat(at), content=f"às {at}")
        owner.execute("UPDATE conversations SET last_message_at = %s WHERE id = %s", [at, talk["id"]])
    ana = await login_as("ana", timezone_id=zone)
    await ana.page.clock.set_fixed_time(datetime.fromisoformat("2025-06-27T20:30:00-03:00"))
    for talk, text in ((today, "00:59"), (before, "26 de jun")):
        page = await ana.open(f"/conversations/{talk['id']}?tab=all&q={talk['contact_name'].replace(' ', '+')}")
        await expect(row_of(page, talk).locator("time")).to_have_text(text)
    await expect(page.get_by_role("article").locator("time")).to_have_text("23:45")


async def test_an_open_conversation_and_its_dialogs_are_accessible(login_as: AgentOf, owner: Owner) -> None:
    """No violation that axe finds in either theme, with messages of all kinds, and with each dialog open."""
    talk = _rich_talk(owner)
    ana = await login_as("ana", bypass_csp=True)
    page = ana.page
    await open_talk(page, talk)
    await expect(page.locator("[data-kind=note]")).to_be_visible()
    await shown(page)
    assert await violations(page) == []
    for keys, name in (("Alt+t", "Transferir conversa"), ("Control+k", "Busca e comandos"), ("Control+/", "Atalhos")):
        await page.keyboard.press(keys)
        await expect(page.get_by_role("dialog", name=name)).to_be_visible()
        assert (name, await violations(page)) == (name, [])
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_the_palette_leads_to_a_page_and_leaves_the_focus_there(login_as: AgentOf, owner: Owner) -> None:
    """It does not go back to where the palette was opened from; without going anywhere it does."""
    talk = add_talk(owner, "Bom dia")
    ana = await login_as("ana")
    page = ana.page
    await open_talk(page, talk)
    palette = page.get_by_role("dialog", name="Busca e comandos")
    opener = page.get_by_role("searchbox")
    await opener.focus()
    await page.keyboard.press("Control+k")
    await expect(palette).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(opener).to_be_focused()
    await page.keyboard.press("Control+k")
    await palette.get_by_role("option", name="Conversas não atribuídas").click()
    await expect(palette).to_have_count(0)
    await expect(page.get_by_role("main")).to_be_focused()


def _rich_talk(owner: Owner) -> DictRow:
    talk = add_talk(owner, "Bom *dia*, veja https://a.example.com", priority="urgent", unread_count=1)
    ours = {"sender_type": "professional", "sender_name": "Ana Souza", "sender_user_id": USERS["ana"]}
    add_message(owner, talk, content="Olá", delivery_status="read", **ours)
    add_message(
        owner, talk, content="Não saiu", delivery_status="failed", metadata={"failure": {"code": "refused"}}, **ours
    )
    add_message(owner, talk, content="Só para a equipe", message_type="note", **ours)
    add_message(owner, talk, content="Rua das Flores (-23.5, -46.6)", message_type="location")
    return talk


async def test_a_telephone_shows_one_thing_at_a_time(login_as: AgentOf, owner: Owner) -> None:
    """The list, then the conversation with a way back; nothing is wider than the screen."""
    talk = add_talk(owner, "Uma palavra " + "muitolonga" * 20)
    ana = await login_as("ana", viewport={"width": 360, "height": 740})
    page = await ana.open(f"/conversations?tab=all&q={talk['contact_name'].replace(' ', '+')}")
    await row_of(page, talk).click()
    await expect(page.get_by_role("article")).to_be_visible()
    await expect(page.get_by_role("searchbox")).to_have_count(0)
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    await page.get_by_role("button", name="Mostrar detalhes").click()
    await expect(page.get_by_role("dialog", name="Detalhes")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    await page.keyboard.press("Escape")
    await page.get_by_role("link", name="Voltar para a lista").click()
    await expect(row_of(page, talk)).to_be_visible()


OLDER = re.compile(r"/messages\?.*before=")


async def test_long_lists_keep_few_nodes_and_their_place(login_as: AgentOf, owner: Owner) -> None:
    """Of 10,000 conversations and 5,000 messages only those in sight exist; an older page moves nothing that is seen."""
    talk = long_lists(owner)
    carla = await login_as("carla")
    page = await carla.open(f"/conversations/{talk}?tab=all")
    await expect(page.get_by_text(re.compile(r"^100\d\d conversas$"))).to_be_visible()
    list_of = page.get_by_role("list", name="Lista de conversas")
    await list_of.get_by_role("link").first.focus()
    for _ in range(5):
        await page.keyboard.press("End")
        await expect(list_of.locator("[data-row] a:focus")).to_have_count(1)
    await list_of.evaluate("(list) => { list.parentElement.scrollTop = 0; }")
    await expect(list_of.locator("[aria-posinset='1']")).to_be_in_viewport()
    await expect(list_of.locator("[data-row] a:focus")).to_have_count(1)  # whoever goes on with the keys is not lost
    assert await page.locator("[data-row]").count() < FEW_NODES

    await expect(page.get_by_role("article").filter(has_text="mensagem 5000")).to_be_visible()
    history = page.get_by_role("region", name=re.compile("^Mensagens com"))
    for height in (90, 90, 0):
        before, after = await _older_page(page, history, height)
        assert abs(after - before) <= 2
    assert await page.get_by_role("article").count() < FEW_NODES


async def _older_page(page: Page, history: Locator, height: int) -> tuple[float, float]:
    """Scroll to the top, or near it, until an older page has come; where a message in sight stood before and after."""
    asked, may_come = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        asked.set()
        await may_come.wait()
        await route.continue_()

    await page.route(OLDER, hold)
    await history.evaluate("(scroller, height) => { scroller.scrollTop = height; }", height)
    await asked.wait()
    seen = await history.evaluate(
        """async (scroller) => {
            const frame = () => new Promise(requestAnimationFrame);
            await frame(); await frame();
            const top = scroller.getBoundingClientRect().top;
            const seen = [...scroller.querySelectorAll("article")].find((one) => one.getBoundingClientRect().top > top + 8);
            return { message: seen.dataset.message, before: seen.getBoundingClientRect().top };
        }"""
    )
    may_come.set()
    after: float = await history.evaluate(
        """async (scroller, message) => {
            const frame = () => new Promise(requestAnimationFrame);
            while (scroller.scrollTop < 1000) await frame();
            for (let frames = 0; frames < 10; frames += 1) await frame();
            const now = scroller.querySelector(`[data-message="${message}"]`);
            return now ? now.getBoundingClientRect().top : -1e6;
        }""",
        seen["message"],
    )
    await page.unroute(OLDER)
    return seen["before"], after
