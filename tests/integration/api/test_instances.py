"""What an admin has Evolution do: its webhook, its line, its QR code, and what is told where it does not answer."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from deploy.demo.evolution.instances import Instance
from deploy.demo.evolution.routes import StandIn
from deploy.demo.evolution.server import HOST, serving
from services.api import evolution
from services.api.models.sources import ChangedSource, Connection, CreatedSource, QrAnswer, SourceAnswer, WebhookSet
from tests.integration.api.client import Caller
from tests.integration.api.conftest import Serve
from tests.integration.api.factories import Owner, source_id
from tests.integration.api.test_sources import PATH, change
from tests.integration.api.test_transferring import NOTHING, effects
from tests.ports import free_port

KEY = "the-installations-key"


class Place:
    """The API beside an Evolution server, and an admin of clinic 1."""

    def __init__(self, adm: Caller, stand_in: StandIn, url: str, owner: Owner) -> None:
        self.adm, self.evolution, self.url, self.owner = adm, stand_in, url, owner
        self.demo = source_id(owner, "demo-wa")

    @property
    def instance(self) -> Instance:
        return self.evolution.instances["demo-wa"]

    def stored(self) -> bytes:
        [row] = self.owner.execute("SELECT token_hash FROM sources WHERE id = %s", [self.demo]).fetchall()
        return bytes(row["token_hash"])

    def former(self) -> dict[bytes, float]:
        """Hashes of former tokens, with the hours for which they go on."""
        rows = self.owner.execute(
            "SELECT token_hash, extract(epoch FROM expires_at - now()) / 3600 AS hours FROM source_former_tokens"
        ).fetchall()
        return {bytes(row["token_hash"]): float(row["hours"]) for row in rows}

    async def ask(self, what: str, method: str = "GET", source: Any = None, caller: Caller | None = None) -> Any:
        return await (caller or self.adm).call(method, f"{PATH}/{source or self.demo}/{what}")


@pytest.fixture
async def place_with(serve: Serve, owner: Owner, token_of: Callable[..., str]) -> Callable[..., Any]:

    @asynccontextmanager
    async def placed(**settings: Any) -> AsyncIterator[Place]:
        port = free_port()
        url = f"http://{HOST}:{port}"
        instances = {name: Instance(name, f"551195555900{i}") for i, name in enumerate(("demo-wa", "outra-wa"))}
        async with (
            serving(instances, port=port, api_key=KEY, pace=0, seed=1) as stand_in,
            serve(**{"evolution_api_url": url, "evolution_api_key": KEY, **settings}) as api,
        ):
            yield Place(Caller(api, token_of("adm@demo.test")), stand_in, url, owner)

    return placed


@pytest.fixture
async def place(place_with: Callable[..., Any]) -> AsyncIterator[Place]:
    async with place_with() as found:
        yield found


async def test_only_admins_have_evolution_do_something(place: Place, token_of: Callable[..., str]) -> None:
    """A supervisor sees the line; an integration has none; what is nowhere is a 404."""
    sofia = Caller(place.adm.api, token_of("sofia@demo.test"))
    assert (await place.ask("webhook", "POST", caller=sofia)).problem(403)["right"] == "administer"
    assert (await place.ask("qr", caller=sofia)).problem(403)["right"] == "administer"
    assert (await place.ask("connection", caller=sofia)).ok(Connection)["state"] == "open"
    for what, method in (("webhook", "POST"), ("qr", "GET"), ("connection", "GET")):
        n8n = await place.ask(what, method, source_id(place.owner, "demo-n8n"))
        assert n8n.problem(409)["code"] == "not_evolution"
        (await place.ask(what, method, 999)).problem(404)
    assert (place.instance.webhook, effects(place.owner)) == (None, NOTHING)


async def test_a_webhook_is_set_in_one_call(place: Place) -> None:
    """Evolution alone hears the new token, which is the source's; the one before goes on for an hour."""
    before = place.stored()
    answer = await place.ask("webhook", "POST")
    done = answer.ok(WebhookSet)
    webhook = place.instance.webhook
    assert webhook is not None
    token = webhook.url.rpartition("/webhooks/evolution/")[2]
    assert place.stored() == hashlib.sha256(token.encode()).digest() != before
    assert list(place.former()) == [before]
    assert 0.9 < place.former()[before] <= 1
    assert list(webhook.events) == done["events"]
    assert "MESSAGES_UPSERT" in webhook.events
    audits = place.owner.execute("SELECT action, data::text FROM audit_log ORDER BY id").fetchall()
    assert [audit["action"] for audit in audits] == ["source.token_rotated", "source.webhook_set"]
    assert token not in answer.content.decode() + "".join(audit["data"] for audit in audits)


@pytest.mark.parametrize(
    ("settings", "code", "status"),
    [
        ({"evolution_api_key": "wrong"}, "evolution_bad_key", 502),
        ({"evolution_api_url": "http://127.0.0.1:1"}, "evolution_unreachable", 502),
        ({"evolution_api_url": "http://nowhere.invalid"}, "evolution_unreachable", 502),
    ],
)
async def test_a_refused_webhook_leaves_the_token_before(
    place_with: Callable[..., Any], settings: dict[str, Any], code: str, status: int
) -> None:
    """It is the source's again, and why it failed is told and written down."""
    async with place_with(**settings) as place:
        before = place.stored()
        assert (await place.ask("webhook", "POST")).problem(status)["code"] == code
        assert place.stored() == before
        assert before not in place.former()
        [last] = place.owner.execute("SELECT action, data FROM audit_log ORDER BY id DESC LIMIT 1").fetchall()
        assert (last["action"], last["data"]) == ("source.webhook_failed", {"code": code})


async def test_an_evolution_that_does_not_know_or_work_is_said_so(place: Place) -> None:
    """Each cause has its code."""
    del place.evolution.instances["demo-wa"]
    assert (await place.ask("qr")).problem(502)["code"] == "evolution_unknown_instance"
    place.evolution.instances["demo-wa"] = Instance("demo-wa", "5511955559001", open=False)
    qr = (await place.ask("qr")).ok(QrAnswer)
    assert qr["qr"].pop("image").startswith("data:image/png;base64,")
    assert qr["qr"] == {"code": "2@stand-in", "pairing_code": None}
    assert (await place.ask("connection")).ok(Connection)["state"] == "close"
    place.instance.open = True
    assert (await place.ask("qr")).ok(QrAnswer) == {"qr": None, "state": "open"}
    audits = place.owner.execute("SELECT action FROM audit_log").fetchall()
    assert [audit["action"] for audit in audits] == ["source.qr_asked"] * 3


async def test_an_evolution_without_an_answer_is_a_504_and_both_tokens_are_taken(
    place_with: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have heard the new one: whichever it posts to, nothing is refused for a week."""
    monkeypatch.setattr(evolution, "MOST_SECONDS", 0.3)
    heard: list[bytes] = []

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(64))
        await reader.read()
        writer.close()

    async with await asyncio.start_server(hang, HOST, 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with place_with(evolution_api_url=f"http://{HOST}:{port}") as place:
            before = place.stored()
            assert (await place.ask("webhook", "POST")).problem(504)["code"] == "evolution_timeout"
            assert place.stored() == before
            [hours] = place.former().values()
            assert hours > 160
    assert heard[0].startswith(b"POST /webhook/set/demo-wa ")


@pytest.mark.parametrize("host", ["169.254.169.254", "[fd00:ec2::254]", "[::ffff:169.254.169.254]", "[fe80::1]"])
async def test_no_admin_reaches_where_clouds_keep_their_credentials(place: Place, host: str) -> None:
    """Whatever the address is written as."""
    body: dict[str, Any] = {"api_url": f"http://{host}/latest", "api_key": "a key of its own"}
    (await change(place.adm, place.demo, **body)).ok(ChangedSource)
    assert (await place.ask("connection")).problem(502)["code"] == "evolution_forbidden_address"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_networks_that_are_not_named_are_not_reached(place_with: Callable[..., Any], host: str) -> None:
    """By address or by name; the installation's own server is, at its own port."""
    async with place_with(evolution_networks="10.0.0.0/8") as place:
        assert (await place.ask("connection")).ok(Connection)["state"] == "open"
        body: dict[str, Any] = {"api_url": f"http://{host}:{free_port()}", "api_key": "a key of its own"}
        (await change(place.adm, place.demo, **body)).ok(ChangedSource)
        assert (await place.ask("connection")).problem(502)["code"] == "evolution_forbidden_address"


async def test_an_instance_of_another_clinic_does_not_open_with_the_installations_key(place: Place) -> None:
    """An admin may name it, and needs its key; another name or server forgets the key that was there."""
    made = (await place.adm.post(PATH, {"kind": "evolution", "name": "outra-wa"})).ok(CreatedSource, 201)
    source = made["source"]["id"]
    assert (await place.ask("connection", source=source)).problem(409)["code"] == "no_api_key"
    (await change(place.adm, source, api_key="guessed-by-somebody")).ok(ChangedSource)
    assert (await place.ask("connection", source=source)).problem(502)["code"] == "evolution_bad_key"
    key = place.evolution.instances["outra-wa"].token
    given = (await change(place.adm, source, api_key=key)).ok(ChangedSource)
    assert given["source"]["has_api_key"]
    assert (await place.ask("connection", source=source)).ok(Connection)["state"] == "open"
    assert key not in str((await place.adm.get(f"{PATH}/{source}")).ok(SourceAnswer))
    moves: tuple[dict[str, Any], ...] = ({"name": "demo-wa-2"}, {"name": "outra-wa"}, {"api_url": place.url})
    for changed in moves:
        moved = (await change(place.adm, source, **changed)).ok(ChangedSource)
        assert not moved["source"]["has_api_key"]
        assert (await place.ask("qr", source=source)).problem(409)["code"] == "no_api_key"
    stored = place.owner.execute("SELECT data::text FROM audit_log").fetchall()
    sealed = place.owner.execute("SELECT sealed FROM source_secrets").fetchall()
    assert not [row for row in (*stored, *sealed) if key in str(row)]


async def test_keys_that_cannot_be_opened_are_said_so(place_with: Callable[..., Any]) -> None:
    """Where PROSA_SECRETS_KEY was changed and the old one forgotten."""
    async with place_with(prosa_secrets_key="one-key-of-somebody") as place:
        (await change(place.adm, place.demo, api_key="the-instances-own-key")).ok(ChangedSource)
    async with place_with(prosa_secrets_key="another-key-of-somebody") as place:
        assert (await place.ask("connection")).problem(409)["code"] == "sealed_with_another_key"
