"""Sources that sign: with the real database, from the first secret to its successor's."""

import asyncio
import base64
import hmac
import time
from collections.abc import AsyncIterator, Callable

import jwt
import psycopg
import pytest

from services.webhook_receiver import sources
from services.webhook_receiver.store import Source, source_by_token_hash
from shared.auth.seal import DEVELOPMENT_KEY, seal
from shared.db.pool import Pool, service_conninfo
from tests.integration.webhook_receiver.conftest import Queue, Start
from tests.integration.webhook_receiver.receiver import EVOLUTION, N8N, Answer, Receiver, begun, eventually
from tests.proxy import Proxy, open_proxy

Owner = psycopg.Connection[psycopg.rows.DictRow]
ITEM = b'{"event":"message.created","phone":"5511965860124","sender_type":"patient","content":"oi"}'
OLD = "whsec_" + base64.b64encode(b"old secret of 24 bytes!!").decode()
NEW = "whsec_" + base64.b64encode(b"new secret of 24 bytes!!").decode()
JWT_KEY = "the key in the instance's webhook headers, " * 2
NEVER = "3600"


def signed(body: bytes, secret: str = OLD, *, at: float | None = None) -> dict[str, str]:
    """What a Standard Webhooks sender adds."""
    timestamp = str(int(time.time() if at is None else at))
    mac = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), b"msg_1.%s." % timestamp.encode() + body, "sha256")
    signature = "v1," + base64.b64encode(mac.digest()).decode()
    return {"webhook-id": "msg_1", "webhook-timestamp": timestamp, "webhook-signature": signature}


def bearer(key: str = JWT_KEY, *, algorithm: str = "HS256", at: float | None = None) -> dict[str, str]:
    """What Evolution adds where its webhook has a `jwt_key`."""
    now = int(time.time() if at is None else at)
    claims = {"iat": now, "exp": now + 600, "app": "evolution", "action": "webhook"}
    return {"Authorization": "Bearer " + jwt.encode(claims, key, algorithm=algorithm)}


def add_secret(
    owner: Owner, source: str, purpose: str, secret: str, *, keys: tuple[str, ...] = (DEVELOPMENT_KEY,)
) -> int:
    """What the command line does when an operator adds a secret; returns its id."""
    row = owner.execute("SELECT id, clinic_id FROM sources WHERE name = %s", [source]).fetchone()
    assert row is not None
    added = owner.execute(
        "INSERT INTO source_secrets (clinic_id, source_id, purpose, sealed) VALUES (%s, %s, %s, %s) RETURNING id",
        [row["clinic_id"], row["id"], purpose, seal(keys, row["id"], purpose, secret)],
    ).fetchone()
    assert added is not None
    identity: int = added["id"]
    return identity


def assert_refused(answer: Answer, code: str) -> None:
    answer.assert_problem(401)
    assert answer.json["code"] == code
    for secret in (OLD, NEW, JWT_KEY, "msg_1"):
        assert secret not in answer.text


def assert_try_later(answer: Answer) -> None:
    answer.assert_problem(503)
    assert int(answer.headers["Retry-After"]) > 0


@pytest.fixture
async def postgres(database_url: str) -> AsyncIterator[Proxy]:
    async with open_proxy(database_url) as proxy:
        yield proxy


@pytest.fixture
async def signing(
    start: Start, postgres: Proxy, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Receiver]:
    """A receiver whose n8n source signs by Standard Webhooks and whose instance has a `jwt_key`; it reads sources once."""
    monkeypatch.setattr(sources, "ANSWER_TIMEOUT_SECONDS", 1.0)
    add_secret(owner, "demo-n8n", "standard-webhooks", OLD)
    add_secret(owner, "demo-wa", "evolution-jwt", JWT_KEY)
    async with start(DATABASE_URL=postgres.url, SOURCE_REFRESH_INTERVAL=NEVER) as receiver:
        await receiver.ready()
        yield receiver


async def test_what_is_signed_is_accepted(signing: Receiver, queue: Queue) -> None:
    """By either way, and the proof itself is kept nowhere."""
    answers = [
        await signing.post(N8N, ITEM, **signed(ITEM)),
        await signing.post(EVOLUTION, b"{}", **bearer()),
        await signing.post(f"{EVOLUTION}/messages-upsert", b"{}", **bearer(at=time.time() - 2000)),
    ]

    messages = await queue.messages()
    assert len(messages) == len([answer.correlation_id for answer in answers]) == 3
    for proof in (signed(ITEM)["webhook-signature"], "Bearer", "uthorization"):
        assert not any(proof.encode() in message.body for message in messages)


async def test_what_is_not_signed_is_refused_with_a_code(signing: Receiver, queue: Queue) -> None:
    """The sender's people see which of the three it is, and nothing of it is kept."""
    hour = 3600
    refused = {
        "missing_signature": [{}, {"webhook-id": "msg_1"}, bearer()],
        "wrong_signature": [signed(ITEM, NEW), signed(ITEM[:-1]), signed(ITEM) | {"webhook-id": "msg_2"}],
        "stale_timestamp": [signed(ITEM, at=time.time() - hour), signed(ITEM, at=time.time() + hour)],
    }
    for code, sent in refused.items():
        for headers in sent:
            assert_refused(await signing.post(N8N, ITEM, **headers), code)
    refused = {
        "missing_signature": [{}, signed(b"{}")],
        "wrong_signature": [
            bearer("another key, which is as long as the right one is, " * 2),
            bearer(algorithm="HS512"),
            {"Authorization": "Bearer " + jwt.encode({"app": "evolution"}, "", algorithm="none")},
            {"Authorization": "Basic eDp5"},
            {"Authorization": "Bearer " + "x" * 7000},
        ],
        "stale_timestamp": [bearer(at=time.time() - hour)],
    }
    for code, sent in refused.items():
        for headers in sent:
            assert_refused(await signing.post(EVOLUTION, b"{}", **headers), code)

    assert await queue.events() == []
    metrics = (await signing.get("/metrics")).text
    assert 'webhook_receiver_signatures_total{outcome="stale_timestamp"}' in metrics


async def test_a_signature_that_was_seen_is_of_no_use_with_other_words(signing: Receiver, queue: Queue) -> None:
    """Whoever recorded a webhook can send it again, which changes nothing, and no other."""
    headers = signed(ITEM)

    first, again = [await signing.post(N8N, ITEM, **headers) for _ in range(2)]
    altered = await signing.post(N8N, ITEM.replace(b"oi", b"pix"), **headers)

    assert_refused(altered, "wrong_signature")
    assert {event.event_id for event in await queue.events()} == {first.correlation_id, again.correlation_id}


async def test_a_signature_covers_the_bytes_as_they_came(signing: Receiver, queue: Queue) -> None:
    """White space, escapes and the API key included, though that is cut out afterwards."""
    body = b'{ "apikey" : "k" ,\n "text":"\\u00e3\xc3\xa3" }'

    answer = await signing.post(N8N, body, **signed(body))

    (event,) = await queue.events()
    assert event.event_id == answer.correlation_id
    assert b"apikey" not in event.body


async def test_a_header_sent_twice_is_refused(signing: Receiver) -> None:
    """Whichever of them is right."""
    proof = [f"{name}: {value}" for name, value in signed(b"{}").items()]
    request = begun("Content-Length: 2", *proof, "webhook-signature: v1,AAAA", path=N8N) + b"{}"

    async with signing.wire(request) as wire:
        answer = await wire.answer()

    assert answer.startswith("HTTP/1.1 401")
    assert '"wrong_signature"' in answer


async def test_oversized_headers_are_refused(signing: Receiver) -> None:
    """Before anything is computed over them, and the receiver goes on."""
    request = begun("Content-Length: 2", "webhook-signature: " + "v1,A " * 20_000, path=N8N) + b"{}"

    async with signing.wire(request) as wire:
        assert (await wire.answer()).split()[1] == "400"

    assert (await signing.post(N8N, ITEM, **signed(ITEM))).status == 200


async def test_a_source_without_secrets_need_not_sign(signing: Receiver, queue: Queue) -> None:
    """Another source's secrets are none of its business."""
    answer = await signing.post("/webhooks/evolution/outra-evolution-token", b"{}")

    assert [event.event_id for event in await queue.events()] == [answer.correlation_id]


async def test_a_new_secret_is_believed_at_once(signing: Receiver, owner: Owner) -> None:
    """Long before the sources are read again: a refusal would be final for a sender that uses it already."""
    add_secret(owner, "demo-n8n", "standard-webhooks", NEW)

    assert (await signing.post(N8N, ITEM, **signed(ITEM, NEW))).status == 200
    assert (await signing.post(N8N, ITEM, **signed(ITEM, OLD))).status == 200


async def test_secrets_are_rotated_without_losing_a_webhook(start: Start, database_url: str, owner: Owner) -> None:
    """Add the new one, change the sender, let the old one expire: it is refused once the sources were read again."""
    old = add_secret(owner, "demo-n8n", "standard-webhooks", OLD)
    async with start(DATABASE_URL=database_url) as receiver:
        await receiver.ready()
        assert (await receiver.post(N8N, ITEM, **signed(ITEM, OLD))).status == 200
        add_secret(owner, "demo-n8n", "standard-webhooks", NEW)
        both = signed(ITEM, OLD) | {
            "webhook-signature": " ".join(signed(ITEM, secret)["webhook-signature"] for secret in (OLD, NEW))
        }
        for headers in (signed(ITEM, OLD), signed(ITEM, NEW), both):
            assert (await receiver.post(N8N, ITEM, **headers)).status == 200

        owner.execute("UPDATE source_secrets SET expires_at = now() WHERE id = %s", [old])

        async def refused() -> bool:
            return (await receiver.post(N8N, ITEM, **signed(ITEM, OLD))).status == 401

        await eventually(refused)
        assert (await receiver.post(N8N, ITEM, **signed(ITEM, NEW))).status == 200
        assert (await receiver.post(N8N, ITEM, **both)).status == 200


async def test_the_first_secret_is_demanded_once_the_sources_were_read(
    start: Start, database_url: str, owner: Owner
) -> None:
    """Until then webhooks are taken as before; without its last one they are again."""
    async with start(DATABASE_URL=database_url) as receiver:
        await receiver.ready()
        assert (await receiver.post(N8N, ITEM)).status == 200
        add_secret(owner, "demo-n8n", "standard-webhooks", OLD)

        async def demanded() -> bool:
            return (await receiver.post(N8N, ITEM)).status == 401

        await eventually(demanded)
        owner.execute("DELETE FROM source_secrets")
        assert (await receiver.post(N8N, ITEM)).status == 200


@pytest.mark.parametrize("fault", [Proxy.refuse, Proxy.hold], ids=["away", "frozen"])
async def test_nobody_is_refused_while_postgres_cannot_be_asked(
    signing: Receiver, postgres: Proxy, fault: Callable[[Proxy], None]
) -> None:
    """What verifies is taken; what does not may be signed with a secret that is new."""
    fault(postgres)

    for headers in ({}, signed(ITEM, NEW), signed(ITEM, at=0)):
        assert_try_later(await signing.post(N8N, ITEM, **headers))
    assert (await signing.post(N8N, ITEM, **signed(ITEM))).status == 200


async def test_nobody_is_refused_for_a_secret_that_cannot_be_opened(
    start: Start, database_url: str, owner: Owner
) -> None:
    """Sealed with a key that this process does not have: the operator's fault, so the sender comes back."""
    add_secret(owner, "demo-n8n", "standard-webhooks", OLD, keys=("another-key-" + "k" * 40,))
    async with start(DATABASE_URL=database_url) as receiver:
        await receiver.ready()

        for headers in ({}, signed(ITEM), signed(ITEM, NEW)):
            assert_try_later(await receiver.post(N8N, ITEM, **headers))

    async with start(
        DATABASE_URL=database_url, PROSA_SECRETS_KEY=f"newest-{'k' * 40},another-key-{'k' * 40}"
    ) as receiver:
        await receiver.ready()
        assert (await receiver.post(N8N, ITEM, **signed(ITEM))).status == 200


async def test_a_flood_of_wrong_signatures_asks_postgres_seldom(
    signing: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that fail at about the same time share one look, and others' webhooks do not notice."""
    looks: list[bytes] = []

    async def counted(pool: Pool, token_hash: bytes) -> Source | None:
        looks.append(token_hash)
        return await source_by_token_hash(pool, token_hash)

    monkeypatch.setattr(sources, "source_by_token_hash", counted)
    flood = [signing.post(N8N, ITEM, **signed(ITEM, NEW)) for _ in range(100)]

    answers = await asyncio.gather(*flood)

    assert {answer.status for answer in answers} == {401}
    assert len(looks) <= 20
    assert (await signing.post(EVOLUTION, b"{}", **bearer())).status == 200


async def test_a_source_that_is_gone_is_not_found(signing: Receiver, owner: Owner) -> None:
    """Where Postgres is asked about its secrets and says that it was deactivated."""
    owner.execute("UPDATE sources SET active = false WHERE name = 'demo-n8n'")

    (await signing.post(N8N, ITEM)).assert_problem(404)


async def test_production_refuses_the_key_in_this_repository(start: Start) -> None:
    """It does not start, and says which setting is missing."""
    with pytest.raises(ValueError, match="PROSA_SECRETS_KEY"):
        async with start(PROSA_ENV="production"):
            pass


async def test_a_key_for_sending_is_no_secret_for_signing(start: Start, database_url: str, owner: Owner) -> None:
    """The receiver is not even allowed to read it."""
    add_secret(owner, "demo-wa", "api-key", "the instance's key")
    async with start(DATABASE_URL=database_url) as receiver:
        await receiver.ready()
        assert (await receiver.post(EVOLUTION, b"{}")).status == 200

    with psycopg.connect(service_conninfo(database_url, "prosa_receiver")) as connection:
        assert connection.execute("SELECT count(*) FROM source_secrets").fetchone() == (0,)
