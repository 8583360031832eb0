"""Tokens for integrations: made, replaced and revoked by admins. Each function is one transaction."""

from datetime import timedelta
from typing import Any

from psycopg.rows import DictRow

from services.api.cursors import EPOCH, CursorKind, Position, encode_cursor
from services.api.desk import Desk, desk_of
from services.api.models.conversations import PageQuery
from services.api.models.service_tokens import ServiceTokenBody, service_token_object
from services.api.problems import ProblemError
from services.api.reading import list_position
from services.api.references import parse_id
from services.api.stores import service_tokens as store
from shared.auth.service_tokens import MOST_TOKENS, new_service_token, shown_prefix
from shared.auth.tokens import Claims
from shared.auth.webhook_tokens import token_hash
from shared.db.pool import Pool


async def read_tokens(pool: Pool, claims: Claims, query: PageQuery) -> dict[str, Any]:
    """A page of the clinic's tokens. Raises ProblemError (400, 403)."""
    after = None if query.cursor is None else list_position(CursorKind.SERVICE_TOKENS, "cursor", query.cursor).id
    async with desk_of(pool, claims, "administer") as at:
        rows = await store.list_tokens(at.connection, at.clinic_id, after or 0, query.limit + 1)
    page, more = rows[: query.limit], len(rows) > query.limit
    return {
        "tokens": [service_token_object(row, at.timezone) for row in page],
        "next_cursor": encode_cursor(CursorKind.SERVICE_TOKENS, Position(EPOCH, page[-1]["id"])) if more else None,
    }


async def create_token(pool: Pool, claims: Claims, body: ServiceTokenBody) -> dict[str, Any]:
    """A new service's token, which is stored nowhere. Raises ProblemError (403, 409)."""
    life = None if body.expires_in_days is None else timedelta(days=body.expires_in_days)
    async with desk_of(pool, claims, "administer") as at:
        await _require_room(at)
        user_id = await store.create_service(at.connection, body.name)
        values = {"user_id": user_id, "name": body.name, "scopes": body.scopes, "life": life}
        row, secret = await _add(at, values)
        audited = {"name": body.name, "scopes": body.scopes, "user_id": str(user_id)}
        await at.audit("service_token.created", "service_token", row["id"], audited)
        return {"token": service_token_object(row, at.timezone), "secret": secret}


async def rotate_token(pool: Pool, claims: Claims, token: str, overlap: timedelta) -> dict[str, Any]:
    """Another token for the same service, with the same scopes and as long a life. Raises ProblemError (403, 404, 409)."""
    async with desk_of(pool, claims, "administer") as at:
        await _require_room(at)
        was = await _locked(at, token)
        if was["state"] != "active":
            raise ProblemError(409, f"This token is {was['state']}; nothing takes its place.", code=was["state"])
        life = was["expires_at"] and was["expires_at"] - was["created_at"]
        row, secret = await _add(at, {name: was[name] for name in ("user_id", "name", "scopes")} | {"life": life})
        await store.replace_token(at.connection, at.clinic_id, was["id"], row["id"], overlap)
        audited = {"replaced_by": str(row["id"]), "overlap_seconds": int(overlap.total_seconds())}
        await at.audit("service_token.rotated", "service_token", was["id"], audited)
        return {"token": service_token_object(row, at.timezone), "secret": secret}


async def revoke_token(pool: Pool, claims: Claims, token: str) -> None:
    """End a token with the next request, everywhere; one that is revoked stays so. Raises ProblemError (403, 404)."""
    async with desk_of(pool, claims, "administer") as at:
        row = await _locked(at, token)
        if row["state"] == "revoked":
            return
        await store.revoke_token(at.connection, at.clinic_id, row["id"], row["user_id"])
        audited = {"name": row["name"], "user_id": str(row["user_id"])}
        await at.audit("service_token.revoked", "service_token", row["id"], audited)


async def _require_room(at: Desk) -> None:
    if await store.count_tokens(at.connection, at.clinic_id) >= MOST_TOKENS:
        raise ProblemError(409, f"A clinic has {MOST_TOKENS} service tokens that go on, at most.", code="too_many")


async def _add(at: Desk, values: dict[str, Any]) -> tuple[DictRow, str]:
    secret = new_service_token()
    hidden = {"token_hash": token_hash(secret), "prefix": shown_prefix(secret)}
    made_by = {"clinic_id": at.clinic_id, "created_by": at.user_id}
    token_id = await store.add_token(at.connection, values | hidden | made_by)
    return await _locked(at, str(token_id)), secret


async def _locked(at: Desk, token: str) -> DictRow:
    token_id = parse_id(token)
    row = token_id and await store.lock_token(at.connection, at.clinic_id, token_id)
    if not row:
        raise ProblemError(404, "There is no such service token.")
    return row
