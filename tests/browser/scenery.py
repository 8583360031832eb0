"""A clinic in the middle of its day, made through the product's own doors: for pictures of pages."""

from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.browser.agents import Desk
from tests.browser.patients import Patients
from tests.waiting import until

PEOPLE = (
    ("Maria Aparecida Silva", "Bom dia! Gostaria de remarcar a consulta de quinta para a semana que vem, é possível?"),
    ("João Pedro Almeida", "Oi, o resultado do exame de sangue já saiu?"),
    ("Fernanda Costa", "Estou com muita dor desde ontem à noite, tem encaixe hoje?"),
    ("Carlos Eduardo Ribeiro", "Vocês atendem pelo convênio São Francisco?"),
    ("Luciana Martins", "Obrigada pelo atendimento, ficou tudo certo 😊"),
    ("Roberto Nogueira", "Preciso da segunda via do recibo para o imposto de renda."),
    ("Patrícia Gomes", "A receita venceu, consigo renovar sem passar em consulta?"),
    ("Antônio Carlos Ferreira", "Cheguei, estou na recepção."),
    ("Beatriz Carvalho", "Qual o preparo para o ultrassom de amanhã?"),
    ("Rafael Teixeira", "Pode confirmar o horário, por favor?"),
    ("Helena Duarte", "Minha filha está com febre, 38,7. O que eu faço?"),
    ("Marcos Vinícius Rocha", "Qual o valor da consulta particular?"),
)
LABELS = (("Retorno", "#0f766e"), ("Convênio", "#1d5bb8"), ("Exames", "#8a4b06"), ("Urgente", "#b42318"))
REPLIES = (
    ("bomdia", "Bom dia! Aqui é da Clínica Demo, como posso ajudar?"),
    ("confirmar", "Sua consulta está confirmada. Chegue 15 minutos antes, por favor."),
    ("endereco", "Rua das Acácias, 120, Vila Mariana, perto do metrô Santa Cruz."),
)
UNKNOWN = {"event": "something.unknown", "conversation_id": "1", "value": 1}
CONVERSATIONS = "/api/conversations-simple"


@dataclass
class Staff:
    """Somebody's hands at the API."""

    http: aiohttp.ClientSession
    url: str
    token: str

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self.http.request(method, self.url + path, json=body, headers=headers) as answer:
            assert answer.status < 300, (method, path, await answer.text())
            return await answer.json()


async def set_scenery(desk: Desk, patients: Patients) -> str:
    """Conversations, labels, canned replies and dead letters; the id of a conversation with a history."""
    ana, adm = [(await desk.login_as(name)).token for name in ("ana", "adm")]
    async with aiohttp.ClientSession() as http:
        await _patients_write(patients)
        agent, admin = Staff(http, desk.url, ana), Staff(http, desk.url, adm)
        found = await until(lambda: _all_conversations(agent), within=30, what="conversations")
        await _arrange(admin)
        return await _attend(agent, found)


async def _patients_write(patients: Patients) -> None:
    for name, text in PEOPLE:
        phone = patients.new_phone()
        await patients.write(phone, name, "Olá!")
        await patients.write(phone, name, text)
    for value in range(3):
        await patients.post({**UNKNOWN, "value": value})


async def _all_conversations(agent: Staff) -> dict[str, str]:
    listed = (await agent.ask("GET", f"{CONVERSATIONS}?limit=100"))["conversations"]
    texts = {text for _, text in PEOPLE}
    found = {each["contact_name"]: each["id"] for each in listed if each["last_message"] in texts}
    return found if len(found) == len(PEOPLE) else {}


async def _arrange(admin: Staff) -> None:
    for name, colour in LABELS:
        await admin.ask("POST", "/api/labels", {"name": name, "colour": colour})
    for shortcut, content in REPLIES:
        await admin.ask("POST", "/api/canned-replies", {"shortcut": shortcut, "content": content})


async def _attend(agent: Staff, found: dict[str, str]) -> str:
    me = (await agent.ask("GET", "/api/auth/me"))["user"]["id"]
    mine = [found[name] for name, _ in PEOPLE[:5]]
    for number, conversation in enumerate(mine):
        change = {"assigned_to": me, "priority": ("normal", "normal", "urgent", "high", "low")[number]}
        await agent.ask("PATCH", f"{CONVERSATIONS}/{conversation}", change)
    chosen = mine[0]
    for text in (
        "Bom dia, Maria! Claro, vou verificar a agenda.",
        "Tenho terça às 10h ou quarta às 15h30. Qual prefere?",
    ):
        await agent.ask("POST", f"{CONVERSATIONS}/{chosen}/messages", {"content": text})
    await agent.ask("POST", f"{CONVERSATIONS}/{chosen}/notes", {"content": "Prefere horários pela manhã."})
    return chosen
