"""What is read and decided of canned replies. Each function is one transaction."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Literal

from psycopg.errors import UniqueViolation

from services.api.cursors import CursorKind, encode_word
from services.api.desk import Desk, desk_of
from services.api.models.canned_replies import (
    CannedReplyChange,
    CannedReplyQuery,
    NewCannedReply,
    canned_reply_object,
)
from services.api.placeholders import Rendered, render, values_of
from services.api.problems import (
    canned_reply_not_found,
    conversation_not_found,
    shortcut_taken,
    stale_canned_reply,
)
from services.api.reading import conversation_reference, list_word
from services.api.references import parse_id
from services.api.sessions import session_transaction, speaker_transaction
from services.api.stores.canned_replies import (
    delete_canned_reply,
    find_canned_reply,
    insert_canned_reply,
    list_canned_replies,
    store_canned_reply,
)
from services.api.stores.conversations import find_conversation
from services.api.stores.people import find_person
from services.api.telling_desk import tell_desk
from shared.auth.tokens import Claims
from shared.db.pool import Connection, Pool

Row = Mapping[str, Any]


async def read_canned_replies(pool: Pool, claims: Claims, query: CannedReplyQuery) -> dict[str, Any]:
    """A page of the clinic's canned replies, by shortcut."""
    after = None if query.cursor is None else list_word(CursorKind.CANNED_REPLIES, query.cursor)
    async with session_transaction(pool, claims) as connection:
        prefix = query.prefix or ""
        rows = await list_canned_replies(connection, claims.clinic_id, prefix, after, query.limit + 1)
    page = rows[: query.limit]
    more = len(rows) > query.limit
    return {
        "canned_replies": [canned_reply_object(row) for row in page],
        "next_cursor": encode_word(CursorKind.CANNED_REPLIES, page[-1]["word"]) if more else None,
    }


async def read_canned_reply(pool: Pool, claims: Claims, reply: str) -> dict[str, Any]:
    """A canned reply as it was written. Raises ProblemError (404)."""
    async with session_transaction(pool, claims) as connection:
        return canned_reply_object(await _existing(connection, claims.clinic_id, reply))


async def render_canned_reply(pool: Pool, claims: Claims, reply: str, conversation: str) -> Rendered:
    """A canned reply as whoever asks would send it in a conversation. Raises ProblemError (404)."""
    reference = conversation_reference(conversation)
    async with speaker_transaction(pool, claims) as speaker:
        row = await _existing(speaker.connection, claims.clinic_id, reply)
        found = await find_conversation(speaker.connection, claims.clinic_id, reference)
        if found is None:
            raise conversation_not_found()
        person = await find_person(speaker.connection, claims.clinic_id, speaker.user_id)
        clinic = person["clinic_name"] if person else ""
    return render(row["content"], values_of(found["contact_name"], found["contact_phone"], speaker.name, clinic))


async def add_canned_reply(pool: Pool, claims: Claims, body: NewCannedReply) -> dict[str, Any]:
    """A new canned reply. Raises ProblemError (401, 403, 409)."""
    async with desk_of(pool, claims, "arrange") as desk:
        row = await insert_canned_reply(desk.connection, desk.clinic_id, body.shortcut, body.content)
        if row is None:
            raise shortcut_taken()
        await _tell(desk, row, "new", {"after": body.model_dump()})
        return canned_reply_object(row)


async def change_canned_reply(
    pool: Pool, claims: Claims, reply: str, body: CannedReplyChange, version: int | None
) -> dict[str, Any]:
    """Change a canned reply, under its lock. Raises ProblemError (401, 403, 404, 409, 412)."""
    async with _unique_shortcut(), desk_of(pool, claims, "arrange") as desk:
        row = await _locked(desk, reply, version)
        news = body.news(row)
        if not news:
            return {"canned_reply": canned_reply_object(row), "changed": False}
        entry = {name: row[name] for name in ("shortcut", "content")} | news
        changed = await store_canned_reply(desk.connection, desk.clinic_id, row["id"], **entry)
        await _tell(desk, changed, "updated", {"before": {name: row[name] for name in news}, "after": news})
        return {"canned_reply": canned_reply_object(changed), "changed": True}


async def forget_canned_reply(pool: Pool, claims: Claims, reply: str, version: int | None) -> None:
    """Delete a canned reply. Raises ProblemError (401, 403, 404, 412)."""
    async with desk_of(pool, claims, "arrange") as desk:
        row = await _locked(desk, reply, version)
        await delete_canned_reply(desk.connection, desk.clinic_id, row["id"])
        before = {name: row[name] for name in ("shortcut", "content")}
        gone = {**row, "version": row["version"] + 1}
        await _tell(desk, gone, "deleted", {"before": before})


async def _locked(desk: Desk, reply: str, version: int | None) -> Row:
    row = await _existing(desk.connection, desk.clinic_id, reply, lock=True)
    if version not in (None, row["version"]):
        raise stale_canned_reply(canned_reply_object(row))
    return row


async def _tell(desk: Desk, row: Row, event: Literal["new", "updated", "deleted"], audited: Row) -> None:
    await tell_desk(desk, "canned_reply", row, event, audited)


@asynccontextmanager
async def _unique_shortcut() -> AsyncIterator[None]:
    try:
        yield
    except UniqueViolation as error:
        raise shortcut_taken() from error


async def _existing(connection: Connection, clinic_id: int, reply: str, *, lock: bool = False) -> Row:
    reply_id = parse_id(reply)
    row = reply_id and await find_canned_reply(connection, clinic_id, reply_id, lock=lock)
    if not row:
        raise canned_reply_not_found()
    return row
