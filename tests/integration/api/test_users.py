"""Users, as a clinic's admins keep them: made, changed, signed out, never all of them locked out."""

import asyncio
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from services.api.models.conversations import ConversationDetail
from services.api.models.people import Login
from services.api.models.users import ChangedUser, UserList, UserWithPassword
from services.api.passwords import MAX_WAITING, Passwords
from services.api.problems import ProblemError
from shared.auth.passwords import SHORTEST_PASSWORD
from tests.integration.api.client import Answer, Caller
from tests.integration.api.factories import Owner, add_conversation, insert
from tests.integration.api.test_transferring import NOTHING, effects, told, transfer
from tests.waiting import until

PATH = "/api/users"
RITA = {"email": "rita@demo.test", "name": "Rita Prado", "role": "agent"}
PASSWORD = "correct horse"
WAITING = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


async def create(adm: Caller, **changes: Any) -> dict[str, Any]:
    body = (await adm.post(PATH, {**RITA, **changes})).ok(UserWithPassword, 201)
    assert isinstance(body, dict)
    return body


async def change(caller: Caller, user: str, version: int | None = None, **body: Any) -> Answer:
    headers = {} if version is None else {"If-Match": f'"{version}"'}
    return await caller.call("PATCH", f"{PATH}/{user}", json=body, headers=headers)


async def sign_in(nobody: Caller, email: str, password: str) -> Answer:
    return await nobody.post("/api/auth/login", {"email": email, "password": password})


def audited(owner: Owner) -> list[tuple[str, Any]]:
    rows = owner.execute("SELECT action, data FROM audit_log WHERE subject_type = 'user' ORDER BY id").fetchall()
    return [(row["action"], row["data"]) for row in rows]


@pytest.fixture
def eva(adm: Caller, owner: Owner, token_of: Callable[..., str]) -> Caller:
    """Another admin of clinic 1."""
    insert(owner, "users", clinic_id=1, email="eva@demo.test", name="Eva", role="admin", password_hash="x")
    return Caller(adm.api, token_of("eva@demo.test"))


async def test_who_is_made_signs_in_with_the_password_that_was_chosen(
    adm: Caller, nobody: Caller, owner: Owner
) -> None:
    """Which is in no answer, and of which a hash alone is stored."""
    made = await create(adm, password=PASSWORD)

    assert made["password"] is None
    assert (made["user"]["active"], made["user"]["version"], made["user"]["last_sign_in_at"]) == (True, 1, None)
    signed_in = (await sign_in(nobody, "Rita@demo.test", PASSWORD)).ok(Login)
    assert signed_in["user"] == {"id": made["user"]["id"], **RITA}
    row = owner.execute("SELECT clinic_id, password_hash FROM users WHERE email = 'rita@demo.test'").fetchone()
    assert row is not None
    assert (row["clinic_id"], row["password_hash"][:9]) == (1, "$argon2id")
    assert audited(owner) == [("user.created", {"role": "agent"})]


async def test_a_password_nobody_chose_is_shown_once(adm: Caller, nobody: Caller) -> None:
    """In the answer that made it, and never again."""
    made = await create(adm)
    (await sign_in(nobody, RITA["email"], made["password"])).ok(Login)
    for answer in (await adm.get(PATH), await adm.get(f"{PATH}/{made['user']['id']}")):
        assert made["password"] not in answer.content.decode()


async def test_an_address_is_one_persons_in_all_clinics(adm: Caller, owner: Owner) -> None:
    """Whatever its capitals; nobody learns from the answer whether the other is of their clinic."""
    answers = [await adm.post(PATH, {**RITA, "email": email}) for email in ("ANA@demo.test", "carla@outra.test")]
    ours, theirs = (answer.problem(409) for answer in answers)
    assert ours == theirs
    assert (ours["code"], ours["errors"][0]["path"]) == ("email_taken", "email")
    assert effects(owner) == NOTHING


async def test_two_who_make_the_same_user_make_one(adm: Caller, eva: Caller, owner: Owner) -> None:
    """The other is told that the address is taken."""
    answers = await asyncio.gather(*(caller.post(PATH, RITA) for caller in (adm, eva, adm, eva)))
    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409]


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"email": "rita"}, "email"),
        ({"email": "rita@demo.test\n.x"}, "email"),
        ({"email": "a" * 250 + "@demo.test"}, "email"),
        ({"name": " "}, "name"),
        ({"name": "Ri\x1bta"}, "name"),
        ({"role": "owner"}, "role"),
        ({"password": "x" * (SHORTEST_PASSWORD - 1)}, "password"),
        ({"password": "x" * 1025}, "password"),
        ({"password": "tab\tulator-long"}, "password"),
        ({"clinic_id": 2}, "clinic_id"),
    ],
)
async def test_what_is_not_usable_is_named(adm: Caller, owner: Owner, changed: dict[str, Any], path: str) -> None:
    """By its field, without what was sent: it may be a password."""
    answer = await adm.post(PATH, {**RITA, **changed})
    [error] = answer.problem(400)["errors"]
    assert error["path"] == path
    assert "tulator" not in answer.content.decode()
    assert effects(owner) == NOTHING


async def test_nobody_but_an_admin_decides_about_users(sofia: Caller, ana: Caller, owner: Owner) -> None:
    """Whoever they are, and whomever it is about, themselves too."""
    [ana_id] = [user["id"] for user in (await ana.get(PATH)).ok(UserList)["users"] if user["name"] == "Ana Souza"]
    for caller in (sofia, ana):
        for answer in (
            await caller.post(PATH, RITA),
            await caller.get(f"{PATH}/{ana_id}"),
            await change(caller, ana_id, role="admin"),
            await caller.post(f"{PATH}/{ana_id}/password", {}),
            await caller.post(f"{PATH}/{ana_id}/sign-out", None),
        ):
            assert answer.problem(403)["right"] == "administer"
    assert effects(owner) == NOTHING


async def test_admins_see_more_of_each_than_their_colleagues_do(
    adm: Caller, ana: Caller, nobody: Caller, owner: Owner, id_of: Callable[[str], str]
) -> None:
    """When somebody signed in last, and how many open conversations are theirs."""
    add_conversation(owner, assigned_to=id_of("bruno"))
    add_conversation(owner, assigned_to=id_of("bruno"), status="archived")
    (await sign_in(nobody, "ana@demo.test", "prosa-demo")).ok(Login)

    seen = {user["name"]: user for user in (await adm.get(PATH)).ok(UserList)["users"]}
    assert (seen["Bruno Lima"]["open_conversations"], seen["Bruno Lima"]["last_sign_in_at"]) == (1, None)
    assert seen["Ana Souza"]["last_sign_in_at"].endswith("-03:00")
    listed = (await ana.get(PATH)).ok(UserList)["users"]
    assert {frozenset(user) for user in listed} == {frozenset({"id", "name", "email", "role", "active", "kind"})}


async def test_who_is_deactivated_is_out_at_once(
    adm: Caller, ana: Caller, bruno: Caller, nobody: Caller, owner: Owner, id_of: Callable[[str], str]
) -> None:
    """Their token opens nothing and their sockets are told; their conversations stay theirs, until somebody takes them."""
    conversation = add_conversation(owner, assigned_to=id_of("ana"))

    done = (await change(adm, id_of("ana"), 1, active=False)).ok(ChangedUser)

    assert (done["changed"], done["user"]["active"], done["user"]["version"]) == (True, False, 2)
    assert done["user"]["open_conversations"] == 1
    assert (await ana.get("/api/auth/me")).problem(401)["code"] == "session_over"
    (await sign_in(nobody, "ana@demo.test", "prosa-demo")).problem(401)
    [event, everybody] = told(owner)
    assert (event["type"], event["targetId"], event["data"]["reason"]) == (
        "session:revoked",
        id_of("ana"),
        "deactivated",
    )
    changed = (everybody["type"], *(everybody["data"][name] for name in ("kind", "id", "version")))
    assert changed == ("desk:updated", "user", id_of("ana"), 2)
    assert audited(owner) == [("user.deactivated", {})]

    shown = (await bruno.get(f"/api/conversations-simple/{conversation['id']}")).ok(ConversationDetail)
    assert shown["conversation"]["assigned_to"] == id_of("ana")
    (await transfer(adm, conversation["id"], id_of("ana"))).problem(404)
    assert (await transfer(adm, conversation["id"], id_of("bruno"))).status == 200

    assert (await change(adm, id_of("ana"), active=True)).ok(ChangedUser)["user"]["open_conversations"] == 0
    (await sign_in(nobody, "ana@demo.test", "prosa-demo")).ok(Login)


async def test_another_role_holds_from_the_next_request_on(
    adm: Caller, ana: Caller, owner: Owner, id_of: Callable[[str], str]
) -> None:
    """With the token that is out; gateways are told that what they remember of it is worth nothing."""
    (await ana.get("/api/dlq")).problem(403)
    (await change(adm, id_of("ana"), role="supervisor", name="Ana S.")).ok(ChangedUser)
    (await ana.get("/api/dlq")).ok()
    [event, _everybody] = told(owner)
    assert (event["type"], event["data"]) == ("session:changed", {"user_id": id_of("ana"), "role": "supervisor"})
    assert audited(owner) == [
        ("user.renamed", {"name": "Ana S.", "was": "Ana Souza"}),
        ("user.role_changed", {"role": "supervisor", "was": "agent"}),
    ]


async def test_what_is_so_already_is_no_change(adm: Caller, owner: Owner, id_of: Callable[[str], str]) -> None:
    """Asked twice, nobody is told twice."""
    done = (await change(adm, id_of("ana"), active=True, role="agent", name="Ana Souza")).ok(ChangedUser)
    assert (done["changed"], done["user"]["version"]) == (False, 1)
    assert effects(owner) == NOTHING


async def test_nobody_overwrites_what_they_have_not_seen(
    adm: Caller, owner: Owner, id_of: Callable[[str], str]
) -> None:
    """Also where it was the command line that changed it."""
    owner.execute("UPDATE users SET role = 'operator' WHERE email = 'ana@demo.test'")
    problem = (await change(adm, id_of("ana"), 1, name="Ana S.")).problem(412)
    assert (problem["version"], problem["user"]["role"], problem["code"]) == (2, "operator", "stale")
    assert effects(owner) == NOTHING


async def test_another_password_ends_the_sessions_of_the_old_one(
    adm: Caller, ana: Caller, nobody: Caller, owner: Owner, id_of: Callable[[str], str]
) -> None:
    """The old one lets nobody in; the new one does, chosen or made."""
    path = f"{PATH}/{id_of('ana')}/password"
    assert (await adm.post(path, {"password": PASSWORD})).ok(UserWithPassword)["password"] is None

    (await ana.get("/api/auth/me")).problem(401)
    (await sign_in(nobody, "ana@demo.test", "prosa-demo")).problem(401)
    (await sign_in(nobody, "ana@demo.test", PASSWORD)).ok(Login)
    made = (await adm.post(path, {})).ok(UserWithPassword)["password"]
    (await sign_in(nobody, "ana@demo.test", PASSWORD)).problem(401)
    (await sign_in(nobody, "ana@demo.test", made)).ok(Login)
    assert [event["data"]["reason"] for event in told(owner)] == ["password_changed"] * 2
    assert audited(owner) == [("user.password_changed", {})] * 2


async def test_who_is_signed_out_may_sign_in_again(
    adm: Caller, ana: Caller, nobody: Caller, owner: Owner, id_of: Callable[[str], str]
) -> None:
    """Every session is over, on every device."""
    assert (await adm.post(f"{PATH}/{id_of('ana')}/sign-out", None)).status == 204
    (await ana.get("/api/auth/me")).problem(401)
    (await sign_in(nobody, "ana@demo.test", "prosa-demo")).ok(Login)
    assert [event["data"]["reason"] for event in told(owner)] == ["signed_out_everywhere"]
    assert audited(owner) == [("user.signed_out", {})]


async def test_a_user_who_is_not_of_the_clinic_is_not_there(
    adm: Caller, owner: Owner, id_of: Callable[[str], str]
) -> None:
    """The same 404 as for one who is nowhere, and as for a service, which is kept with its tokens."""
    service = {"clinic_id": 1, "email": "n8n@service.invalid", "name": "n8n", "role": "agent", "password_hash": "!"}
    insert(owner, "users", **service, kind="service")
    for user in (id_of("carla"), id_of("n8n"), "999999", "x"):
        for answer in (
            await adm.get(f"{PATH}/{user}"),
            await change(adm, user, name="Outra"),
            await adm.post(f"{PATH}/{user}/password", {}),
            await adm.post(f"{PATH}/{user}/sign-out", None),
        ):
            assert answer.problem(404)["code"] == "user_not_found"


@pytest.mark.parametrize("wanted", [{"active": False}, {"role": "agent"}, {"active": False, "role": "supervisor"}])
async def test_the_last_active_admin_stays_one(
    adm: Caller, owner: Owner, id_of: Callable[[str], str], wanted: dict[str, Any]
) -> None:
    """One who may not sign in does not count, nor does another clinic's."""
    insert(owner, "users", clinic_id=1, email="ex@demo.test", name="Ex", role="admin", password_hash="x", active=False)
    insert(owner, "users", clinic_id=2, email="chefe@outra.test", name="Chefe", role="admin", password_hash="x")
    assert (await change(adm, id_of("adm"), **wanted)).problem(409)["code"] == "last_admin"
    (await change(adm, id_of("adm"), name="Ada")).ok(ChangedUser)
    (await change(adm, id_of("ana"), role="admin")).ok(ChangedUser)
    (await change(adm, id_of("adm"), **wanted)).ok(ChangedUser)


@pytest.mark.parametrize("wanted", [{"active": False}, {"role": "agent"}])
@pytest.mark.parametrize(("whom", "statuses"), [("each other", [200, 403]), ("themselves", [200, 409])])
async def test_two_admins_at_once_leave_one(
    adm: Caller,
    eva: Caller,
    owner: Owner,
    database_url: str,
    id_of: Callable[[str], str],
    wanted: dict[str, Any],
    whom: str,
    statuses: list[int],
) -> None:
    """Whichever comes second is told: by then it is not an admin, or is the last one."""
    names = ("eva", "adm") if whom == "each other" else ("adm", "eva")
    with psycopg.connect(database_url) as holder:
        holder.execute("SELECT set_config('prosa.clinic_id', '1', true)")
        holder.execute("SELECT FROM users WHERE clinic_id = 1 AND role = 'admin' FOR UPDATE")
        asked = [
            asyncio.ensure_future(change(caller, id_of(name), **wanted))
            for caller, name in zip((adm, eva), names, strict=True)
        ]
        await until(lambda: len(owner.execute(WAITING).fetchall()) == len(asked))
    answers = await asyncio.gather(*asked)
    assert sorted(answer.status for answer in answers) == statuses
    left = owner.execute("SELECT FROM users WHERE clinic_id = 1 AND role = 'admin' AND active").fetchall()
    assert len(left) == 1


def test_the_api_cannot_read_what_is_stored_of_a_password(owner: Owner) -> None:
    """It gives people another one all the same; whose clinic and address they are is not its to change."""
    for statement in (
        "SELECT password_hash FROM users",
        "UPDATE users SET name = password_hash",
        "UPDATE users SET password_hash = 'x' RETURNING password_hash",
        "UPDATE users SET clinic_id = 2",
        "UPDATE users SET email = 'x@x.test'",
        "DELETE FROM users",
    ):
        with owner.transaction(force_rollback=True):
            owner.execute("SET LOCAL ROLE prosa_api")
            owner.execute("SELECT set_config('prosa.clinic_id', '1', true)")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                owner.execute(statement)


async def test_hashes_wait_in_one_line_that_is_bounded() -> None:
    """Whoever would wait for longer is told to come back."""
    passwords = Passwords()
    line = [asyncio.ensure_future(passwords.hash(PASSWORD)) for _ in range(MAX_WAITING + 1)]
    done, _ = await asyncio.wait(line, return_when=asyncio.FIRST_EXCEPTION)
    [refused] = [task.exception() for task in done if task.exception()]
    assert isinstance(refused, ProblemError)
    assert refused.status == 503
    passwords.close()
    for task in line:
        task.cancel()
