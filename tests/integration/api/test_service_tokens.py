"""Tokens of integrations: what they open, who made them, how they end."""

import asyncio
import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from psycopg.rows import DictRow

from services.api.models.service_tokens import NewServiceToken, ServiceTokenList
from services.api.problems import ProblemError
from services.api.resources import RESOURCES
from services.api.scopes import SCOPE_OF
from services.api.sessions import speaker_transaction
from shared.auth.passwords import hash_password
from shared.auth.service_tokens import MOST_TOKENS, SCOPES
from shared.auth.tokens import Claims, ServiceGrant
from tests.integration.api.client import Api, Caller
from tests.integration.api.conftest import Serve
from tests.integration.api.factories import Owner, add_conversation, insert, source_id
from tests.integration.api.one_of_everything import one_of_everything
from tests.integration.api.tenant_walk import Ids, walk
from tests.waiting import until

pytestmark = pytest.mark.artificial_events

PATH = "/api/service-tokens"
LIST = "/api/conversations-simple"


async def made(adm: Caller, *scopes: str, **body: Any) -> dict[str, Any]:
    """A new token, as its admin is shown it."""
    wanted = {"name": "n8n", "scopes": list(scopes or SCOPES), **body}
    answer: dict[str, Any] = (await adm.post(PATH, wanted)).ok(NewServiceToken, 201)
    return answer


def token_row(owner: Owner, token_id: object) -> DictRow:
    [row] = owner.execute("SELECT * FROM service_tokens WHERE id = %s", [token_id]).fetchall()
    return row


async def test_a_token_is_shown_once_and_stored_as_its_hash(adm: Caller, owner: Owner) -> None:
    """The list has how it begins, and the database nothing from which it could be made."""
    answer = await made(adm, "messages:send", "actions:write", "messages:send", expires_in_days=90)
    secret, token = answer["secret"], answer["token"]
    assert secret.startswith("prosa_st_")
    assert token["scopes"] == ["messages:send", "actions:write"]
    row = token_row(owner, token["id"])
    assert bytes(row["token_hash"]) == hashlib.sha256(secret.encode()).digest()
    assert secret[len(token["prefix"]) :] not in str(row)
    assert (row["expires_at"] - row["created_at"]).days == 90
    listed = await adm.get(PATH)
    assert listed.ok(ServiceTokenList)["tokens"] == [token]
    assert secret not in listed.content.decode()
    audited = owner.execute("SELECT * FROM audit_log WHERE action LIKE 'service_token%'").fetchall()
    assert [(one["action"], one["subject_id"]) for one in audited] == [("service_token.created", token["id"])]
    assert secret not in str(audited)


async def test_a_service_speaks_as_a_user_of_its_own(
    api: Api, adm: Caller, owner: Owner, conversation: DictRow
) -> None:
    """Its message, its action and its reads have an author, who stands in the list of users as a service."""
    owner.execute("UPDATE conversations SET source_id = %s", [source_id(owner, "demo-wa")])
    answer = await made(adm, "messages:send", "actions:write", "conversations:read")
    service, user_id = Caller(api, answer["secret"]), answer["token"]["user_id"]
    sent = (await service.send(conversation["id"], content="Sua consulta está marcada")).ok(status=201)["message"]
    [message] = owner.execute("SELECT * FROM messages WHERE id = %s", [sent["id"]]).fetchall()
    assert (str(message["sender_user_id"]), message["sender_name"]) == (user_id, "n8n")
    action = {"action_type": "appointment_created", "action_data": {}}
    (await service.post(f"{LIST}/{conversation['id']}/actions", action)).ok(status=201)
    [audited] = owner.execute("SELECT * FROM audit_log WHERE action LIKE '%action%'").fetchall()
    assert str(audited["actor_user_id"]) == user_id
    users = {user["id"]: user for user in (await adm.get("/api/users")).ok()["users"]}
    assert (users[user_id]["kind"], users[user_id]["name"]) == ("service", "n8n")
    assert {user["kind"] for user in users.values() if user["id"] != user_id} == {"person"}
    (await service.get(f"{LIST}/{conversation['id']}")).ok()
    read = "SELECT 1 FROM audit_log WHERE action = 'conversation.read' AND actor_user_id = %s"
    await until(lambda: owner.execute(read, [user_id]).fetchall() != [])


async def test_each_scope_opens_its_endpoints_and_no_others(serve: Serve, owner: Owner) -> None:
    """Every endpoint: with its scope alone it is answered, with all others it is refused, and what has none is people's."""
    theirs = Ids(owner, 1, one_of_everything(owner))
    services: dict[frozenset[str], str] = {}

    def secret_with(scopes: frozenset[str]) -> str:
        if scopes not in services:
            secret = f"prosa_st_{len(services):043}"
            services[scopes] = secret
            user = insert(
                owner, "users", clinic_id=1, email=f"{secret}@x.invalid", name="s", role="agent", password_hash="!"
            )
            owner.execute("UPDATE users SET kind = 'service' WHERE id = %s", [user["id"]])
            owner.execute(
                "INSERT INTO service_tokens (clinic_id, user_id, name, token_hash, prefix, scopes)"
                " VALUES (1, %s, 's', %s, 'x', %s)",
                [user["id"], hashlib.sha256(secret.encode()).digest(), sorted(scopes)],
            )
        return services[scopes]

    everything = frozenset(SCOPES)
    async with serve() as api:
        for call in walk(theirs):
            scope = SCOPE_OF.get((call.endpoint.method, call.endpoint.path))
            if scope is None:
                refused = await call.by(Caller(api, secret_with(everything)))
                assert refused.problem(403)["code"] == "people_only", str(call)
                continue
            if scope != "any":
                refused = await call.by(Caller(api, secret_with(everything - {scope})))
                assert refused.problem(403)["code"] == "scope_missing", str(call)
            alone = frozenset((scope,)) if scope != "any" else frozenset(("actions:write",))
            opened = await call.by(Caller(api, secret_with(alone)))
            assert opened.status not in (401, 403, 404, 405, 500, 503), f"{call} -> {opened.status} {opened.content!r}"


async def test_what_is_no_token_of_ours_is_refused(api: Api, adm: Caller) -> None:
    """Another one, one that is too short, one with a letter more, and one that is a hash."""
    secret = (await made(adm))["secret"]
    for wrong in (
        secret[:-1] + ("A" if secret[-1] != "A" else "B"),
        secret[:-1],
        secret + "A",
        "prosa_st_",
        "prosa_st_é",
    ):
        answer = await Caller(api, wrong).get(LIST)
        assert answer.problem(401)["detail"]
        assert "invalid_token" in answer.headers["WWW-Authenticate"]


async def test_a_revoked_token_is_over_with_the_next_request_everywhere(
    serve: Serve, adm: Caller, owner: Owner, conversation: DictRow
) -> None:
    """Also at another process that has everything at hand; its service gets nothing more to do."""
    answer = await made(adm)
    async with serve(prosa_cache_enabled=True) as other:
        cache = other.app[RESOURCES].cache
        await until(lambda: cache.link.usable and other.app[RESOURCES].reading.ready, within=40)
        there, here = Caller(other, answer["secret"]), Caller(adm.api, answer["secret"])
        for path in (LIST, f"{LIST}/{conversation['id']}"):
            for caller in (there, there, here):
                (await caller.get(path)).ok()
        assert (await adm.call("DELETE", f"{PATH}/{answer['token']['id']}")).status == 204
        for path in (LIST, f"{LIST}/{conversation['id']}"):
            (await there.get(path)).problem(401)
            (await here.get(path)).problem(401)
    to = {"to_user_id": answer["token"]["user_id"]}
    (await adm.post(f"{LIST}/{conversation['id']}/transfer", to)).problem(404)
    [shown] = (await adm.get(PATH)).ok(ServiceTokenList)["tokens"]
    assert shown["state"] == "revoked"
    # Once more changes nothing.
    assert (await adm.call("DELETE", f"{PATH}/{shown['id']}")).status == 204
    assert (await adm.get(PATH)).ok()["tokens"] == [shown]
    actions = owner.execute("SELECT action FROM audit_log WHERE action LIKE 'service_token%' ORDER BY id").fetchall()
    assert [row["action"] for row in actions] == ["service_token.created", "service_token.revoked"]


async def test_a_token_that_ends_on_the_way_writes_nothing(api: Api, adm: Caller, owner: Owner) -> None:
    """The transaction asks again: what the door let in a moment ago may be over."""
    answer = await made(adm)
    pool, token_id, user_id = api.app[RESOURCES].pool, int(answer["token"]["id"]), int(answer["token"]["user_id"])
    claims = Claims(user_id, 1, "service", "n8n", 0, service=ServiceGrant(token_id, frozenset(SCOPES)))
    async with speaker_transaction(pool, claims) as speaker:
        assert (speaker.may("view"), speaker.may("administer")) == (True, False)
    assert (await adm.call("DELETE", f"{PATH}/{token_id}")).status == 204
    with pytest.raises(ProblemError):
        async with speaker_transaction(pool, claims):
            pass


async def test_rotation_lets_both_tokens_go_on_for_a_while(api: Api, adm: Caller, owner: Owner) -> None:
    """The new one is the same service; the old one ends when its overlap does, and nothing takes its place twice."""
    first = await made(adm, expires_in_days=30)
    path = f"{PATH}/{first['token']['id']}/rotation"
    second = (await adm.post(path, {"overlap_seconds": 3600})).ok(NewServiceToken, 201)
    assert second["token"]["user_id"] == first["token"]["user_id"]
    was, now = token_row(owner, first["token"]["id"]), token_row(owner, second["token"]["id"])
    assert (now["expires_at"] - now["created_at"]).days == 30
    for answer in (first, second):
        (await Caller(api, answer["secret"]).get(LIST)).ok()
    assert (await adm.post(path, {})).problem(409)["code"] == "replaced"
    owner.execute("UPDATE service_tokens SET expires_at = now() WHERE id = %s", [was["id"]])
    (await Caller(api, first["secret"]).get(LIST)).problem(401)
    third = (await adm.post(f"{PATH}/{now['id']}/rotation", {"overlap_seconds": 0})).ok(NewServiceToken, 201)
    (await Caller(api, second["secret"]).get(LIST)).problem(401)
    (await Caller(api, third["secret"]).get(LIST)).ok()
    states = [token["state"] for token in (await adm.get(PATH)).ok(ServiceTokenList)["tokens"]]
    assert states == ["expired", "expired", "active"]


async def test_two_rotations_at_once_make_one_token(adm: Caller) -> None:
    """The other is told that it was replaced."""
    path = f"{PATH}/{(await made(adm))['token']['id']}/rotation"
    answers = await asyncio.gather(*(adm.post(path, {}) for _ in range(2)))
    assert sorted(answer.status for answer in answers) == [201, 409]
    assert len((await adm.get(PATH)).ok()["tokens"]) == 2


async def test_that_a_token_was_used_is_noted_once_a_minute(api: Api, adm: Caller, owner: Owner) -> None:
    """And not waited for while somebody has its row in hand."""
    answer = await made(adm)
    service, token_id = Caller(api, answer["secret"]), answer["token"]["id"]
    assert token_row(owner, token_id)["last_used_at"] is None
    (await service.get(LIST)).ok()
    first = token_row(owner, token_id)
    (await service.get(LIST)).ok()
    assert token_row(owner, token_id) == first
    owner.execute("UPDATE service_tokens SET last_used_at = last_used_at - interval '61 s'")
    with owner.transaction():
        owner.execute("SELECT 1 FROM service_tokens FOR UPDATE")
        (await service.get(LIST)).ok()
    assert token_row(owner, token_id)["last_used_at"] < first["last_used_at"]
    (await service.get(LIST)).ok()
    assert token_row(owner, token_id)["last_used_at"] > first["last_used_at"]


async def test_a_service_cannot_sign_in(
    api: Api, nobody: Caller, adm: Caller, owner: Owner, token_of: Callable[..., str]
) -> None:
    """Not with a password that somebody gave it, nor with a person's kind of token."""
    user_id = (await made(adm))["token"]["user_id"]
    owner.execute("UPDATE users SET password_hash = %s WHERE id = %s", [hash_password("prosa-demo"), user_id])
    [user] = owner.execute("SELECT email FROM users WHERE id = %s", [user_id]).fetchall()
    login = {"email": user["email"], "password": "prosa-demo"}
    (await nobody.post("/api/auth/login", login)).problem(401)
    (await Caller(api, token_of(user["email"])).get(LIST)).problem(401)
    (await Caller(api, token_of(user["email"])).get("/api/auth/me")).problem(401)


async def test_a_clinic_has_fifty_tokens_that_go_on_and_not_one_more(adm: Caller, owner: Owner) -> None:
    """Two that are asked for at once do not pass the bound together; one that is over makes room."""
    first = await made(adm)
    owner.execute(
        "INSERT INTO service_tokens (clinic_id, user_id, name, token_hash, prefix, scopes)"
        " SELECT 1, user_id, name, sha256(n::text::bytea), prefix, scopes"
        " FROM service_tokens, generate_series(1, %s) AS n",
        [MOST_TOKENS - 2],
    )
    body = {"name": "n8n", "scopes": ["messages:send"]}
    answers = await asyncio.gather(*(adm.post(PATH, body) for _ in range(4)))
    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409]
    assert (await adm.call("DELETE", f"{PATH}/{first['token']['id']}")).status == 204
    (await adm.post(PATH, body)).ok(NewServiceToken, 201)


async def test_a_service_sees_its_own_clinic_only(api: Api, adm: Caller, owner: Owner) -> None:
    """Another clinic's conversation is a 404, by its id and in lists."""
    theirs = add_conversation(owner, 2)
    service = Caller(api, (await made(adm))["secret"])
    (await service.get(f"{LIST}/{theirs['id']}")).problem(404)
    assert (await service.get(LIST)).ok()["total"] == 0
