"""What is read and decided of a clinic's labels. Each function is one transaction."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Literal

from psycopg.errors import UniqueViolation

from services.api.cursors import CursorKind, encode_word
from services.api.desk import Desk, desk_of
from services.api.models.labels import LabelChange, LabelQuery, NewLabel, label_object
from services.api.problems import label_not_found, name_taken, stale_label
from services.api.reading import list_word
from services.api.references import parse_id
from services.api.sessions import session_transaction
from services.api.stores.labels import delete_label, find_label, insert_label, list_labels, store_label
from services.api.telling_desk import tell_desk
from shared.auth.tokens import Claims
from shared.db.pool import Connection, Pool
from shared.events.cached import detail_key

Row = Mapping[str, Any]


async def read_labels(pool: Pool, claims: Claims, query: LabelQuery) -> dict[str, Any]:
    """A page of the clinic's labels, by name."""
    after = None if query.cursor is None else list_word(CursorKind.LABELS, query.cursor)
    async with session_transaction(pool, claims) as connection:
        rows = await list_labels(connection, claims.clinic_id, after, query.limit + 1)
    page = rows[: query.limit]
    more = len(rows) > query.limit
    return {
        "labels": [label_object(row) for row in page],
        "next_cursor": encode_word(CursorKind.LABELS, page[-1]["word"]) if more else None,
    }


async def read_label(pool: Pool, claims: Claims, label: str) -> dict[str, Any]:
    """A label. Raises ProblemError (404)."""
    async with session_transaction(pool, claims) as connection:
        return label_object(await existing_label(connection, claims.clinic_id, label))


async def add_label(pool: Pool, claims: Claims, body: NewLabel) -> dict[str, Any]:
    """A new label. Raises ProblemError (401, 403, 409)."""
    async with desk_of(pool, claims, "arrange") as desk:
        row = await insert_label(desk.connection, desk.clinic_id, body.name, body.colour)
        if row is None:
            raise name_taken()
        await _tell(desk, row, "new", {"after": body.model_dump()})
        return label_object(row)


async def change_label(
    pool: Pool, claims: Claims, label: str, body: LabelChange, version: int | None
) -> dict[str, Any]:
    """Change a label, under its lock. Raises ProblemError (401, 403, 404, 409, 412)."""
    async with _unique_name(), desk_of(pool, claims, "arrange") as desk:
        row = await _locked(desk, label, version)
        news = body.news(row)
        if not news:
            return {"label": label_object(row), "changed": False}
        entry = {name: row[name] for name in ("name", "colour")} | news
        changed = await store_label(desk.connection, desk.clinic_id, row["id"], **entry)
        await _tell(desk, changed, "updated", {"before": {name: row[name] for name in news}, "after": news})
        return {"label": label_object(changed), "changed": True}


async def forget_label(pool: Pool, claims: Claims, label: str, version: int | None) -> None:
    """Delete a label, which takes it off all conversations. Raises ProblemError (401, 403, 404, 412)."""
    async with desk_of(pool, claims, "arrange") as desk:
        row = await _locked(desk, label, version)
        taken_off = await delete_label(desk.connection, desk.clinic_id, row["id"])
        gone = {**row, "version": row["version"] + 1}
        before = {"before": {name: row[name] for name in ("name", "colour")}}
        # Who hears of the deletion is shown no conversation that still has it, whichever process they ask.
        await tell_desk(desk, "label", gone, "deleted", before, stale=[detail_key(one) for one in taken_off])


async def existing_label(
    connection: Connection, clinic_id: int, label: str, lock: Literal["UPDATE", "KEY SHARE"] | None = None
) -> Row:
    """The label that a path names. Raises ProblemError (404)."""
    label_id = parse_id(label)
    row = label_id and await find_label(connection, clinic_id, label_id, lock)
    if not row:
        raise label_not_found()
    return row


async def _locked(desk: Desk, label: str, version: int | None) -> Row:
    row = await existing_label(desk.connection, desk.clinic_id, label, "UPDATE")
    if version not in (None, row["version"]):
        raise stale_label(label_object(row))
    return row


async def _tell(desk: Desk, row: Row, event: Literal["new", "updated", "deleted"], audited: Row) -> None:
    await tell_desk(desk, "label", row, event, audited)


@asynccontextmanager
async def _unique_name() -> AsyncIterator[None]:
    try:
        yield
    except UniqueViolation as error:
        raise name_taken() from error
