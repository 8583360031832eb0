"""Messages are found by their words."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg.rows import DictRow

from services.api.models.conversations import ConversationList
from services.api.models.search import FoundList
from services.api.opening import MOST_SEARCHES_WAITING
from tests.integration.api.client import Caller
from tests.integration.api.factories import Owner, add_conversation, add_message

PATH = "/api/search"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


async def ids(caller: Caller, **params: Any) -> list[str]:
    return [found["message_id"] for found in (await caller.get(PATH, **params)).ok(FoundList)["results"]]


async def test_another_clinics_words_are_never_found(
    ana: Caller, carla: Caller, owner: Owner, conversation: DictRow
) -> None:
    """Neither by word nor by what is not there nor by the clinic's own mark; its conversation is nowhere."""
    said = add_message(owner, conversation, content="A cirurgia é amanhã")
    for q in ("cirurgia", "-nada", "#1", "'#1'", '"#1"', "cirurgia or #1"):
        assert await ids(carla, q=q) == []
    (await carla.get(PATH, q="cirurgia", conversation_id=str(conversation["id"]))).problem(404)
    assert await ids(ana, q="CIRÚRGIAS") == [str(said["id"])]


async def test_nobody_finds_anything_without_a_clinic(owner: Owner, conversation: DictRow) -> None:
    """The door past row-level security opens on the transaction's own clinic, and its owner on nothing else."""
    add_message(owner, conversation, content="cirurgia")
    for clinic, found in (("", 0), ("2", 0), ("1", 1)):
        with owner.transaction(force_rollback=True):
            owner.execute("SET LOCAL ROLE prosa_api")
            owner.execute("SELECT set_config('prosa.clinic_id', %s, true)", [clinic])
            rows = owner.execute("SELECT find_messages('cirurgia', NULL, NULL, NULL, NULL, NULL, 9)").fetchall()
            assert len(rows) == found


async def test_what_was_deleted_is_not_found(ana: Caller, owner: Owner, conversation: DictRow) -> None:
    """And words that say nothing find nothing, rather than everything."""
    add_message(owner, conversation, content="exame de sangue", deleted_at=NOON)
    kept = add_message(owner, conversation, content="o exame")
    assert await ids(ana, q="exame") == [str(kept["id"])]
    assert await ids(ana, q="de o") == await ids(ana, q="!?") == []
    assert (await ana.get(PATH)).problem(400)["errors"][0]["path"] == "q"


async def test_a_snippet_is_text_in_parts(ana: Caller, owner: Owner, conversation: DictRow) -> None:
    """Accents and capitals stay, and what looks like markup is what somebody wrote."""
    add_message(owner, conversation, content="<b>Olá</b>, a MEDICAÇÃO\x02 chegou")
    [found] = (await ana.get(PATH, q="medicacao")).ok(FoundList)["results"]
    assert found["contact_name"] == "Maria Silva"
    assert found["snippet"] == [
        {"text": "<b>Olá</b>, a ", "hit": False},
        {"text": "MEDICAÇÃO", "hit": True},
        {"text": " chegou", "hit": False},
    ]


async def test_pages_and_bounds_hold_while_messages_come(ana: Caller, owner: Owner, conversation: DictRow) -> None:
    """Newest first, each once; `from` is included and `to` is not."""
    said = [
        str(add_message(owner, conversation, content="consulta", timestamp=NOON + timedelta(hours=n // 2))["id"])
        for n in range(5)
    ]
    add_message(owner, add_conversation(owner), content="consulta", timestamp=NOON - timedelta(days=1))
    first = (await ana.get(PATH, q="consultas", limit=2)).ok(FoundList)
    add_message(owner, conversation, content="consulta")
    rest = await ids(ana, q="consultas", cursor=first["next_cursor"], conversation_id=str(conversation["id"]))
    assert [found["message_id"] for found in first["results"]] + rest == said[::-1]
    between = {"from": NOON.isoformat(), "to": (NOON + timedelta(hours=1)).isoformat()}
    assert await ids(ana, q="consulta", **between) == said[1::-1]


def test_words_are_looked_up_in_their_index(owner: Owner, conversation: DictRow) -> None:
    """Under the API's role, and all messages are read by nobody who asks for a rare word."""
    owner.execute(
        'INSERT INTO messages (clinic_id, conversation_id, sender_type, content, "timestamp")'
        " SELECT 1, %s, 'patient', 'Mensagem ' || n, now() - n * interval '1 second' FROM generate_series(1, 5000) n",
        [conversation["id"]],
    )
    owner.execute("ANALYZE messages")
    with owner.transaction(force_rollback=True):
        owner.execute("SET LOCAL ROLE prosa_api")
        owner.execute("SELECT set_config('prosa.clinic_id', '1', true)")
        owner.execute("SELECT find_messages('4711', NULL, NULL, NULL, NULL, NULL, 51)")
        [scans] = owner.execute(
            "SELECT pg_stat_get_xact_numscans('idx_messages_words'::regclass) AS by_index,"
            " pg_stat_get_xact_numscans('messages'::regclass) AS whole"
        ).fetchall()
    assert scans["by_index"] == 1
    assert scans["whole"] == 0


async def test_searches_leave_connections_to_lists(ana: Caller, owner: Owner, conversation: DictRow) -> None:
    """However many are asked for and however long they take: those beyond the bound are told to try again."""
    with owner.transaction():
        owner.execute("LOCK TABLE messages IN ACCESS EXCLUSIVE MODE")
        searches = [asyncio.create_task(ana.get(PATH, q="exame")) for _ in range(MOST_SEARCHES_WAITING + 4)]
        refused, _ = await asyncio.wait(searches, return_when=asyncio.FIRST_COMPLETED)
        assert "Retry-After" in refused.pop().result().headers
        listed = (await ana.get("/api/conversations-simple")).ok(ConversationList)
        assert [found["id"] for found in listed["conversations"]] == [str(conversation["id"])]
    for answer in await asyncio.gather(*searches):
        assert answer.status in (200, 503)


async def test_times_are_dates_with_an_offset_and_nothing_else(ana: Caller) -> None:
    """A bare number is no time: whoever writes a year does not mean seconds since 1970."""
    for value in ("2026", "1781000000", "2026-03-02", "2026-03-02T12:00:00", "ontem"):
        [error] = (await ana.get(PATH, q="cirurgia", **{"from": value})).problem(400)["errors"]
        assert error["path"] == "from"
    (await ana.get(PATH, q="cirurgia", **{"from": "2026-03-02T12:00:00-03:00"})).ok(FoundList)
