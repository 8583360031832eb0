"""Erasures in SQL: one is worked at a time by whoever locks it, and its progress is stored with what was done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from shared.db.pool import Connection
from shared.db.tenant import enter_tenant
from shared.privacy.traces import Traces

# How often a held one is looked at again.
HELD_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Erasure:
    """An erasure that is locked by this transaction, which sees its clinic."""

    connection: Connection
    id: int
    clinic_id: int
    contact_id: int
    requested_by: int
    reason: str
    step: str
    position: str | None
    counts: Mapping[str, int]
    traces: Traces

    def values(self) -> dict[str, Any]:
        """For statements."""
        return {"clinic_id": self.clinic_id, "contact_id": self.contact_id, **self.traces.values()}


@dataclass(frozen=True, slots=True)
class Progress:
    """What a step did: how much of each class, where it goes on, or to which step; None: the next one."""

    counts: Mapping[str, int] = field(default_factory=dict)
    position: str | None = None
    finished: bool = False
    back_to: str | None = None
    person_hashes: list[str] | None = None
    changed: Sequence[str] = ()


async def claim(connection: Connection) -> Erasure | None:
    """The erasure that was worked longest ago, locked; a held one now and then."""
    cursor = await connection.execute(
        "SELECT * FROM erasures WHERE state = 'running'"
        " OR state = 'held' AND updated_at < clock_timestamp() - make_interval(secs => %s)"
        " ORDER BY updated_at LIMIT 1 FOR UPDATE SKIP LOCKED",
        [HELD_SECONDS],
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    await enter_tenant(connection, row["clinic_id"])
    return _erasure(connection, row)


def _erasure(connection: Connection, row: DictRow) -> Erasure:
    names = ("id", "clinic_id", "contact_id", "requested_by", "reason", "step", "position", "counts")
    return Erasure(connection, **{name: row[name] for name in names}, traces=Traces.from_scope(row["scope"]))


async def is_held(erasure: Erasure) -> bool:
    """Whether the person is held now. A hold waits for this transaction, or this for the hold."""
    cursor = await erasure.connection.execute(
        "SELECT held_at FROM contacts WHERE clinic_id = %s AND id = %s FOR SHARE",
        [erasure.clinic_id, erasure.contact_id],
    )
    row = await cursor.fetchone()
    return row is not None and row["held_at"] is not None


async def stop(erasure: Erasure) -> None:
    """Note that a hold has stopped it."""
    await erasure.connection.execute(
        "UPDATE erasures SET state = 'held', updated_at = clock_timestamp() WHERE id = %s", [erasure.id]
    )


async def save(erasure: Erasure, progress: Progress, step: str | None) -> None:
    """Store what was done and what comes next; with no next step whom it was about is forgotten."""
    counts = {name: erasure.counts.get(name, 0) + more for name, more in progress.counts.items()}
    await erasure.connection.execute(
        """
        UPDATE erasures SET state = CASE WHEN %(step)s::text IS NULL THEN 'done' ELSE 'running' END,
          step = coalesce(%(step)s, 'done'), position = %(position)s, counts = counts || %(counts)s,
          person_hashes = coalesce(%(hashes)s, person_hashes),
          scope = CASE WHEN %(step)s::text IS NULL THEN NULL ELSE scope END,
          updated_at = clock_timestamp(), finished_at = CASE WHEN %(step)s::text IS NULL THEN clock_timestamp() END
        WHERE id = %(id)s
        """,
        {
            "id": erasure.id,
            "step": step,
            "position": progress.position if step == erasure.step else None,
            "counts": Jsonb(counts),
            "hashes": progress.person_hashes,
        },
    )
