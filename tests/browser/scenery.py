"""A clinic in the middle of its day, made through the product's own doors: for pictures of pages."""

import base64
import re
from dataclasses import dataclass
from typing import Any

import aiohttp
from playwright.async_api import Page

from tests.browser.agents import Desk
from tests.browser.patients import Patients
from tests.waiting import until

MINUTE = 60
# Who wrote what, how many minutes ago.
PEOPLE = (
    (
        "Maria Aparecida Silva",
        "Bom dia! Gostaria de remarcar a consulta de quinta para a semana que vem, é possível?",
        9,
    ),
    ("João Pedro Almeida", "Oi, o resultado do exame de sangue já saiu?", 14),
    ("Fernanda Costa", "Estou com muita dor desde ontem à noite, tem encaixe hoje?", 21),
    ("Carlos Eduardo Ribeiro", "Vocês atendem pelo convênio São Francisco?", 35),
    ("Luciana Martins", "Obrigada pelo atendimento, ficou tudo certo 😊", 48),
    ("Roberto Nogueira", "Preciso da segunda via do recibo para o imposto de renda.", 52),
    ("Patrícia Gomes", "A receita venceu, consigo renovar sem passar em consulta?", 67),
    ("Antônio Carlos Ferreira", "Cheguei, estou na recepção.", 3),
    ("Beatriz Carvalho", "Qual o preparo para o ultrassom de amanhã?", 95),
    ("Rafael Teixeira", "Pode confirmar o horário, por favor?", 140),
    ("Helena Duarte", "Minha filha está com febre, 38,7. O que eu faço?", 6),
    ("Marcos Vinícius Rocha", "Qual o valor da consulta particular?", 1500),
)
LABELS = (("Retorno", "#0f766e"), ("Convênio", "#1d5bb8"), ("Exames", "#8a4b06"), ("Urgente", "#b42318"))
LABELLED = {0: (0,), 1: (2,), 2: (3,), 3: (1,), 6: (0,), 8: (2,), 10: (3,)}
REPLIES = (
    ("bomdia", "Bom dia, {{contact.first_name}}! Aqui é da {{clinic.name}}, como posso ajudar?"),
    ("confirmar", "Sua consulta está confirmada. Chegue 15 minutos antes, por favor."),
    ("endereco", "Rua das Acácias, 120, Vila Mariana, perto do metrô Santa Cruz."),
)
# As much of a recording as a page wants that nobody plays.
VOICE = b"OggS" + bytes(33_000)
UNKNOWN = {"event": "something.unknown", "conversation_id": "1", "value": 1}
CONVERSATIONS = "/api/conversations-simple"
# A sheet of paper with some lines on it, as somebody photographs one.
PAPER = """() => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 720, height: 520 });
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#c9b79c"; pen.fillRect(0, 0, 720, 520);
    pen.translate(360, 268); pen.rotate(-0.035); pen.translate(-360, -268);
    pen.fillStyle = "#fdfcf8"; pen.fillRect(70, 34, 580, 520);
    pen.fillStyle = "#0f766e"; pen.font = "bold 30px sans-serif"; pen.fillText("Clínica Demo", 112, 92);
    pen.fillStyle = "#444"; pen.font = "22px sans-serif"; pen.fillText("Pedido de exame", 112, 136);
    pen.fillRect(112, 156, 496, 2);
    ["Hemograma completo", "Glicemia em jejum", "Colesterol total e frações", "TSH e T4 livre"].forEach((line, at) =>
        pen.fillText(`•  ${line}`, 124, 206 + at * 44));
    pen.strokeStyle = "#1d3a8a"; pen.lineWidth = 3; pen.beginPath(); pen.moveTo(390, 430);
    pen.bezierCurveTo(430, 370, 440, 480, 480, 420); pen.bezierCurveTo(510, 380, 520, 460, 590, 415); pen.stroke();
    return canvas.toDataURL("image/jpeg", 0.9).split(",")[1];
}"""


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
            return await answer.json() if answer.status != 204 else None

    async def upload(self, path: str, name: str, kind: str, content: bytes) -> str:
        """A file on its way to somebody; its id."""
        headers = {"Authorization": f"Bearer {self.token}", "X-File-Name": name, "Content-Type": kind}
        async with self.http.post(self.url + path, data=content, headers=headers) as answer:
            assert answer.status == 201, await answer.text()
            return str((await answer.json())["attachment"]["id"])


async def set_scenery(desk: Desk, patients: Patients) -> str:
    """Conversations, labels, canned replies and dead letters; the id of a conversation with a history."""
    ana, adm = [await desk.login_as(name) for name in ("ana", "adm")]
    async with aiohttp.ClientSession() as http:
        phones = await _patients_write(patients)
        agent, admin = Staff(http, desk.url, ana.token), Staff(http, desk.url, adm.token)
        found = await until(lambda: _all_conversations(agent), within=30, what="conversations")
        ids = [found[name] for name, _, _ in PEOPLE]
        await _arrange(admin, ids)
        await _attend(agent, ids)
        await _talk(agent, patients, ids[0], phones[0], await ana.open("/conversations"))
        return ids[0]


async def _patients_write(patients: Patients) -> list[str]:
    phones = [patients.new_phone() for _ in PEOPLE]
    for phone, (name, text, ago) in zip(phones, PEOPLE, strict=True):
        await patients.text(phone, name, {"conversation": "Olá!"}, ago=ago * MINUTE + 20)
        await patients.text(phone, name, {"conversation": text}, ago=ago * MINUTE)
    for value in range(3):
        await patients.post({**UNKNOWN, "value": value})
    return phones


async def _all_conversations(agent: Staff) -> dict[str, str]:
    listed = (await agent.ask("GET", f"{CONVERSATIONS}?limit=100"))["conversations"]
    texts = {text for _, text, _ in PEOPLE}
    found = {each["contact_name"]: each["id"] for each in listed if each["last_message"] in texts}
    return found if len(found) == len(PEOPLE) else {}


async def _arrange(admin: Staff, ids: list[str]) -> None:
    labels = []
    for name, colour in LABELS:
        labels.append((await admin.ask("POST", "/api/labels", {"name": name, "colour": colour}))["label"]["id"])
    for shortcut, content in REPLIES:
        await admin.ask("POST", "/api/canned-replies", {"shortcut": shortcut, "content": content})
    for person, chosen in LABELLED.items():
        for label in chosen:
            await admin.ask("PUT", f"{CONVERSATIONS}/{ids[person]}/labels/{labels[label]}")
    colleagues = {user["name"]: user["id"] for user in (await admin.ask("GET", "/api/users"))["users"]}
    for person, name in ((8, "Bruno Lima"), (9, "Bruno Lima"), (11, "Sofia Prado")):
        await admin.ask("PATCH", f"{CONVERSATIONS}/{ids[person]}", {"assigned_to": colleagues[name]})


async def _attend(agent: Staff, ids: list[str]) -> None:
    me = (await agent.ask("GET", "/api/auth/me"))["user"]["id"]
    for conversation, priority in zip(ids, ("normal", "normal", "urgent", "high", "low"), strict=False):
        await agent.ask("PATCH", f"{CONVERSATIONS}/{conversation}", {"assigned_to": me, "priority": priority})


async def _talk(agent: Staff, patients: Patients, conversation: str, phone: str, page: Page) -> None:
    """A picture and an answer to it, a voice, a file, a reaction, a note."""
    name, at = PEOPLE[0][0], f"{CONVERSATIONS}/{conversation}"
    paper = await page.evaluate(PAPER)
    picture = {"mimetype": "image/jpeg", "width": 720, "height": 520, "caption": "Este é o pedido do médico"}
    await patients.text(phone, name, {"imageMessage": picture, "base64": paper}, ago=8 * MINUTE)
    waves = base64.b64encode(bytes(abs(50 - at * 17 % 101) * 2 % 100 for at in range(64))).decode()
    voice = {"mimetype": "audio/ogg; codecs=opus", "seconds": 14, "ptt": True, "waveform": waves}
    await patients.text(
        phone, name, {"audioMessage": voice, "base64": base64.b64encode(VOICE).decode()}, ago=7 * MINUTE
    )
    asked = (await until(lambda: _messages(agent, at, 4), within=20, what="the voice"))[1]["id"]
    offer = "Bom dia, Maria! Tenho *terça às 10h* ou *quarta às 15h30*. Qual prefere?"
    await agent.ask("POST", f"{at}/messages", {"content": offer, "reply_to": asked})
    file = await agent.upload(f"{at}/attachments", "preparo-exames.pdf", "application/pdf", b"%PDF-1.4" + bytes(83_000))
    told = {"message_type": "document", "content": "E este é o preparo.", "attachments": [{"id": file}]}
    await agent.ask("POST", f"{at}/messages", told)
    await agent.ask("POST", f"{at}/notes", {"content": "Prefere horários pela manhã."})
    sent = await until(lambda: _delivered(agent, at), within=20, what="what was sent at its telephone")
    key = {"remoteJid": f"{phone}@s.whatsapp.net", "fromMe": True, "id": sent}
    await patients.text(phone, name, {"reactionMessage": {"key": key, "text": "❤️"}})
    await until(lambda: _has_reaction(agent, at), within=20, what="the reaction")


async def _messages(agent: Staff, at: str, count: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await agent.ask("GET", at))["messages"]
    return found if len(found) >= count else []


async def _delivered(agent: Staff, at: str) -> str | None:
    sent = [each for each in await _messages(agent, at, 6) if each["sender_type"] == "professional"]
    files = [each for each in sent if each["message_type"] == "document"]
    there = all(re.match("delivered|read", each["status"] or "") for each in sent if each["message_type"] != "note")
    return files[0]["external_id"] if files and there else None


async def _has_reaction(agent: Staff, at: str) -> bool:
    return any(each["reactions"] for each in await _messages(agent, at, 6))
