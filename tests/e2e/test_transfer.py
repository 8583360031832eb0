"""Conversations handed over and sessions ended, from a socket through the API and the worker to everybody's sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from psycopg.rows import DictRow

from tests.e2e.test_tenancy import token_of
from tests.integration.api.factories import Owner, add_contact, add_conversation, add_message
from tests.integration.realtime_gateway.gateway_client import Client, dashboard
from tests.product import Product, running_product

SERVICES = ("queue_worker", "realtime_gateway", "api")
BIG = "5511965860124551150391104"


@pytest.fixture
async def product(environment: dict[str, str], tmp_path: Path) -> AsyncIterator[Product]:
    async with running_product(tmp_path, environment, *SERVICES) as running:
        yield running


@pytest.fixture
def conversation(owner: Owner) -> DictRow:
    """Ana's conversation with Maria, who has said something."""
    contact = add_contact(owner, name="Maria Silva")
    ana = ids_of(owner)["ana"]
    row = add_conversation(owner, contact_id=contact["id"], external_id=BIG, assigned_to=int(ana), unread_count=1)
    add_message(owner, row, content="tenho dor")
    return row


def ids_of(owner: Owner) -> dict[str, str]:
    """Users' ids by the beginning of their addresses."""
    rows = owner.execute("SELECT id, split_part(email, '@', 1) AS name FROM users").fetchall()
    return {row["name"]: str(row["id"]) for row in rows}


class Desks:
    """Signed-in users, each at a socket."""

    def __init__(self, product: Product, http: aiohttp.ClientSession, stack: AsyncExitStack) -> None:
        self._product = product
        self._http = http
        self._stack = stack

    async def open(self, email: str) -> tuple[str, Client]:
        token = await token_of(self._http, self._product, email)
        opened: AbstractAsyncContextManager[Client] = dashboard(self._product.socket, token)
        client = await self._stack.enter_async_context(opened)
        await client.connected()
        return token, client


@pytest.fixture
async def desks(product: Product) -> AsyncIterator[Desks]:
    async with AsyncExitStack() as stack, aiohttp.ClientSession() as http:
        yield Desks(product, http, stack)


def of_type(event_type: str, channel: str) -> Any:
    return lambda frame: (frame.get("type"), frame.get("channel")) == (event_type, channel)


@pytest.mark.timeout(120)
async def test_a_transfer_reaches_the_target_the_lists_and_the_records(
    desks: Desks, owner: Owner, conversation: DictRow
) -> None:
    """From Ana's socket: Bruno is called, everybody's list learns of it, the audit log has it, the note stays inside."""
    ids, own_id = ids_of(owner), str(conversation["id"])
    _, ana = await desks.open("ana@demo.test")
    _, bruno = await desks.open("bruno@demo.test")
    _, sofia = await desks.open("sofia@demo.test")
    _, carla = await desks.open("carla@outra.test")
    await ana.command("conversation:join", conversation_id=BIG)

    done = await ana.command("conversation:transfer", conversation_id=BIG, to_user_id=ids["bruno"], note="urgente")

    assert (done["ok"], done["data"]["conversation"]["assigned_to"]) == (True, ids["bruno"])
    version = done["data"]["conversation"]["version"]
    called = await bruno.first(of_type("message_notification", f"atendente:{ids['bruno']}"))
    assert called["data"]["from_user"] == {"id": ids["ana"], "name": "Ana Souza"}
    assert (called["data"]["reason"], called["data"]["conversation_id"]) == ("transferred", own_id)
    for client in (ana, bruno, sofia):
        moved = await client.first(of_type("conversation:transferred", "empresa:1"))
        listed = await client.first(of_type("conversation:list:updated", "empresa:1"))
        assert moved["data"]["version"] == listed["data"]["version"] == version
    shown = await ana.first(of_type("conversation:updated", f"conversa:{own_id}"))
    assert shown["data"]["action"]["action_data"]["note"] == "urgente"
    [audit] = owner.execute(
        "SELECT action, actor_user_id FROM audit_log WHERE action = 'conversation.transferred'"
    ).fetchall()
    assert audit == {"action": "conversation.transferred", "actor_user_id": int(ids["ana"])}
    assert owner.execute("SELECT 1 FROM message_queue").fetchall() == []
    assert [frame for frame in carla.received if frame["type"].startswith(("conversation", "message"))] == []


@pytest.mark.timeout(120)
async def test_what_is_refused_changes_nothing(desks: Desks, owner: Owner, conversation: DictRow) -> None:
    """Another clinic's user, what is somebody else's, another clinic's conversation: each with its reason."""
    ids, own_id = ids_of(owner), str(conversation["id"])
    _, ana = await desks.open("ana@demo.test")
    _, bruno = await desks.open("bruno@demo.test")
    _, carla = await desks.open("carla@outra.test")

    async def refusal(client: Client, conversation_id: str, to: str, **more: Any) -> Any:
        return (await client.command("conversation:transfer", conversation_id=conversation_id, to_user_id=to, **more))[
            "error"
        ]

    foreign = await refusal(ana, own_id, ids["carla"])
    assert foreign == await refusal(ana, own_id, "999999")
    assert foreign["code"] == "user_not_found"
    stale = await refusal(bruno, own_id, ids["bruno"])
    assert (stale["code"], stale["temporary"]) == ("stale_assignment", False)
    assert stale["details"] == {"assigned_to": {"id": ids["ana"], "name": "Ana Souza"}, "version": 1}
    assert await refusal(carla, own_id, ids["carla"]) == await refusal(carla, "999999", ids["carla"])
    assert owner.execute("SELECT version FROM conversations").fetchall() == [{"version": 1}]
    assert owner.execute("SELECT 1 FROM audit_log WHERE action <> 'conversation.read'").fetchall() == []


@pytest.mark.timeout(120)
async def test_of_two_supervisors_at_once_one_wins(desks: Desks, owner: Owner, conversation: DictRow) -> None:
    """The other is told whose it is now; who repeats what was done tells nobody again."""
    ids, own_id = ids_of(owner), str(conversation["id"])
    _, one = await desks.open("sofia@demo.test")
    _, other = await desks.open("sofia@demo.test")
    seen = {"conversation_id": own_id, "expected_assigned_to": ids["ana"]}

    answers = await asyncio.gather(
        one.command("conversation:transfer", to_user_id=ids["bruno"], **seen),
        other.command("conversation:transfer", to_user_id=ids["sofia"], **seen),
    )

    [won] = [answer for answer in answers if answer["ok"]]
    [lost] = [answer for answer in answers if not answer["ok"]]
    holder = won["data"]["conversation"]["assigned_to"]
    assert lost["error"]["code"] == "stale_assignment"
    assert lost["error"]["details"]["assigned_to"]["id"] == holder
    again = await one.command("conversation:transfer", to_user_id=holder, **seen)
    assert (again["ok"], again["data"]["transferred"]) == (True, False)
    assert len(owner.execute("SELECT 1 FROM conversation_actions").fetchall()) == 1


@pytest.mark.timeout(120)
async def test_a_read_mark_reaches_everybody(desks: Desks, owner: Owner, conversation: DictRow) -> None:
    """Who has the conversation open sees it, and so do the lists; the reply comes when it is stored."""
    own_id = str(conversation["id"])
    _, ana = await desks.open("ana@demo.test")
    _, bruno = await desks.open("bruno@demo.test")
    await bruno.command("conversation:join", conversation_id=own_id)

    mark = await ana.command("message:read", conversation_id=own_id)

    assert (mark["ok"], mark["data"]["unread_count"]) == (True, 0)
    assert owner.execute("SELECT unread_count FROM conversations").fetchall() == [{"unread_count": 0}]
    read = await bruno.first(of_type("message:read", f"conversa:{own_id}"))
    listed = await bruno.first(of_type("conversation:list:updated", "empresa:1"))
    assert read["data"]["version"] == listed["data"]["version"] == mark["data"]["version"]


@pytest.mark.timeout(120)
async def test_a_session_that_is_ended_is_told_to_its_sockets(
    desks: Desks, product: Product, owner: Owner, conversation: DictRow
) -> None:
    """Signing out on one device reaches the others', and no door is open to their tokens from then on."""
    ids = ids_of(owner)
    token, desk = await desks.open("ana@demo.test")
    _, phone = await desks.open("ana@demo.test")
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        async with http.post(f"{product.api}/api/auth/logout") as response:
            assert response.status == 204
        for client in (desk, phone):
            revoked = await client.first(of_type("session:revoked", f"atendente:{ids['ana']}"))
            assert (revoked["data"]["user_id"], revoked["data"]["reason"]) == (ids["ana"], "signed_out")
        for method, path in (
            ("GET", "/api/auth/me"),
            ("POST", "/api/auth/refresh"),
            ("GET", f"/api/conversations-simple/{conversation['id']}/access"),
        ):
            async with http.request(method, product.api + path) as response:
                assert (response.status, (await response.json())["code"]) == (401, "session_over")
