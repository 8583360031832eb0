"""What an admin decides about what the clinic deletes by itself. Each function is one transaction."""

from collections.abc import Mapping
from typing import Any

from services.api.desk import Desk, desk_of
from services.api.models.retention import CLASSES, FEWEST_DAYS, MOST_COUNTED, MOST_DAYS, RetentionBody
from services.api.stores import retention as store
from shared.auth.tokens import Claims
from shared.db.pool import Pool

Row = Mapping[str, Any]


async def read_retention(pool: Pool, claims: Claims) -> dict[str, Any]:
    """The clinic's rules. Raises ProblemError (401, 403)."""
    async with desk_of(pool, claims, "privacy") as at:
        return await _shown(at)


async def change_retention(pool: Pool, claims: Claims, body: RetentionBody) -> dict[str, Any]:
    """The rules as they are then; of a dry run what would go. Raises ProblemError (401, 403)."""
    async with desk_of(pool, claims, "privacy") as at:
        older = await _older(at, body) if body.dry_run else None
        news = {} if body.dry_run else news_of(body, await store.list_rules(at.connection, at.clinic_id))
        for what, days in news.items():
            await _decide(at, what, days)
        return {**await _shown(at), "changed": bool(news), "would_delete": older}


def news_of(body: RetentionBody, rules: Mapping[str, Row]) -> dict[str, int | None]:
    """The classes of which something else is said than holds. Pure."""
    return {
        what: days for what, days in body.named().items() if days != (rules[what]["days"] if what in rules else None)
    }


async def _decide(at: Desk, what: str, days: int | None) -> None:
    if days is None:
        await store.end_rule(at.connection, at.clinic_id, what)
        await at.audit("retention.ended", "clinic", at.clinic_id, {"class": what})
    else:
        await store.put_rule(at.connection, at.clinic_id, what, days, at.name)
        await at.audit("retention.set", "clinic", at.clinic_id, {"class": what, "days": days})


async def _older(at: Desk, body: RetentionBody) -> list[dict[str, Any]]:
    """Counted one more than is told, to know whether there is more."""
    found: list[dict[str, Any]] = []
    for what, days in body.named().items():
        if days is not None:
            older = await store.count_older(at.connection, at.clinic_id, what, days, MOST_COUNTED + 1)
            found.append({"class": what, "count": min(older, MOST_COUNTED), "or_more": older > MOST_COUNTED})
    return found


async def _shown(at: Desk) -> dict[str, Any]:
    rules = await store.list_rules(at.connection, at.clinic_id)
    shown = [rule_object(at, what, rules.get(what)) for what in CLASSES]
    return {"rules": shown, "fewest_days": FEWEST_DAYS, "most_days": MOST_DAYS}


def rule_object(at: Desk, what: str, row: Row | None) -> dict[str, Any]:
    """A class with its rule, or with none."""
    if row is None:
        return {"class": what, "days": None, "set_by": None, "set_at": None}
    return {"class": what, "days": row["days"], "set_by": row["set_by"], "set_at": at.time(row["set_at"])}
