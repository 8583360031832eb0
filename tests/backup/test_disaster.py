"""The machine with the database is lost, and the product goes on from its backup on another."""

from pathlib import Path
from typing import Any

import aiohttp
import psycopg
import pytest
from psycopg.rows import DictRow, dict_row
from redis.asyncio import Redis

from deploy.backup.database import connected
from deploy.backup.restoring import restore
from deploy.backup.survey import survey
from deploy.backup.taking import take
from tests.e2e.ledger import Ledger, assert_balanced, backlog, post_all, webhook
from tests.e2e.test_tenancy import ask, token_of
from tests.integration.cli.running import Prosa
from tests.integration.queue_worker.evolution_stand_in import EvolutionStandIn, evolution_stand_in
from tests.product import Product, running_product
from tests.waiting import until

Database = psycopg.Connection[DictRow]

BEFORE, AFTER, PATIENTS = 60, 20, 3
BOTH_SENT = ["Confirmado para quinta.", "Até amanhã!"]
NEVER_SENT = "Traga seus exames."


@pytest.mark.timeout(150)
async def test_product_goes_on_from_a_backup_on_an_empty_server_and_sends_nothing_twice(
    environment: dict[str, str], owner: Database, redis: Redis, empty_server: str, tmp_path: Path
) -> None:
    """Counts and chains are those of the backup, what the broker holds is stored, and of the replies that waited then none is
    sent again: those that Evolution shows are sent, the other is its agent's to decide.
    """
    ledger = Ledger()
    async with evolution_stand_in() as evolution:
        told = environment | {
            "EVOLUTION_API_URL": evolution.url,
            "EVOLUTION_API_KEY": evolution.key,
            "EVOLUTION_ECHO_WAIT": "0.2",
            "EVOLUTION_COMPARISON_INTERVAL": "0",
        }
        folder = await _until_the_disaster(told, owner, evolution, ledger, tmp_path)
        manifest = restore(empty_server, folder)
        with connected(empty_server) as restored, restored.transaction():
            again = survey(restored)
        assert (again.rows, again.heads, again.roles) == (
            manifest.contents.rows, manifest.contents.heads, manifest.contents.roles
        )  # fmt: skip
        assert manifest.contents.rows["messages"] == BEFORE + 3
        await _assert_chains_hold(empty_server, tmp_path)

        await redis.flushall()
        logs = tmp_path / "anew"
        logs.mkdir()
        with psycopg.connect(empty_server, autocommit=True, row_factory=dict_row) as database:
            async with running_product(logs, told | {"DATABASE_URL": empty_server}, "queue_worker"):
                await until(lambda: _stored(database) == BEFORE + AFTER, within=30, what="the broker's webhooks stored")
                await until(lambda: backlog(database) == 0, within=30, what="nothing left on its way")
            assert sorted(evolution.texts) == sorted(BOTH_SENT)
            assert _replies(database) == {**dict.fromkeys(BOTH_SENT, "sent"), NEVER_SENT: "failed"}
            _assert_reconciled(database, ledger)


async def _until_the_disaster(
    told: dict[str, str], owner: Database, evolution: EvolutionStandIn, ledger: Ledger, tmp_path: Path
) -> Path:
    """A backup is taken while replies wait; two are sent after it, and webhooks come that nobody stores any more."""
    services = ("webhook_receiver", "queue_worker", "api")
    async with running_product(tmp_path, told, *services) as product, aiohttp.ClientSession() as http:
        await _post(product, ledger, range(BEFORE))
        await until(lambda: _stored(owner) == BEFORE and backlog(owner) == 0, within=30, what="everything processed")
        await product.kill("queue_worker")
        ana = await token_of(http, product, "ana@demo.test")
        for text in (*BOTH_SENT, NEVER_SENT):
            await _write(http, product, ana, text)
        folder, _ = take(told["DATABASE_URL"], tmp_path / "backups")

        # As if the worker had not come to it before the end.
        owner.execute("DELETE FROM message_queue WHERE payload ->> 'message_id' = %s", [_id_of(owner, NEVER_SENT)])
        await product.start("queue_worker")
        await until(lambda: len(evolution.texts) == len(BOTH_SENT), within=30, what="the replies sent")
        await until(lambda: backlog(owner) == 0, within=30, what="the sends settled")
        await product.kill("queue_worker")
        await _post(product, ledger, range(BEFORE, BEFORE + AFTER))
    return folder


async def _post(product: Product, ledger: Ledger, indices: range) -> None:
    url = f"{product.receiver}/webhooks/evolution/demo-evolution-token"
    await post_all(url, (webhook(index, PATIENTS) for index in indices), ledger, connections=8)


async def _write(http: aiohttp.ClientSession, product: Product, ana: str, text: str) -> None:
    """Each reply to a patient of its own."""
    listed = (await ask(http, product, ana, "/api/conversations-simple"))[1]["conversations"]
    unanswered = next(one for one in listed if one["last_message"].startswith("mensagem"))
    path = f"/api/conversations-simple/{unanswered['id']}/messages"
    status, answer = await ask(http, product, ana, path, {"content": text})
    assert status == 201, answer


async def _assert_chains_hold(url: str, tmp_path: Path) -> None:
    verified = (await Prosa(tmp_path, {"DATABASE_URL": url})("audit", "verify", "--json")).ok().document
    assert [clinic["broken"] for clinic in verified["clinics"]] == [None, None]


def _assert_reconciled(database: Database, ledger: Ledger) -> None:
    """Every webhook that was accepted is stored once; beside them there are the replies, and the one dead letter."""
    [dead] = database.execute("SELECT * FROM failed_messages").fetchall()
    assert dead["message_type"] == "send.text"
    database.execute("DELETE FROM failed_messages")
    database.execute("DELETE FROM messages WHERE sender_type <> 'patient'")
    database.execute(
        "UPDATE conversations c SET last_message_at ="
        ' (SELECT max("timestamp") FROM messages m WHERE m.conversation_id = c.id)'
    )
    assert_balanced(database, ledger)


def _replies(database: Database) -> dict[str, str]:
    rows: list[dict[str, Any]] = database.execute(
        "SELECT content, delivery_status FROM messages WHERE sender_type <> 'patient'"
    ).fetchall()
    return {row["content"]: row["delivery_status"] for row in rows}


def _id_of(database: Database, text: str) -> str:
    [row] = database.execute("SELECT id FROM messages WHERE content = %s", [text]).fetchall()
    return str(row["id"])


def _stored(database: Database) -> int:
    [row] = database.execute("SELECT count(*) AS stored FROM messages WHERE sender_type = 'patient'").fetchall()
    return int(row["stored"])
