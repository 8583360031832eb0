"""What an admin has Evolution do with one instance. No transaction is open while Evolution is asked."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from psycopg.rows import DictRow

from services.api.administering import API_KEY, locked_source
from services.api.desk import Desk, desk_of
from services.api.evolution import Door, Evolution
from services.api.models.sources import LONGEST_OVERLAP_SECONDS, source_detail
from services.api.problems import ProblemError
from services.api.source_tokens import replace_token
from services.api.stores import source_tokens as tokens
from services.api.stores.source_secrets import valid_secrets
from services.api.stores.sources import lock_source
from shared.auth.seal import UnsealError, open_sealed
from shared.auth.tokens import Claims
from shared.auth.webhook_tokens import token_hash
from shared.db.pool import Pool
from shared.http.evolution_webhook import evolution_body, webhook_url

# Evolution repeats for 20 minutes what it could not post to the address before.
OVERLAP = timedelta(hours=1)
# Until it is known which address Evolution posts to, both are taken; also where nobody comes back to tell.
IN_DOUBT = timedelta(seconds=LONGEST_OVERLAP_SECONDS)


async def ask_connection(pool: Pool, claims: Claims, source: str, evolution: Evolution, keys: Sequence[str]) -> Any:
    """The state of an instance's line, asked now. Raises ProblemError (403, 404, 409, 502, 504)."""
    async with desk_of(pool, claims, "view") as at:
        door = await _door(at, await locked_source(at, source, None), evolution, keys)
        asked_at = at.time(at.now)
    answer = await evolution.ask(door, "GET", "instance/connectionState")
    return {"state": _state(answer) or "unknown", "asked_at": asked_at}


async def ask_qr_code(pool: Pool, claims: Claims, source: str, evolution: Evolution, keys: Sequence[str]) -> Any:
    """What to scan to connect an instance. Raises as `ask_connection` does."""
    async with desk_of(pool, claims, "administer") as at:
        row = await locked_source(at, source, None)
        door = await _door(at, row, evolution, keys)
        # Whoever scans it connects a phone: that it was shown is written down, whether or not Evolution has one.
        await at.audit("source.qr_asked", "source", row["id"], {})
    answer = await evolution.ask(door, "GET", "instance/connect")
    return {"qr": qr_code(answer), "state": _state(answer)}


async def set_webhook(
    pool: Pool, claims: Claims, source: str, evolution: Evolution, keys: Sequence[str], receiver: str
) -> dict[str, Any]:
    """Have an instance post its events here, under a new token that nobody is shown. Raises as `ask_connection` does.

    The receiver takes the new token before Evolution is told of it, and the one before afterwards: nothing is refused on
    the way. Where Evolution refuses, the one before is the source's again.
    """
    async with desk_of(pool, claims, "administer") as at:
        row = await locked_source(at, source, None)
        door = await _door(at, row, evolution, keys)
        former = await tokens.token_hash_of(at.connection, at.clinic_id, row["id"])
        jwt_key = await _secret(at, row["id"], "evolution-jwt", keys)
        token = await replace_token(at, row["id"], IN_DOUBT)
        await at.audit("source.token_rotated", "source", row["id"], {"for": "webhook"})
    body = evolution_body(webhook_url(receiver, "evolution", token), door.version, jwt_key)
    try:
        await evolution.ask(door, "POST", "webhook/set", body)
    except ProblemError as problem:
        await _take_back(pool, claims, row["id"], former or b"", token_hash(token), str(problem.extra.get("code")))
        raise
    events = body["events"] if door.version == "v1" else body["webhook"]["events"]
    return {"source": await _settle(pool, claims, row["id"], former or b""), "events": events}


async def _take_back(pool: Pool, claims: Claims, source_id: int, former: bytes, tried: bytes, why: str) -> None:
    """The token before is the source's again, unless somebody changed it since; what was tried goes on for a while."""
    async with desk_of(pool, claims, None) as at:
        await lock_source(at.connection, at.clinic_id, source_id)
        if await tokens.token_hash_of(at.connection, at.clinic_id, source_id) == tried:
            await tokens.keep_token(at.connection, at.clinic_id, source_id, IN_DOUBT)
            await tokens.forget_former(at.connection, at.clinic_id, source_id, former)
            await tokens.put_token(at.connection, at.clinic_id, source_id, former)
        await at.audit("source.webhook_failed", "source", source_id, {"code": why})


async def _settle(pool: Pool, claims: Claims, source_id: int, former: bytes) -> dict[str, Any]:
    async with desk_of(pool, claims, None) as at:
        await tokens.shorten_former(at.connection, at.clinic_id, source_id, former, OVERLAP)
        await at.audit("source.webhook_set", "source", source_id, {})
        row = await lock_source(at.connection, at.clinic_id, source_id)
        if row is None:
            raise LookupError("sources are never deleted")
        return source_detail(row, at.timezone)


async def _door(at: Desk, row: DictRow, evolution: Evolution, keys: Sequence[str]) -> Door:
    if row["kind"] != "evolution":
        raise ProblemError(409, "Only a source of kind evolution is an instance.", code="not_evolution")
    own = await _secret(at, row["id"], API_KEY, keys)
    if own is None and row["own_key_only"]:
        raise ProblemError(409, "This source has no key to its Evolution server yet; give it one.", code="no_api_key")
    return Door(row["api_url"] or evolution.url, row["name"], row["api_version"], own or evolution.api_key)


async def _secret(at: Desk, source_id: int, purpose: str, keys: Sequence[str]) -> str | None:
    found = await valid_secrets(at.connection, at.clinic_id, source_id, purpose)
    try:
        return open_sealed(keys, source_id, purpose, found[0]["sealed"]) if found else None
    except UnsealError as error:
        detail = "A secret of this source cannot be opened: its key is not in PROSA_SECRETS_KEY."
        raise ProblemError(409, detail, code="sealed_with_another_key") from error


def qr_code(answer: Mapping[str, Any]) -> dict[str, Any] | None:
    """The QR code in an answer, wherever a version puts it; None where there is none. Pure."""
    inner = answer.get("qrcode")
    found = inner if isinstance(inner, Mapping) else answer
    parts = {"code": found.get("code"), "image": found.get("base64"), "pairing_code": found.get("pairingCode")}
    texts = {name: part if isinstance(part, str) and part else None for name, part in parts.items()}
    return texts if texts["code"] or texts["image"] else None


def _state(answer: Mapping[str, Any]) -> str | None:
    instance = answer.get("instance")
    if not isinstance(instance, Mapping):
        return None
    state = instance.get("state") or instance.get("status")
    return state[:40] if isinstance(state, str) else None
