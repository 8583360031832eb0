import asyncio
import statistics
import time

import jwt
import pytest

from services.api import login_limit
from services.api.login_limit import ACCOUNT_BURST
from services.api.models.people import Identity, Login
from services.api.models.users import UserList
from services.api.passwords import Passwords
from shared.auth.tokens import DEVELOPMENT_SECRET, verify_token
from tests.integration.api.client import Caller
from tests.integration.api.conftest import Serve
from tests.integration.api.factories import Owner

ANA = {"email": "ana@demo.test", "password": "prosa-demo"}


@pytest.mark.parametrize("email", ["ana@demo.test", "nobody@demo.test"])
async def test_a_wrong_password_and_an_unknown_address_look_the_same(nobody: Caller, email: str) -> None:
    """Nobody learns from an answer which addresses have an account."""
    answer = await nobody.post("/api/auth/login", {"email": email, "password": "wrong"})
    assert answer.problem(401)["detail"] == "The e-mail address or the password is wrong."
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_an_unknown_account_costs_as_much_work_as_a_known_one(owner: Owner) -> None:
    """The time of an answer does not tell either: a hash is checked where there is no account."""
    row = owner.execute("SELECT password_hash FROM users WHERE email = 'ana@demo.test'").fetchone()
    assert row is not None
    passwords = Passwords()

    async def seconds(password_hash: str | None) -> float:
        started = time.perf_counter()
        assert not await passwords.matches(password_hash, "wrong")
        return time.perf_counter() - started

    # In turns: what else the machine does falls on both.
    turns = [(await seconds(row["password_hash"]), await seconds(None)) for _ in range(7)]
    passwords.close()
    assert 0.3 < statistics.median(known / unknown for known, unknown in turns) < 3


async def test_an_inactive_user_cannot_sign_in(nobody: Caller, owner: Owner) -> None:
    """The right password of somebody who has left is as wrong as any other."""
    owner.execute("UPDATE users SET active = false WHERE email = 'ana@demo.test'")
    (await nobody.post("/api/auth/login", ANA)).problem(401)


async def test_too_many_attempts_must_wait(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guessing is slowed down, and the answer says for how long."""
    # However slow the machine is, no attempt comes back before all are made.
    monkeypatch.setattr(login_limit, "ACCOUNT_INTERVAL_SECONDS", 600.0)
    wrong = {"email": "Ana@demo.test", "password": "wrong"}
    async with serve(prosa_api_deadline_seconds=50) as api:
        nobody = Caller(api)
        answers = await asyncio.gather(*(nobody.post("/api/auth/login", wrong) for _ in range(ACCOUNT_BURST)))
        assert {answer.status for answer in answers} == {401}
        refused = await nobody.post("/api/auth/login", ANA)
    refused.problem(429)
    assert int(refused.headers["Retry-After"]) >= 1


async def test_one_clients_attempts_are_not_everybodys(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a proxy that is trusted each has its own address; behind another all share the proxy's."""
    monkeypatch.setattr(login_limit, "ADDRESS_BURST", 2)
    monkeypatch.setattr(login_limit, "ADDRESS_INTERVAL_SECONDS", 600.0)
    clients = [{"X-Forwarded-For": f"198.51.100.1, {address}"} for address in ("203.0.113.1", "2001:db8::1")]
    for proxies, statuses in (("127.0.0.1", [401, 401, 429, 401]), ("", [401, 401, 429, 429])):
        async with serve(prosa_trusted_proxies=proxies) as api:
            for number, (client, status) in enumerate(zip([*[clients[0]] * 3, clients[1]], statuses, strict=True)):
                wrong = {"email": f"{number}@demo.test", "password": "wrong"}
                answer = await Caller(api).call("POST", "/api/auth/login", json=wrong, headers=client)
                assert answer.status == status


async def test_signing_in_right_is_not_limited(nobody: Caller) -> None:
    """People who know their passwords use nothing up."""
    for _ in range(ACCOUNT_BURST + 2):
        (await nobody.post("/api/auth/login", ANA)).ok(Login)


UNUSABLE: list[tuple[dict[str, object], str]] = [
    ({"email": "ana@demo.test"}, "password"),
    ({"email": "ana@demo.test", "password": ""}, "password"),
    ({"email": "ana@demo.test", "password": 7}, "password"),
    ({"email": "ana\0@demo.test", "password": "x"}, "email"),
    ({"email": "ana@demo.test", "password": "\ud800"}, "password"),
    ({"email": "a" * 300, "password": "x"}, "email"),
    ({"email": "ana@demo.test", "password": "x", "clinic_id": 2}, "clinic_id"),
]


async def test_an_unusable_login_names_what_is_wrong(nobody: Caller) -> None:
    """Whatever is sent, the answer is a 400 that names the field."""
    for body, path in UNUSABLE:
        [error] = (await nobody.post("/api/auth/login", body)).problem(400)["errors"]
        assert error["path"] == path, body


async def test_signing_in_gives_a_token_with_user_and_clinic(nobody: Caller, owner: Owner) -> None:
    """The token says who and which clinic, and its end is told in the clinic's time."""
    body = (await nobody.post("/api/auth/login", {**ANA, "email": " ANA@demo.test "})).ok(Login)
    user = owner.execute("SELECT * FROM users WHERE email = 'ana@demo.test'").fetchone()
    assert user is not None
    claims = verify_token(DEVELOPMENT_SECRET, body["token"])
    assert (claims.user_id, claims.clinic_id, claims.role, claims.name) == (user["id"], 1, "agent", "Ana Souza")
    assert body["expires_at"].endswith("-03:00")
    assert time.time() + 7.9 * 3600 < claims.expires_at < time.time() + 8.1 * 3600
    assert body["user"] == {"id": str(user["id"]), "name": "Ana Souza", "email": "ana@demo.test", "role": "agent"}
    assert body["clinic"] == {"id": "1", "slug": "demo", "name": "Clínica Demo", "timezone": "America/Sao_Paulo"}


async def test_a_token_from_signing_in_opens_the_api(nobody: Caller) -> None:
    """What login gives, /api/auth/me takes, and both tell the same."""
    login = (await nobody.post("/api/auth/login", ANA)).ok(Login)
    me = (await Caller(nobody.api, login["token"]).get("/api/auth/me")).ok(Identity)
    assert me == {"user": login["user"], "clinic": login["clinic"]}


async def test_me_refuses_a_user_who_has_left(ana: Caller, owner: Owner) -> None:
    """A page that is reloaded after that asks to sign in."""
    owner.execute("UPDATE users SET active = false WHERE email = 'ana@demo.test'")
    (await ana.get("/api/auth/me")).problem(401)


async def test_what_is_no_token_is_a_401(nobody: Caller) -> None:
    """The answer says how to get one."""
    for header in ("", "Bearer", "Bearer ", "Basic YTpi", "Bearer not.a.token", "Token abc", "Bearer " + "x" * 5000):
        answer = await nobody.call("GET", "/api/users", headers={"Authorization": header})
        answer.problem(401)
        assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="prosa"')


async def test_a_forged_or_unsigned_token_is_a_401(nobody: Caller) -> None:
    """Only our own signature counts, and `none` is not one."""
    claims = {"sub": "1", "clinic_id": 1, "role": "agent", "name": "Ana", "exp": int(time.time()) + 60, "aud": "prosa"}
    for token in (jwt.encode(claims, "x" * 40, algorithm="HS256"), jwt.encode(claims, "", algorithm="none")):
        answer = await Caller(nobody.api, token).get("/api/users")
        answer.problem(401)
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


async def test_users_are_those_of_the_clinic(ana: Caller, carla: Caller) -> None:
    """Colleagues are listed by name, without anything secret."""
    users = (await ana.get("/api/users")).ok(UserList)["users"]
    assert [user["name"] for user in users] == ["Alice Duarte", "Ana Souza", "Bruno Lima", "Otávio Reis", "Sofia Prado"]
    others = (await carla.get("/api/users")).ok(UserList)["users"]
    assert [user["name"] for user in others] == ["Carla Nunes"]
