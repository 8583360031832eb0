"""Who looked at which conversation is written down, and nobody waits for it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import DictRow

from services.api import reads
from services.api.resources import RESOURCES
from tests.integration.api.client import Caller
from tests.integration.api.conftest import Serve
from tests.integration.api.factories import Owner, add_conversation, add_message
from tests.integration.api.test_attachments import PNG, add_attachment, stored_file
from tests.waiting import until

PATH = "/api/conversations-simple"
CHAIN = "SELECT pg_advisory_xact_lock(hashtextextended('prosa audit 1', 0))"


def written(owner: Owner) -> list[DictRow]:
    return owner.execute(
        "SELECT a.actor_user_id, a.subject_id, c.kind FROM audit_log a JOIN audit_chain c ON c.entry_id = a.id"
        " WHERE a.action = 'conversation.read' ORDER BY a.id"
    ).fetchall()


async def test_a_read_is_one_entry_whatever_is_asked_for(
    ana: Caller, bruno: Caller, owner: Owner, conversation: DictRow, id_of: Callable[[str], str]
) -> None:
    """The detail, pages of messages and following live, under any name of the conversation: one entry a user."""
    owner.execute(
        "INSERT INTO conversation_merges (clinic_id, from_conversation_id, into_conversation_id) VALUES (1, 999, %s)",
        [conversation["id"]],
    )
    for name in (conversation["id"], conversation["external_id"], 999):
        for suffix in ("", "/messages", "/access"):
            (await ana.get(f"{PATH}/{name}{suffix}")).ok()
    await until(lambda: len(written(owner)) == 1, what="Ana's entry")
    (await bruno.get(f"{PATH}/{conversation['id']}")).ok()
    await until(lambda: len(written(owner)) == 2, what="Bruno's entry")

    subject = str(conversation["id"])
    assert written(owner) == [
        {"actor_user_id": int(id_of(name)), "subject_id": subject, "kind": "read"} for name in ("ana", "bruno")
    ]


async def test_lists_and_what_is_not_there_are_no_reads(
    serve: Serve, token_of: Callable[..., str], owner: Owner
) -> None:
    """A refresh of a list writes nothing, nor does a name that nobody has."""
    async with serve() as api:
        ana = Caller(api, token_of("ana@demo.test"))
        (await ana.get(PATH)).ok()
        (await ana.get(f"{PATH}/4711")).problem(404)
        (await Caller(api).get(f"{PATH}/4711")).problem(401)
    assert written(owner) == []


async def test_what_a_search_shows_is_a_read_of_each_conversation(
    serve: Serve, token_of: Callable[..., str], owner: Owner, conversation: DictRow
) -> None:
    """One entry for each that a line is shown of, however many lines; of what is not found nothing is written."""
    other, silent = add_conversation(owner), add_conversation(owner)
    for where in (conversation, conversation, other):
        add_message(owner, where, content="A cirurgia é amanhã")
    add_message(owner, silent, content="Bom dia")
    async with serve() as api:
        ana = Caller(api, token_of("ana@demo.test"))
        assert len((await ana.get("/api/search", q="cirurgia")).ok()["results"]) == 3
        assert (await ana.get("/api/search", q="fisioterapia")).ok()["results"] == []
    assert {row["subject_id"] for row in written(owner)} == {str(conversation["id"]), str(other["id"])}
    assert len(written(owner)) == 2


@pytest.mark.parametrize("path", ["/api/attachments/{file}", PATH + "/{conversation}/attachments/{file}"])
async def test_a_file_is_a_read_of_its_conversation(
    serve: Serve, token_of: Callable[..., str], owner: Owner, conversation: DictRow, tmp_path: Path, path: str
) -> None:
    """Whole, in part or unchanged, under either address; a file that is not here yet is none."""
    picture = {"state": "stored", "file_type": "image/png", "file_size": len(PNG)}
    picture["sha256"] = stored_file(tmp_path, owner, PNG)
    message = add_message(owner, conversation)
    shown, pending = add_attachment(owner, message, **picture), add_attachment(owner, message, state="pending")
    async with serve() as api:
        ana = Caller(api, token_of("ana@demo.test"))
        address = path.format(file=pending["id"], conversation=conversation["id"])
        (await ana.get(address)).problem(409)
        address = path.format(file=shown["id"], conversation=conversation["id"])
        whole = await ana.get(address)
        assert whole.status == 200
        assert (await ana.call("GET", address, headers={"Range": "bytes=0-3"})).status == 206
        assert (await ana.call("GET", address, headers={"If-None-Match": whole.headers["ETag"]})).status == 304
    assert [row["subject_id"] for row in written(owner)] == [str(conversation["id"])]


async def test_what_was_read_is_stored_before_the_process_ends(
    serve: Serve, token_of: Callable[..., str], owner: Owner, conversation: DictRow
) -> None:
    """An orderly end loses nothing; a second process within the window adds nothing."""
    for _ in range(2):
        async with serve() as api:
            (await Caller(api, token_of("ana@demo.test")).get(f"{PATH}/{conversation['id']}")).ok()
        assert len(written(owner)) == 1


async def test_a_process_ends_though_its_reads_cannot_be_stored(
    serve: Serve,
    token_of: Callable[..., str],
    owner: Owner,
    database_url: str,
    conversation: DictRow,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It tries for some seconds; then the log is where they stand."""
    monkeypatch.setattr(reads, "LAST_TRY_SECONDS", 0.2)
    with psycopg.connect(database_url) as other:
        other.execute(CHAIN)
        async with serve() as api:
            (await Caller(api, token_of("ana@demo.test")).get(f"{PATH}/{conversation['id']}")).ok()
    assert written(owner) == []


async def test_a_read_waits_for_nobody(ana: Caller, owner: Owner, database_url: str, conversation: DictRow) -> None:
    """While somebody else holds the chain conversations are shown, and the entry comes after."""
    with psycopg.connect(database_url) as other:
        other.execute(CHAIN)
        (await ana.get(f"{PATH}/{conversation['id']}")).ok()
        assert written(owner) == []
    await until(lambda: len(written(owner)) == 1, what="the entry")


async def test_where_no_more_can_be_kept_nothing_is_shown(
    ana: Caller, bruno: Caller, database_url: str, conversation: DictRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A 503, rather than a look that nobody knows of; other requests go on."""
    monkeypatch.setattr(reads, "MOST_WAITING", 1)
    with psycopg.connect(database_url) as other:
        other.execute(CHAIN)
        (await ana.get(f"{PATH}/{conversation['id']}")).ok()
        assert "written down" in (await bruno.get(f"{PATH}/{conversation['id']}")).problem(503)["detail"]
        (await bruno.get(PATH)).ok()

    async def shown() -> bool:
        return (await bruno.get(f"{PATH}/{conversation['id']}")).status == 200

    await until(shown, what="the conversation")


async def test_one_that_postgres_refuses_holds_up_no_other(
    serve: Serve, token_of: Callable[..., str], owner: Owner, conversation: DictRow
) -> None:
    """A user who is deleted between the look and the entry costs that entry alone."""
    async with serve() as api:
        noted = api.app[RESOURCES].reads
        claims: Any = type("Claims", (), {"clinic_id": 1, "user_id": 999_999})
        noted.note(claims, str(conversation["id"]), reads.now())
        (await Caller(api, token_of("ana@demo.test")).get(f"{PATH}/{conversation['id']}")).ok()
        await until(lambda: len(written(owner)) == 1, what="Ana's entry")
        await until(lambda: noted.waiting == 0, what="no more waiting")
