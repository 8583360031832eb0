"""The board: cards are moved by mouse and by keys, live, and go back where the server refuses."""

import re

import aiohttp
from playwright.async_api import Locator, Page, expect
from psycopg.rows import DictRow

from tests.browser.agents import Desk
from tests.browser.conftest import AgentOf
from tests.browser.conversing import USERS, Owner, add_talk, card_in
from tests.browser.patients import Patients
from tests.waiting import until

NORMAL, HIGH, URGENT = "priority:normal", "priority:high", "priority:urgent"


def priority_of(owner: Owner, conversation_id: int) -> str:
    row = owner.execute("SELECT priority FROM conversations WHERE id = %s", [conversation_id]).fetchone()
    assert row is not None
    return str(row["priority"])


async def drag(page: Page, conversation: DictRow, column: str) -> None:
    """Carry a card to a column with the mouse."""
    card = page.locator(f"[data-card='{conversation['id']}']")
    box = await card.bounding_box()
    goal = await page.locator(f"[data-column='{column}']").bounding_box()
    assert box is not None
    assert goal is not None
    await page.mouse.move(box["x"] + 60, box["y"] + 60)
    await page.mouse.down()
    await page.mouse.move(box["x"] + 80, box["y"] + 70, steps=4)
    await page.mouse.move(goal["x"] + goal["width"] / 2, goal["y"] + 140, steps=8)
    await page.mouse.up()


async def test_a_card_is_moved_with_the_mouse(login_as: AgentOf, owner: Owner) -> None:
    """What it is moved to is what the conversation is then, for everybody who looks."""
    talk = add_talk(owner, "Oi")
    bruno = await (await login_as("bruno")).open("/kanban?by=priority")
    await expect(card_in(bruno, NORMAL, talk)).to_be_visible()
    page = await (await login_as("ana")).open("/kanban?by=priority")
    await expect(card_in(page, NORMAL, talk)).to_be_visible()
    await expect(page.locator("[data-liveness=live]").first).to_be_visible()
    await drag(page, talk, HIGH)
    await expect(card_in(page, HIGH, talk)).to_be_visible()
    await expect(card_in(bruno, HIGH, talk)).to_be_visible()
    assert priority_of(owner, talk["id"]) == "high"


async def lift(page: Page, said: Locator) -> None:
    """Lift the card that has the focus. The keys that carry it are listened to a timer after it is said."""
    await page.keyboard.press("Space")
    await expect(said).to_have_text(re.compile("foi pego em Alta"))
    await page.evaluate("new Promise((listening) => setTimeout(listening))")


async def test_a_card_is_moved_with_keys_alone(login_as: AgentOf, owner: Owner) -> None:
    """Space lifts it, an arrow carries it, Space drops it, Escape gives up; each step is said."""
    talk = add_talk(owner, "Oi", priority="high")
    page = await (await login_as("ana")).open("/kanban?by=priority")
    grip = card_in(page, HIGH, talk).get_by_role("button", name=f"Mover {talk['contact_name']}")
    said = page.get_by_role("status").filter(has_text=talk["contact_name"])
    await grip.focus()
    await lift(page, said)
    await page.keyboard.press("ArrowLeft")
    await expect(said).to_have_text(re.compile("está sobre Urgente"))
    await page.keyboard.press("Escape")
    await expect(said).to_have_text(re.compile("voltou para Alta"))
    assert priority_of(owner, talk["id"]) == "high"

    await lift(page, said)
    await page.keyboard.press("ArrowLeft")
    await expect(said).to_have_text(re.compile("está sobre Urgente"))
    await page.keyboard.press("Space")
    await expect(said).to_have_text(re.compile("foi movido para Urgente"))
    await expect(card_in(page, URGENT, talk)).to_be_visible()
    await until(lambda: priority_of(owner, talk["id"]) == "urgent")


async def test_a_card_goes_back_where_the_server_refuses(login_as: AgentOf, owner: Owner, desk: Desk) -> None:
    """An agent may not take what is a colleague's by carrying it off: it is told, and the card is where it was."""
    talk = add_talk(owner, "Oi")
    # By the API, which then shows nobody a list from before.
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {(await login_as('ana')).token}"}) as http:
        taking = {"to_user_id": str(USERS["ana"])}
        async with http.post(f"{desk.url}/api/conversations-simple/{talk['id']}/transfer", json=taking) as answer:
            assert answer.status == 200, await answer.text()
    theirs, own = f"assignee:{USERS['ana']}", f"assignee:{USERS['bruno']}"
    page = await (await login_as("bruno")).open("/kanban")
    await expect(card_in(page, theirs, talk)).to_be_visible()
    await drag(page, talk, own)
    await expect(page.get_by_role("alert").filter(has_text=re.compile("\\S"))).to_be_visible()
    await expect(card_in(page, theirs, talk)).to_be_visible()
    await expect(card_in(page, own, talk)).to_have_count(0)


async def test_a_new_conversation_comes_onto_the_board_by_itself(login_as: AgentOf, patients: Patients) -> None:
    """Into the column of those that are nobody's, which counts one more and says who waits."""
    page = await (await login_as("ana")).open("/kanban")
    await expect(page.locator("[data-liveness=live]").first).to_be_visible()
    nobodys = page.locator("[data-column='assignee:none']")
    await expect(nobodys.locator("[data-count]")).to_have_text(re.compile(r"\d+"))
    before = int(await nobodys.locator("[data-count]").inner_text())
    phone = patients.new_phone()
    await patients.write(phone, f"Paciente {phone}", "Oi")
    await expect(nobodys.get_by_role("link", name=f"Conversa com Paciente {phone}")).to_be_visible()
    await expect(nobodys.locator("[data-count]")).to_have_text(str(before + 1))
