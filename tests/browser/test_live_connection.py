"""The dashboard's live connection: what it says of itself, and what survives when it is lost."""

import re

import redis.asyncio
from playwright.async_api import Locator, Page, expect

from tests.browser.agents import Agent
from tests.browser.conftest import AgentOf
from tests.browser.patients import Patients
from tests.product import Product
from tests.waiting import until

# Long enough for waits of up to 30 s between tries; where all is well none is waited for.
RECONNECTED = 45_000
ASTRAY = "ws://127.0.0.1:9/"
NO_SOCKETS = f"""
const RealWebSocket = WebSocket;
window.WebSocket = class extends RealWebSocket {{
    constructor(url, protocols) {{ super(window.socketsPass ? url : "{ASTRAY}ws", protocols); }}
}};
"""


def liveness(page: Page, state: str) -> Locator:
    """The connection's chip, if it says this."""
    return page.locator(f"[data-liveness={state}]").first


async def open_new_talk(agent: Agent, patients: Patients, text: str) -> tuple[str, str]:
    """A conversation with somebody who just wrote, opened from the list where it appeared; their phone and name."""
    page = await agent.open("/conversations?tab=all")
    await expect(liveness(page, "live")).to_be_visible(timeout=RECONNECTED)
    phone = patients.new_phone()
    name = f"Paciente {phone}"
    await patients.write(phone, name, text)
    await page.get_by_role("link", name=name).click()
    await expect(page.get_by_role("article").filter(has_text=text)).to_have_count(1)
    return phone, name


def composer(page: Page, name: str) -> Locator:
    return page.get_by_role("textbox", name=f"Resposta para {name}")


async def sent_texts(agent: Agent, page: Page) -> list[str]:
    """What the agent wrote in the open conversation, as the server has it."""
    conversation = re.search(r"/conversations/(\d+)", page.url)
    assert conversation is not None
    answer = await agent.context.request.get(
        f"/api/conversations-simple/{conversation[1]}", headers={"Authorization": f"Bearer {agent.token}"}
    )
    messages = (await answer.json())["messages"]
    return [message["content"] for message in messages if message["sender_type"] == "professional"]


async def test_a_gateway_that_dies_while_somebody_types_costs_nothing(
    login_as: AgentOf, patients: Patients, product: Product
) -> None:
    """The chip says how it stands; what was typed stays; what came and was sent meanwhile is there once."""
    ana = await login_as("ana")
    phone, name = await open_new_talk(ana, patients, "Bom dia")
    page = ana.page
    await composer(page, name).press_sequentially("Bom dia! Em que")
    await product.kill("realtime_gateway")
    try:
        await expect(liveness(page, "live")).to_have_count(0)
        await composer(page, name).press_sequentially(" posso ajudar?")
        await expect(composer(page, name)).to_have_value("Bom dia! Em que posso ajudar?")
        await page.keyboard.press("Enter")
        await patients.write(phone, name, "Quero remarcar")
        await patients.write(phone, name, "para sexta")
    finally:
        await product.start("realtime_gateway")
    # As when somebody looks at the page again: it does not wait for its next try.
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await expect(liveness(page, "live")).to_be_visible(timeout=RECONNECTED)
    for text in ("Quero remarcar", "para sexta", "Em que posso ajudar?"):
        await expect(page.get_by_role("article").filter(has_text=text)).to_have_count(1)
    assert await sent_texts(ana, page) == ["Bom dia! Em que posso ajudar?"]


async def test_what_is_sent_offline_survives_the_page_and_leaves_once(login_as: AgentOf, patients: Patients) -> None:
    """In order, and without anybody doing anything once the network is back."""
    ana = await login_as("ana")
    _, name = await open_new_talk(ana, patients, "Alguém aí?")
    page = ana.page
    await ana.context.set_offline(True)
    await expect(liveness(page, "offline")).to_be_visible()
    for text in ("Estamos sem rede", "mas já voltamos"):
        await composer(page, name).fill(text)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("article").filter(has_text=text)).to_have_count(1)
    address = page.url
    await page.close()
    await ana.context.set_offline(False)
    again = await ana.context.new_page()
    await again.goto(address)
    for text in ("Estamos sem rede", "mas já voltamos"):
        await expect(again.get_by_role("article").filter(has_text=text)).to_have_count(1)

    async def all_sent() -> bool:
        return await sent_texts(ana, again) == ["Estamos sem rede", "mas já voltamos"]

    await until(all_sent, what="both sent once, in order")
    await expect(liveness(again, "live")).to_be_visible()
    assert await sent_texts(ana, again) == ["Estamos sem rede", "mas já voltamos"]


async def test_an_emptied_redis_has_everything_fetched_anew(
    login_as: AgentOf, patients: Patients, browser_redis: str
) -> None:
    """The history that would resume is gone: the page is told so, and shows what it should all the same."""
    ana = await login_as("ana")
    phone, name = await open_new_talk(ana, patients, "Primeira")
    async with redis.asyncio.from_url(browser_redis) as connection:
        await connection.flushall()
    await patients.write(phone, name, "Segunda")
    page = ana.page
    await expect(page.get_by_role("article").filter(has_text="Segunda")).to_have_count(1, timeout=RECONNECTED)
    await expect(liveness(page, "live")).to_be_visible(timeout=RECONNECTED)
    await patients.write(phone, name, "Terceira")
    await expect(page.get_by_role("article").filter(has_text="Terceira")).to_have_count(1)


async def test_where_sockets_are_blocked_it_polls(login_as: AgentOf, patients: Patients) -> None:
    """Events arrive all the same; nothing is shown twice."""
    ana = await login_as("ana")
    await ana.context.add_init_script(NO_SOCKETS)
    polls: list[str] = []
    ana.page.on("request", lambda request: polls.append(request.url) if "/realtime/poll" in request.url else None)
    phone, name = await open_new_talk(ana, patients, "Sem WebSocket")
    await patients.write(phone, name, "E agora?")
    await expect(ana.page.get_by_role("article").filter(has_text="E agora?")).to_have_count(1)
    assert polls
    assert not any(ana.token in url for url in polls)


async def test_what_cannot_be_saved_is_tried_again_then_taken_back_and_said(
    login_as: AgentOf, patients: Patients, product: Product
) -> None:
    """Shown at once; the page is as it was when nothing helps, and the reason stays until it is dismissed."""
    ana = await login_as("ana")
    await open_new_talk(ana, patients, "É urgente!")
    page = ana.page
    priority = page.get_by_label("Prioridade")
    await expect(priority).to_have_value("normal")
    await product.kill("api")
    try:
        await priority.select_option("urgent")
        await expect(priority).to_have_value("urgent")
        await expect(page.get_by_role("status").filter(has_text="Tentando de novo")).to_be_visible()
        # That the conversation was read may have been taken back too: it is said beside this.
        taken_back = page.get_by_role("paragraph").filter(has_text="Não foi possível mudar a prioridade")
        await expect(taken_back).to_be_visible(timeout=RECONNECTED)
        await expect(priority).to_have_value("normal")
    finally:
        await product.start("api")
    await taken_back.get_by_role("button", name="Dispensar").click()
    await expect(taken_back).to_have_count(0)


async def test_tabs_of_one_browser_share_a_connection(login_as: AgentOf, patients: Patients) -> None:
    """The second tab opens no socket; when the first is closed it goes on without a gap."""
    ana = await login_as("ana")
    phone, name = await open_new_talk(ana, patients, "Uma")
    second = await ana.context.new_page()
    sockets: list[str] = []
    second.on("websocket", lambda socket: sockets.append(socket.url))
    await second.goto(ana.page.url)
    await expect(liveness(second, "live")).to_be_visible()
    await patients.write(phone, name, "Duas")
    for page in (ana.page, second):
        await expect(page.get_by_role("article").filter(has_text="Duas")).to_have_count(1)
    assert sockets == []
    await ana.page.close()
    await patients.write(phone, name, "Três")
    await expect(second.get_by_role("article").filter(has_text="Três")).to_have_count(1, timeout=RECONNECTED)
    await expect(liveness(second, "live")).to_be_visible()
    assert len(sockets) == 1


async def test_polling_comes_back_to_a_socket_without_a_gap(login_as: AgentOf, patients: Patients) -> None:
    """Once sockets get through again the page finds it by itself, and says the same words once."""
    ana = await login_as("ana")
    page = ana.page
    await ana.context.add_init_script(NO_SOCKETS)
    await page.clock.install()
    phone, name = await open_new_talk(ana, patients, "Sem WebSocket")
    await page.evaluate("window.socketsPass = true")
    sockets: list[str] = []
    # A try that was made before is led astray, and may be told of only now.
    page.on("websocket", lambda socket: None if socket.url.startswith(ASTRAY) else sockets.append(socket.url))

    # In steps: the next look at sockets comes before the poll under way is given up.
    async def has_tried() -> bool:
        await page.clock.fast_forward(5_000)
        return bool(sockets)

    await until(has_tried, what="a try with a socket")
    await patients.write(phone, name, "No meio")
    await expect(page.locator("[data-transport=socket]").first).to_be_visible()
    await patients.write(phone, name, "Depois")
    await expect(page.get_by_role("article").filter(has_text="Depois")).to_have_count(1)
    for text in ("Sem WebSocket", "No meio", "Depois"):
        await expect(page.get_by_role("article").filter(has_text=text)).to_have_count(1)
