"""A source's webhook token is replaced; the one before goes on for a while. Each function is one transaction."""

from datetime import timedelta
from typing import Any

from services.api.administering import locked_source
from services.api.desk import Desk, desk_of
from services.api.models.sources import source_detail
from services.api.problems import ProblemError
from services.api.stores import source_tokens as store
from services.api.stores.sources import lock_source
from shared.auth.tokens import Claims
from shared.auth.webhook_tokens import new_token, token_hash
from shared.db.pool import Pool

MOST_FORMER_TOKENS = 20


async def rotate_token(
    pool: Pool, claims: Claims, source: str, overlap: timedelta, version: int | None
) -> tuple[dict[str, Any], str]:
    """The source and its new token, which is stored nowhere. Raises ProblemError (403, 404, 409, 412)."""
    async with desk_of(pool, claims, "administer") as at:
        row = await locked_source(at, source, version)
        token = await replace_token(at, row["id"], overlap)
        audited = {"overlap_seconds": int(overlap.total_seconds())}
        await at.audit("source.token_rotated", "source", row["id"], audited)
        changed = await lock_source(at.connection, at.clinic_id, row["id"])
        return source_detail(changed or row, at.timezone), token


async def replace_token(at: Desk, source_id: int, overlap: timedelta) -> str:
    """A new token in the place of the old one, which goes on for `overlap`. Raises ProblemError (409)."""
    going_on = await store.forget_ended(at.connection, at.clinic_id, source_id)
    if overlap and going_on >= MOST_FORMER_TOKENS:
        raise ProblemError(409, "Too many former tokens of this source go on still.", code="too_many_tokens")
    if overlap:
        await store.keep_token(at.connection, at.clinic_id, source_id, overlap)
    token = new_token()
    await store.put_token(at.connection, at.clinic_id, source_id, token_hash(token))
    return token
