"""What clinics want deleted, and that it was."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from psycopg.types.json import Jsonb

from services.queue_worker import metrics
from shared.db.pool import Connection, Pool

Class = Literal["messages", "media", "dead_letters", "reads"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A clinic deletes what is of a class and older than so many days."""

    clinic_id: int
    timezone: str
    what: Class
    days: int


async def rules(pool: Pool) -> list[Rule]:
    """Every clinic's rules. A clinic without any keeps everything."""
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT r.clinic_id, c.timezone, r.class AS what, r.days FROM retention_rules r"
            " JOIN clinics c ON c.id = r.clinic_id ORDER BY r.clinic_id, r.class"
        )
        return [Rule(**row) for row in await cursor.fetchall()]


async def note_deleted(connection: Connection, rule: Rule, counts: Mapping[str, int]) -> None:
    """Write down what went, in the transaction in which it goes."""
    metrics.RETIRED.labels(rule.what).inc(max(counts.values()))
    await connection.execute(
        "INSERT INTO audit_log (clinic_id, action, subject_type, subject_id, data)"
        " VALUES (%s, 'retention.deleted', 'clinic', %s, %s)",
        [rule.clinic_id, str(rule.clinic_id), Jsonb({"class": rule.what, "days": rule.days, **counts})],
    )
