"""Clinics, users and sources, in the database."""

import hashlib
import json
import shlex

import aiohttp
import psycopg
import pytest
from argon2 import PasswordHasher
from psycopg.rows import DictRow

from shared.auth.passwords import hash_password, password_matches
from shared.auth.seal import DEVELOPMENT_KEY, open_sealed, seal
from shared.auth.standard_webhooks import OUTGOING
from shared.auth.tokens import DEVELOPMENT_SECRET, verify_token
from tests.integration.cli.running import Prosa
from tests.product import Product
from tests.waiting import until

Owner = psycopg.Connection[DictRow]

NEW_CLINIC = ("clinics", "create", "bem-estar", "--name", "Clínica Bem-Estar", "--timezone", "America/Recife")
NEW_USER = ("users", "create", "rita@bem.test", "--clinic", "demo", "--name", "Rita", "--role", "operator")
NEW_SOURCE = ("sources", "create", "evolution", "sala-2", "--clinic", "demo")


async def test_a_clinic_is_created_once(administrator: Prosa, owner: Owner) -> None:
    """The second creation is a conflict that shows what is there, and changes nothing."""
    first = (await administrator(*NEW_CLINIC, "--json")).ok().document["clinic"]
    second = await administrator(*NEW_CLINIC, "--json")

    assert first["timezone"] == "America/Recife"
    assert (second.code, second.out) == (3, "")
    assert second.problem["existing"]["id"] == first["id"]
    assert second.problem["exit_code"] == 3
    rows = owner.execute("SELECT id, name FROM clinics WHERE slug = 'bem-estar'").fetchall()
    assert rows == [{"id": int(first["id"]), "name": "Clínica Bem-Estar"}]
    listed = (await administrator("clinics", "list")).ok().out
    assert "Clínica Bem-Estar" in listed


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (("clinics", "create", "Bem Estar", "--name", "x"), "no slug"),
        (("clinics", "create", "x", "--name", "x", "--timezone", "Mars/Olympus"), "no time zone"),
        (("clinics", "create", "x", "--name", "\x1b[2J"), "no name"),
        (("users", "create", "rita", "--clinic", "demo", "--name", "R", "--role", "agent"), "no e-mail address"),
        (("users", "create", "a@b.test", "--clinic", "demo", "--name", "R", "--role", "boss"), "boss"),
        (("sources", "create", "smtp", "x", "--clinic", "demo"), "smtp"),
        (("sources", "create", "evolution", "x", "--clinic", "demo", "--rate", "0"), "no rate"),
        (("sources", "create", "evolution", "x", "--clinic", "demo", "--evolution-url", "ftp://x"), "no address"),
        (
            ("sources", "create", "n8n", "x", "--clinic", "demo", "--secret", "evolution-jwt", "--generate"),
            "no use for",
        ),
        (("sources", "secret", "add", "demo-wa", "api-key", "--generate"), "Evolution's to give"),
        (("sources", "set", "demo-wa"), "Nothing says what to change"),
    ],
)
async def test_what_is_not_valid_is_refused_with_its_reason(
    administrator: Prosa, changed: tuple[str, ...], said: str
) -> None:
    """Bad values are usage errors in one line, and nothing is stored."""
    ended = await administrator(*changed, stdin="a-long-password\n")

    assert ended.code == 2, ended.err
    assert said in ended.err
    assert ended.err.count("\n") == 1


async def test_a_created_user_can_sign_in(administrator: Prosa, product: Product, owner: Owner) -> None:
    """With the password from stdin, which is stored as an argon2id hash alone."""
    user = (await administrator(*NEW_USER, "--json", stdin="correct horse\n")).ok().document["user"]
    login = ("login", "--email", "rita@bem.test", "--api-url", product.api)

    assert (await administrator(*login, stdin="wrong horse\n")).code == 4
    assert "Rita (operator)" in (await administrator(*login, stdin="correct horse\n")).ok().out
    row = owner.execute("SELECT id, password_hash FROM users WHERE email = 'rita@bem.test'").fetchone()
    assert row is not None
    assert (str(row["id"]), row["password_hash"][:9]) == (user["id"], "$argon2id")


async def test_an_address_is_one_persons_in_all_clinics(administrator: Prosa) -> None:
    """Whatever its case, and whichever clinic has it."""
    taken = await administrator("users", "create", "CARLA@outra.test", *NEW_USER[3:], "--generate", "--json")

    assert taken.code == 3
    assert taken.problem["existing"]["email"] == "carla@outra.test"


async def test_a_short_password_is_refused_and_not_shown(administrator: Prosa) -> None:
    """Neither in the message nor in a traceback."""
    ended = await administrator(*NEW_USER, "--debug", stdin="s3cr3t\n")

    assert ended.code == 2
    assert "s3cr3t" not in ended.err + ended.out


async def test_passwords_change_and_people_are_deactivated(administrator: Prosa, product: Product) -> None:
    """A new password replaces the old one; who is deactivated does not sign in, until they are activated again."""
    login = ("login", "--email", "ana@demo.test", "--api-url", product.api)
    made = (await administrator("users", "password", "ana@demo.test", "--generate", "--json")).ok().document["password"]

    assert (await administrator(*login, stdin="prosa-demo\n")).code == 4
    assert (await administrator(*login, stdin=f"{made}\n")).code == 0
    assert (await administrator("users", "deactivate", "ana@demo.test")).code == 0
    assert (await administrator("users", "deactivate", "ana@demo.test")).code == 3
    assert (await administrator(*login, stdin=f"{made}\n")).code == 4
    assert (await administrator("users", "activate", "ana@demo.test")).code == 0
    assert (await administrator(*login, stdin=f"{made}\n")).code == 0
    assert (await administrator("users", "deactivate", "nobody@demo.test")).code == 5


async def api_status(product: Product, token: str) -> int:
    async with aiohttp.ClientSession() as http:
        headers = {"Authorization": f"Bearer {token}"}
        async with http.get(f"{product.api}/api/auth/me", headers=headers) as response:
            return response.status


async def signed_in(product: Product) -> str:
    """A token of Ana's."""
    body = {"email": "ana@demo.test", "password": "prosa-demo"}
    async with aiohttp.ClientSession() as http, http.post(f"{product.api}/api/auth/login", json=body) as response:
        return str((await response.json())["token"])


@pytest.mark.parametrize(
    ("command", "reason", "audited"),
    [
        (("sign-out", "ana@demo.test"), "signed_out_everywhere", "user.signed_out"),
        (("deactivate", "ana@demo.test"), "deactivated", "user.deactivated"),
        (("password", "ana@demo.test", "--generate"), "password_changed", "user.password_changed"),
    ],
)
async def test_what_ends_sessions_ends_them_at_once(
    administrator: Prosa, product: Product, owner: Owner, command: tuple[str, ...], reason: str, audited: str
) -> None:
    """A token that is out is refused with the next request, and its sockets' gateways are told from when on."""
    token = await signed_in(product)
    assert await api_status(product, token) == 200

    (await administrator("users", *command)).ok()

    assert await api_status(product, token) == 401
    [row] = owner.execute("SELECT clinic_id, channel, event, ephemeral FROM outbox").fetchall()
    event = json.loads(row["event"])
    claims = verify_token(DEVELOPMENT_SECRET, token)
    assert (row["clinic_id"], row["channel"], row["ephemeral"]) == (1, f"atendente:{claims.user_id}", False)
    assert (event["type"], event["channel"]) == ("session:revoked", row["channel"])
    assert event["data"].items() >= {"user_id": str(claims.user_id), "reason": reason}.items()
    assert event["data"]["revoked_before"] > claims.auth_time
    [entry] = owner.execute("SELECT action, subject_id FROM audit_log").fetchall()
    assert entry == {"action": audited, "subject_id": str(claims.user_id)}


async def test_who_is_signed_out_is_not_shown_what_is_kept(
    administrator: Prosa, product: Product, redis_url: str
) -> None:
    """Lists come from the API's cache, sessions too: with Redis at hand the command has them forgotten before it ends."""
    administrator.environment["REDIS_URL"] = redis_url
    token = await signed_in(product)
    path = "/api/conversations-simple"
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(product.api, headers=headers) as http:

        async def list_status() -> int:
            async with http.get(path) as answer:
                return answer.status

        async def hits() -> int:
            assert await list_status() == 200
            async with http.get("/api/metrics") as answer:
                return int((await answer.json())["cache"]["metrics"]["user_sessions"]["hits"])

        await until(hits)
        (await administrator("users", "sign-out", "ana@demo.test")).ok()
        assert await list_status() == 401


async def test_who_is_activated_again_signs_in_again(administrator: Prosa, product: Product) -> None:
    """The sessions from before stay over."""
    token = await signed_in(product)
    (await administrator("users", "deactivate", "ana@demo.test")).ok()
    (await administrator("users", "activate", "ana@demo.test")).ok()
    assert await api_status(product, token) == 401
    assert await api_status(product, await signed_in(product)) == 200


async def test_a_role_changes_without_signing_anybody_out(administrator: Prosa, product: Product, owner: Owner) -> None:
    """It holds at once, gateways ask about their rights anew, and the change is a conflict where it was made already."""
    token = await signed_in(product)

    changed = (await administrator("users", "role", "ana@demo.test", "--role", "supervisor", "--json")).ok()

    assert changed.document["user"]["role"] == "supervisor"
    assert await api_status(product, token) == 200
    [row] = owner.execute("SELECT event FROM outbox").fetchall()
    assert json.loads(row["event"])["type"] == "session:changed"
    assert json.loads(row["event"])["data"]["role"] == "supervisor"
    [entry] = owner.execute("SELECT action, data FROM audit_log").fetchall()
    assert (entry["action"], entry["data"]["was"], entry["data"]["role"]) == (
        "user.role_changed",
        "agent",
        "supervisor",
    )
    assert (await administrator("users", "role", "ana@demo.test", "--role", "supervisor")).code == 3
    assert (await administrator("users", "role", "nobody@demo.test", "--role", "agent")).code == 5


async def test_a_sources_token_is_shown_once_and_stored_hashed(administrator: Prosa, owner: Owner) -> None:
    """With the URL to post to and the body that tells Evolution."""
    receiver = {"PROSA_RECEIVER_URL": "https://hooks.bem.test/"}
    made = (
        (await administrator(*NEW_SOURCE, "--rate", "50", "--accepts", "statuses", "--json", **receiver)).ok().document
    )
    row = owner.execute(
        "SELECT token_hash, rate_per_second, accepts, api_version FROM sources WHERE name = 'sala-2'"
    ).fetchone()
    body = made["evolution"]["body"]["webhook"]

    assert row is not None
    assert row["token_hash"] == hashlib.sha256(made["token"].encode()).digest()
    assert (row["rate_per_second"], row["accepts"], row["api_version"]) == (50, ["statuses"], "v2")
    assert made["webhook_url"] == f"https://hooks.bem.test/webhooks/evolution/{made['token']}"
    assert (body["url"], body["byEvents"], made["evolution"]["path"]) == (
        made["webhook_url"],
        False,
        "/webhook/set/sala-2",
    )
    assert {"MESSAGES_UPSERT", "SEND_MESSAGE", "MESSAGES_EDITED"} <= set(body["events"])
    again = await administrator(*NEW_SOURCE, "--json")
    assert (again.code, again.problem["existing"]["id"]) == (3, made["source"]["id"])


async def test_the_shown_evolution_command_is_shell_that_works(administrator: Prosa) -> None:
    """Whatever the source's name; the body is JSON, of version 1's flat form where the source says so."""
    named = (*NEW_SOURCE[:3], "d'água $(id)", *NEW_SOURCE[4:])
    shown = (await administrator(*named, "--api-version", "v1", "--evolution-url", "http://evo.test:8085/")).ok().out
    words = shlex.split(shown[shown.index("curl") :])
    body = json.loads(words[-1])

    assert words[:4] == ["curl", "-X", "POST", "http://evo.test:8085/webhook/set/d%27%C3%A1gua%20%24%28id%29"]
    assert body["webhook_by_events"] is False
    assert "MESSAGES_EDITED" not in body["events"]


async def test_secrets_are_sealed_rotated_and_never_listed(administrator: Prosa, owner: Owner) -> None:
    """The old one stays valid beside the new one until it is told to expire."""
    add = ("sources", "secret", "add", "demo-wa", "evolution-jwt", "--json")
    old = (await administrator(*add, stdin="the-first-long-secret\n")).ok().document["secret"]
    new = (await administrator(*add, "--generate")).ok().document["secret"]
    listed = (await administrator("sources", "secret", "list", "demo-wa", "--json")).ok()
    expired = (await administrator("sources", "secret", "expire", "demo-wa", old["id"], "--at", "+1h", "--json")).ok()
    rows = owner.execute("SELECT * FROM source_secrets ORDER BY id").fetchall()

    assert [secret["id"] for secret in listed.document["secrets"]] == [new["id"], old["id"]]
    assert "the-first-long-secret" not in listed.out
    assert "value" not in old
    opened = [open_sealed([DEVELOPMENT_KEY], row["source_id"], row["purpose"], row["sealed"]) for row in rows]
    assert opened == ["the-first-long-secret", new["value"]]
    assert expired.document["secret"]["expires_at"] is not None
    assert [row["expires_at"] is None for row in rows] == [False, True]
    assert (await administrator("sources", "secret", "expire", "demo-n8n", old["id"])).code == 5


async def test_secrets_are_sealed_anew_with_the_first_key(administrator: Prosa, owner: Owner) -> None:
    """Then the former key can be forgotten; what no key opens is named, and stays as it is."""
    new = "another-key-of-the-installation"
    add = ("sources", "secret", "add", "demo-wa", "api-key")
    (await administrator(*add, stdin="the-key-of-an-instance\n")).ok()
    [made] = owner.execute(
        "INSERT INTO webhook_destinations (clinic_id, name, url, events)"
        " VALUES (1, 'n8n', 'https://n8n.example', '{message.created}') RETURNING id"
    ).fetchall()
    destination = made["id"]
    owner.execute(
        "INSERT INTO webhook_destination_secrets (clinic_id, destination_id, sealed) VALUES (1, %s, %s)",
        [destination, seal([DEVELOPMENT_KEY], destination, OUTGOING, "whsec_x")],
    )
    done = (await administrator("sources", "reencrypt", "--json", PROSA_SECRETS_KEY=f"{new},{DEVELOPMENT_KEY}")).ok()
    assert done.document == {"sealed": 2, "unopened": []}
    [sealed] = owner.execute("SELECT sealed FROM webhook_destination_secrets").fetchall()
    assert open_sealed([new], destination, OUTGOING, sealed["sealed"]) == "whsec_x"
    [row] = owner.execute("SELECT * FROM source_secrets").fetchall()
    assert open_sealed([new], row["source_id"], row["purpose"], row["sealed"]) == "the-key-of-an-instance"

    unopened = await administrator("sources", "reencrypt", PROSA_SECRETS_KEY="a-key-that-opens-nothing")
    assert unopened.code == 1
    assert f"opens: source_secrets:{row['id']}, webhook_destination_secrets:" in unopened.err
    assert owner.execute("SELECT * FROM source_secrets").fetchall() == [row]


async def test_production_seals_with_no_published_key(administrator: Prosa, owner: Owner) -> None:
    """It is refused as the services would refuse it, and nothing is stored."""
    ended = await administrator(
        "sources", "secret", "add", "demo-wa", "evolution-jwt", "--generate", PROSA_ENV="production"
    )

    assert ended.code == 2
    assert "PROSA_SECRETS_KEY" in ended.err
    assert owner.execute("SELECT * FROM source_secrets").fetchall() == []


async def test_a_source_is_changed_and_closed(administrator: Prosa, owner: Owner) -> None:
    """What is not named stays as it is; a rate can be given back."""
    (
        await administrator("sources", "set", "demo-wa", "--rate", "7", "--accepts-none", "--sends-per-second", "0.5")
    ).ok()
    (await administrator("sources", "set", "demo-wa", "--inactive", "--rate-default")).ok()
    row = owner.execute(
        "SELECT active, rate_per_second, accepts, sends_per_second FROM sources WHERE name = 'demo-wa'"
    ).fetchone()

    assert row is not None
    assert (row["active"], row["rate_per_second"], row["accepts"], row["sends_per_second"]) == (False, None, [], 0.5)
    listed = (await administrator("sources", "list", "--clinic", "demo", "--json")).ok().document["sources"]
    assert [(source["name"], source["active"]) for source in listed] == [("demo-wa", False), ("demo-n8n", True)]


async def test_administration_leaves_a_trace(administrator: Prosa, owner: Owner) -> None:
    """Each change is in the audit log of its clinic, with who sat at the machine, and without a secret."""
    made = (
        (await administrator(*NEW_SOURCE, "--secret", "evolution-jwt", "--generate", "--json", USER="rui"))
        .ok()
        .document
    )
    rows = owner.execute("SELECT clinic_id, action, subject_id, data FROM audit_log ORDER BY id").fetchall()

    assert [row["action"] for row in rows] == ["source.created", "source.secret_added"]
    assert {(row["clinic_id"], row["subject_id"]) for row in rows} == {(1, made["source"]["id"])}
    assert rows[0]["data"]["by"] == "prosa cli (rui)"
    assert made["token"] not in str(rows)
    assert made["secret"]["value"] not in str(rows)


async def test_a_service_token_is_made_rotated_and_revoked(administrator: Prosa, owner: Owner) -> None:
    """Each secret is shown once and hashes to what is stored; the list has none; the service is no user who signs in."""
    create = ("tokens", "create", "n8n", "--clinic", "demo", "--scope", "actions:write", "--scope", "messages:send")
    first = (await administrator(*create, "--expires-in", "90d", "--json")).ok().document
    assert first["token"]["scopes"] == ["messages:send", "actions:write"]
    second = (await administrator("tokens", "rotate", first["token"]["id"], "--overlap", "1h", "--json")).ok().document
    assert second["token"]["user_id"] == first["token"]["user_id"]
    again = await administrator("tokens", "rotate", first["token"]["id"], "--json")
    assert (again.code, again.problem["code"]) == (3, "replaced")
    (await administrator("tokens", "revoke", second["token"]["id"])).ok()
    assert (await administrator("tokens", "revoke", second["token"]["id"])).code == 3
    assert (await administrator("tokens", "revoke", "999")).code == 5
    assert (await administrator("tokens", "rotate", "1", "--overlap", "8d")).code == 2

    listed = (await administrator("tokens", "list", "--clinic", "demo", "--json")).ok()
    assert [token["state"] for token in listed.document["tokens"]] == ["replaced", "revoked"]
    hashes = [hashlib.sha256(made["secret"].encode()).digest() for made in (first, second)]
    rows = owner.execute("SELECT token_hash FROM service_tokens ORDER BY id").fetchall()
    assert [bytes(row["token_hash"]) for row in rows] == hashes
    assert first["secret"] not in (await administrator("tokens", "list")).ok().out
    [service] = owner.execute("SELECT email, active FROM users WHERE kind = 'service'").fetchall()
    assert service["active"] is True
    assert (await administrator("users", "role", service["email"], "--role", "admin")).code == 5
    actions = owner.execute("SELECT action FROM audit_log ORDER BY id").fetchall()
    assert [row["action"] for row in actions] == [
        "service_token.created", "service_token.rotated", "service_token.revoked"
    ]  # fmt: skip


async def test_an_owner_who_is_no_superuser_can_administer(
    administrator: Prosa, owner: Owner, database_url: str
) -> None:
    """Row-level security holds for them too, and every command works all the same."""
    name = f"owner_{owner.info.dbname}"
    owner.execute(
        f"""CREATE ROLE {name} LOGIN PASSWORD 'pw'
        IN ROLE prosa_receiver, prosa_worker, prosa_api, prosa_login, prosa_services""".encode()
    )
    try:
        for table in owner.execute(
            "SELECT format('%I', tablename) AS t FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall():
            owner.execute(f"ALTER TABLE {table['t']} OWNER TO {name}".encode())
        info = owner.info
        administrator.environment["DATABASE_URL"] = f"postgresql://{name}:pw@{info.host}:{info.port}/{info.dbname}"
        (await administrator(*NEW_CLINIC)).ok()
        (
            await administrator(
                "users", "create", "rita@bem.test", "--clinic", "bem-estar", *NEW_USER[5:], "--generate"
            )
        ).ok()
        (await administrator("sources", "create", "n8n", "agenda", "--clinic", "bem-estar")).ok()
        (await administrator("sources", "secret", "add", "agenda", "standard-webhooks", "--generate")).ok()
        (await administrator("users", "deactivate", "carla@outra.test")).ok()
        (await administrator("users", "role", "ana@demo.test", "--role", "admin")).ok()
        (await administrator("tokens", "create", "n8n", "--clinic", "bem-estar", "--scope", "messages:send")).ok()
        (await administrator("tokens", "rotate", "1")).ok()
        (await administrator("tokens", "revoke", "1")).ok()

        assert len((await administrator("clinics", "list", "--json")).ok().document["clinics"]) == 3
        assert len((await administrator("users", "list", "--json")).ok().document["users"]) == 7
        assert (await administrator("users", "create", "ANA@demo.test", *NEW_USER[3:], "--generate")).code == 3
    finally:
        owner.execute(f"REASSIGN OWNED BY {name} TO CURRENT_USER".encode())
        owner.execute(f"DROP OWNED BY {name}".encode())
        owner.execute(f"DROP ROLE {name}".encode())


async def test_a_database_that_is_away_is_named_without_its_password(prosa: Prosa) -> None:
    """Exit code 6, one line."""
    ended = await prosa("clinics", "list", DATABASE_URL="postgresql://prosa:hunter2@127.0.0.1:1/prosa")

    assert ended.code == 6
    assert "127.0.0.1:1/prosa" in ended.err
    assert "hunter2" not in ended.err
    assert ended.err.count("\n") == 1


async def test_a_database_without_the_schema_is_told_so(prosa: Prosa, postgres_url: str) -> None:
    """With the command that brings it."""
    ended = await prosa("clinics", "list", DATABASE_URL=postgres_url)

    assert ended.code == 1
    assert "make migrate" in ended.err


def test_the_hash_is_what_the_api_reads() -> None:
    """The parameters are the library's current ones, in both."""
    hashed = hash_password("correct horse")

    assert not PasswordHasher().check_needs_rehash(hashed)
    assert password_matches(hashed, "correct horse")
    assert not password_matches(hashed, "wrong horse")
