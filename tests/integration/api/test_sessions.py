"""Sessions: how long they go on, and how they end."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import psycopg
import pytest

from services.api.models.people import Identity, Login
from services.api.passwords import Passwords
from services.api.routes import ENDPOINTS
from shared.auth.passwords import hash_password
from shared.auth.tokens import DEVELOPMENT_SECRET, verify_token
from tests.integration.api.client import Caller
from tests.integration.api.conftest import Serve
from tests.integration.api.factories import Owner, add_conversation

ANA = {"email": "ana@demo.test", "password": "prosa-demo"}


async def sign_in(nobody: Caller) -> Caller:
    return Caller(nobody.api, (await nobody.post("/api/auth/login", ANA)).ok(Login)["token"])


def end_sessions(owner: Owner, email: str = "ana@demo.test") -> None:
    """As an administrator does: from the next second on."""
    owner.execute(
        "UPDATE users SET sessions_valid_from = date_trunc('second', clock_timestamp()) + interval '1 second'"
        " WHERE email = %s",
        [email],
    )


def told(owner: Owner) -> list[Any]:
    return [orjson.loads(row["event"]) for row in owner.execute("SELECT event FROM outbox ORDER BY id")]


async def test_a_session_goes_on_with_a_newer_token(api: Any, token_of: Callable[..., str]) -> None:
    """The same answer as signing in, the same beginning, a later end."""
    began = datetime.now(UTC) - timedelta(hours=7)
    old = token_of("ana@demo.test", now=began, life=timedelta(hours=8))

    renewed = (await Caller(api, old).post("/api/auth/refresh", None)).ok(Login)

    before, after = verify_token(DEVELOPMENT_SECRET, old), verify_token(DEVELOPMENT_SECRET, renewed["token"])
    assert after.auth_time == before.auth_time == int(began.timestamp())
    assert after.issued_at > before.issued_at
    assert after.expires_at == int(datetime.fromisoformat(renewed["expires_at"]).timestamp()) > before.expires_at
    (await Caller(api, renewed["token"]).get("/api/auth/me")).ok(Identity)


async def test_a_newer_token_knows_who_the_user_is_now(ana: Caller, owner: Owner) -> None:
    """A role that changed meanwhile is in it."""
    owner.execute("UPDATE users SET role = 'supervisor', name = 'Ana S.' WHERE email = 'ana@demo.test'")
    renewed = (await ana.post("/api/auth/refresh", None)).ok(Login)
    claims = verify_token(DEVELOPMENT_SECRET, renewed["token"])
    assert (claims.role, claims.name, renewed["user"]["role"]) == ("supervisor", "Ana S.", "supervisor")


async def test_a_session_does_not_go_on_for_ever(serve: Serve, token_of: Callable[..., str]) -> None:
    """Its last token ends with it, and after that its user signs in again."""
    async with serve(prosa_session_life_seconds=3600) as api:
        now = datetime.now(UTC)
        began = int((now - timedelta(minutes=50)).timestamp())
        late = Caller(api, token_of("ana@demo.test", auth_time=began))
        renewed = (await late.post("/api/auth/refresh", None)).ok(Login)
        assert verify_token(DEVELOPMENT_SECRET, renewed["token"]).expires_at == began + 3600
        old = Caller(api, token_of("ana@demo.test", auth_time=int((now - timedelta(hours=1)).timestamp())))
        assert (await old.post("/api/auth/refresh", None)).problem(401)["code"] == "session_over"


async def test_an_expired_token_is_not_renewed(api: Any, token_of: Callable[..., str]) -> None:
    """What is over is over."""
    expired = token_of("ana@demo.test", now=datetime.now(UTC) - timedelta(hours=2), life=timedelta(hours=1))
    (await Caller(api, expired).post("/api/auth/refresh", None)).problem(401)


async def test_signing_out_ends_every_session_of_the_user_and_no_others(
    nobody: Caller, bruno: Caller, owner: Owner
) -> None:
    """On all devices, and the live sockets are told from when on sessions count."""
    desk, phone = await sign_in(nobody), await sign_in(nobody)

    assert (await desk.post("/api/auth/logout", None)).status == 204

    for caller in (desk, phone):
        assert (await caller.get("/api/auth/me")).problem(401)["code"] == "session_over"
        (await caller.post("/api/auth/refresh", None)).problem(401)
    (await bruno.get("/api/auth/me")).ok()
    claims = verify_token(DEVELOPMENT_SECRET, str(desk.token))
    [event] = told(owner)
    assert (event["type"], event["channel"]) == ("session:revoked", f"atendente:{claims.user_id}")
    assert (event["data"]["user_id"], event["data"]["reason"]) == (str(claims.user_id), "signed_out")
    assert claims.auth_time < event["data"]["revoked_before"] <= claims.auth_time + 60
    [audit] = owner.execute("SELECT action, actor_user_id FROM audit_log").fetchall()
    assert audit == {"action": "user.signed_out", "actor_user_id": claims.user_id}


async def test_signing_in_again_at_once_works(nobody: Caller, owner: Owner) -> None:
    """Also in the second in which everything before was ended; its socket is none of those that are closed."""
    for _ in range(3):
        caller = await sign_in(nobody)
        assert (await caller.post("/api/auth/logout", None)).status == 204
        after = await sign_in(nobody)
        (await after.get("/api/auth/me")).ok()
        revoked_before = told(owner)[-1]["data"]["revoked_before"]
        claims = verify_token(DEVELOPMENT_SECRET, str(after.token))
        assert min(claims.auth_time, claims.issued_at) >= revoked_before


@pytest.mark.parametrize("ended", ["deactivated", "signed out"])
async def test_an_ended_session_opens_no_door(ana: Caller, owner: Owner, ended: str) -> None:
    """Every endpoint that needs a token refuses it from the next request on, and nothing is changed by it."""
    conversation = add_conversation(owner)
    if ended == "deactivated":
        owner.execute("UPDATE users SET active = false WHERE email = 'ana@demo.test'")
    else:
        end_sessions(owner)
    bodies = {
        "send": {"content": "x"},
        "note": {"content": "x"},
        "action_add": {"action_type": "x"},
        "canned_reply_add": {"shortcut": "x", "content": "x"},
        "canned_reply_change": {"content": "x"},
        "label_add": {"name": "x", "colour": "#000000"},
        "label_change": {"name": "x"},
        "edit": {"content": "x"},
        "reaction": {"emoji": "👍"},
        "read": {},
        "typing": {"typing": True},
        "transfer": {"to_user_id": "2"},
        "change": {"status": "archived"},
        "change_bulk": {"ids": ["1"], "changes": {"status": "archived"}},
        "contact_change": {"name": "x"},
        "contact_merge": {"contact_id": "2"},
        "erase_person": {"reason": "x"},
        "hold_person": {"reason": "x"},
        "create_destination": {"name": "x", "url": "https://n8n.example", "events": ["message.created"]},
        "change_destination": {"name": "x"},
        "rotate_destination_secret": {},
        "source_creation": {"kind": "n8n", "name": "x"},
        "source_change": {"active": False},
        "token_rotation": {},
        "user_creation": {"email": "x@demo.test", "name": "x", "role": "agent"},
        "user_change": {"name": "x"},
        "user_password": {},
        "retention_change": {"messages": 400},
        "service_token_creation": {"name": "x", "scopes": ["messages:send"]},
        "service_token_rotation": {},
    }
    for endpoint in ENDPOINTS:
        if endpoint.public or endpoint.path.startswith(("/api/dlq", "/api/queue/", "/api/audit")):
            continue
        path = endpoint.path.format_map(defaultdict(lambda: 1, conversation_id=conversation["id"]))
        body = bodies.get(endpoint.handler.__name__)
        query = {"q": "x", "reason": "x", "conversation_id": "1"}
        answer = await ana.call(endpoint.method, path, json=body, params=query)
        assert answer.problem(401)["code"] == "session_over", endpoint.path
    assert told(owner) == []


async def test_another_clinics_session_is_nobodys(api: Any, token_of: Callable[..., str]) -> None:
    """A user exists in their own clinic only, whatever a token would say."""
    (await Caller(api, token_of("ana@demo.test", clinic_id=2)).get("/api/auth/me")).problem(401)


async def test_a_password_that_changes_while_it_is_checked_lets_nobody_in(
    nobody: Caller, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was right when it was read is wrong now."""
    matches = Passwords.matches

    async def changed_meanwhile(self: Passwords, password_hash: str | None, password: str) -> bool:
        matching = await matches(self, password_hash, password)
        owner.execute("UPDATE users SET password_hash = %s", [hash_password("another one")])
        return matching

    monkeypatch.setattr(Passwords, "matches", changed_meanwhile)
    (await nobody.post("/api/auth/login", ANA)).problem(401)


async def test_a_token_renewed_while_the_session_is_ended_ends_with_it(
    ana: Caller, owner: Owner, database_url: str
) -> None:
    """A renewal that was first does not outlive what ended the session: both are the same session."""
    with psycopg.connect(database_url) as ending:
        end_sessions(ending, "ana@demo.test")  # type: ignore[arg-type]
        renewed = (await ana.post("/api/auth/refresh", None)).ok(Login)
    (await Caller(ana.api, renewed["token"]).get("/api/auth/me")).problem(401)


async def test_asking_who_one_is_takes_one_statement(ana: Caller, statements: list[Any]) -> None:
    """Beside the transaction's beginning, which also says whether the session is over."""
    (await ana.get("/api/auth/me")).ok()
    assert len(statements) == 1


async def test_many_renewals_at_once_are_one_session(ana: Caller) -> None:
    """Tabs that renew together do not push one another out."""
    answers = await asyncio.gather(*(ana.post("/api/auth/refresh", None) for _ in range(20)))
    for answer in answers:
        (await Caller(ana.api, answer.ok(Login)["token"]).get("/api/auth/me")).ok()
