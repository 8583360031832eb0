"""What an admin decides about sources. Each function is one transaction.

What is chosen here may be anything, another clinic's instance on the installation's server among it. So the installation's
key, which opens every instance, is never used for a source that was made, named or sent elsewhere here (`own_key_only`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg.rows import DictRow
from pydantic import SecretStr

from services.api.cursors import EPOCH, CursorKind, Position, encode_cursor
from services.api.desk import Desk, desk_of
from services.api.models.conversations import PageQuery
from services.api.models.sources import SourceBody, SourceChangeBody, heard_event, source_detail, source_object
from services.api.problems import invalid_parameter, source_not_found, stale_source, taken_name
from services.api.reading import list_position
from services.api.references import parse_id
from services.api.stores import sources as store
from services.api.stores.source_secrets import add_secret, end_secrets
from shared.auth.seal import seal
from shared.auth.tokens import Claims
from shared.auth.webhook_tokens import new_token, token_hash
from shared.db.pool import Pool

_OF_EVOLUTION = ("accepts", "sends_per_second", "api_version", "api_url", "api_key")
API_KEY = "api-key"
_CHOOSES_AN_INSTANCE = ("name", "api_url")


async def read_sources(pool: Pool, claims: Claims, query: PageQuery) -> dict[str, Any]:
    """A page of the clinic's sources. Raises ProblemError (400)."""
    after = None if query.cursor is None else list_position(CursorKind.SOURCES, "cursor", query.cursor).id
    async with desk_of(pool, claims, None) as at:
        rows = await store.list_sources(at.connection, at.clinic_id, after, query.limit + 1)
    page, more = rows[: query.limit], len(rows) > query.limit
    return {
        "sources": [source_object(row, at.timezone) for row in page],
        "next_cursor": encode_cursor(CursorKind.SOURCES, Position(EPOCH, page[-1]["id"])) if more else None,
    }


async def read_source(pool: Pool, claims: Claims, source: str) -> dict[str, Any]:
    """A source and what is decided about it. Raises ProblemError (403, 404)."""
    async with desk_of(pool, claims, "view") as at:
        source_id = parse_id(source)
        row = source_id and await store.find_source(at.connection, at.clinic_id, source_id)
        if not row:
            raise source_not_found()
        return {"source": source_detail(row, at.timezone)}


async def read_activity(pool: Pool, claims: Claims, source: str) -> dict[str, Any]:
    """When each kind of event of a source was last heard of. Raises ProblemError (403, 404)."""
    async with desk_of(pool, claims, "view") as at:
        source_id = parse_id(source)
        if not (source_id and await store.find_source(at.connection, at.clinic_id, source_id)):
            raise source_not_found()
        rows = await store.heard_of(at.connection, at.clinic_id, source_id)
        return {"activity": [heard_event(row, at.timezone) for row in rows]}


async def create_source(
    pool: Pool, claims: Claims, body: SourceBody, keys: Sequence[str]
) -> tuple[dict[str, Any], str]:
    """A new source and its token, which is stored nowhere. Raises ProblemError (400, 403, 409)."""
    wanted = body.model_dump(exclude={"kind", "name", "api_key"}, exclude_none=True)
    _check_kind(body.kind, body.model_dump(exclude_none=True))
    token = new_token()
    async with desk_of(pool, claims, "administer") as at:
        source_id = await store.create_source(at.connection, at.clinic_id, body.kind, body.name, token_hash(token))
        if source_id is None:
            raise taken_name(body.kind, body.name)
        row = await _locked(at, source_id)
        await store.change_source(at.connection, {**row, **wanted, "own_key_only": body.kind == "evolution"})
        if body.api_key:
            await _give_key(at, source_id, body.api_key, keys)
        await at.audit("source.created", "source", source_id, {"kind": body.kind, "name": body.name, **wanted})
        return source_detail(await _locked(at, source_id), at.timezone), token


async def change_source(
    pool: Pool, claims: Claims, source: str, body: SourceChangeBody, version: int | None, keys: Sequence[str]
) -> dict[str, Any]:
    """A source as it is then, under its lock. Raises ProblemError (400, 403, 404, 409, 412)."""
    async with desk_of(pool, claims, "administer") as at:
        row = await locked_source(at, source, version)
        _check_kind(row["kind"], body.model_dump(include=body.model_fields_set))
        news = body.news(row, apart={"api_key"})
        if not news and not body.api_key:
            return {"source": source_detail(row, at.timezone), "changed": False}
        await _store(at, row, news)
        if body.api_key or _chooses(row, news):
            await end_secrets(at.connection, at.clinic_id, row["id"], API_KEY)
        if body.api_key:
            await _give_key(at, row["id"], body.api_key, keys)
        changed = await _locked(at, row["id"])
        audited = {"before": {name: row[name] for name in news}, "after": news, "version": changed["version"]}
        await at.audit("source.changed", "source", row["id"], audited)
        return {"source": source_detail(changed, at.timezone), "changed": True}


async def locked_source(at: Desk, source: str, version: int | None) -> DictRow:
    """The source a path names, locked, where the caller has seen it as it is. Raises ProblemError (404, 412)."""
    source_id = parse_id(source)
    row = source_id and await store.lock_source(at.connection, at.clinic_id, source_id)
    if not row:
        raise source_not_found()
    if version not in (None, row["version"]):
        raise stale_source(source_detail(row, at.timezone))
    return row


async def _store(at: Desk, row: DictRow, news: Mapping[str, Any]) -> None:
    changed = {**row, **news, "own_key_only": row["own_key_only"] or _chooses(row, news)}
    try:
        async with at.connection.transaction():
            await store.change_source(at.connection, changed)
    except psycopg.errors.UniqueViolation as error:
        raise taken_name(row["kind"], changed["name"]) from error


def _chooses(row: DictRow, news: Mapping[str, Any]) -> bool:
    """Whether an instance is chosen, or who is told its key: then the key it had until now is not for it."""
    return row["kind"] == "evolution" and any(name in news for name in _CHOOSES_AN_INSTANCE)


async def _give_key(at: Desk, source_id: int, api_key: SecretStr, keys: Sequence[str]) -> None:
    sealed = seal(keys, source_id, API_KEY, api_key.get_secret_value())
    await add_secret(at.connection, at.clinic_id, source_id, API_KEY, sealed)
    await at.audit("source.secret_added", "source", source_id, {"purpose": API_KEY})


async def _locked(at: Desk, source_id: int) -> DictRow:
    row = await store.lock_source(at.connection, at.clinic_id, source_id)
    if row is None:
        raise LookupError("the source was written by this transaction and is gone")
    return row


def _check_kind(kind: str, wanted: Mapping[str, Any]) -> None:
    """An integration has no server to send through, and what it posts is its own to choose."""
    if kind != "evolution" and (odd := next((name for name in _OF_EVOLUTION if name in wanted), None)):
        raise invalid_parameter(odd, "Only a source of kind evolution has this")
