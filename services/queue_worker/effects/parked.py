"""Changes that wait for their messages, found across clinics.

A change and its message may be stored at the same moment by two transactions, neither of which sees the other. Whoever
comes later finds what is there; for these two there is nobody later, so they are looked for again and again. What has
waited longer than any transaction lasts is found by its message when that comes.
"""

from collections.abc import Iterable

from services.queue_worker.effects.apply import Clinic
from services.queue_worker.effects.changes import Target, target_of
from shared.db.pool import Connection, Pool

LONGEST_TRANSACTION = "10 minutes"
BATCH = 1000


async def clinics_with_waiting_changes(pool: Pool) -> list[Clinic]:
    """Clinics in which something began to wait lately."""
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT id, timezone FROM clinics WHERE id IN (SELECT clinic_id FROM message_changes"
            " WHERE NOT settled AND created_at > now() - %s::interval)",
            [LONGEST_TRANSACTION],
        )
        return [Clinic(row["id"], row["timezone"]) for row in await cursor.fetchall()]


async def found_messages(connection: Connection, clinics: Iterable[Clinic]) -> set[Target]:
    """Messages of clinics that are there by now, and do not show yet what waited for them; at most BATCH."""
    cursor = await connection.execute(
        "SELECT DISTINCT clinic_id, source_id, provider_id FROM message_changes w CROSS JOIN LATERAL (SELECT FROM messages m"
        "  WHERE m.clinic_id = w.clinic_id AND m.source_id = w.source_id AND m.provider_id = w.provider_id LIMIT 1) AS m"
        " WHERE w.clinic_id = ANY(%s) AND NOT w.settled AND w.created_at > now() - %s::interval LIMIT %s",
        [[clinic.id for clinic in clinics], LONGEST_TRANSACTION, BATCH],
    )
    return {target_of(row) for row in await cursor.fetchall()}


async def forget_waiting_changes(pool: Pool, days: int) -> int:
    """Forget changes of messages that never came, a bounded number a call; returns how many."""
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "DELETE FROM message_changes WHERE id IN (SELECT id FROM message_changes"
            " WHERE NOT settled AND created_at < now() - make_interval(days => %s) ORDER BY created_at LIMIT 5000)",
            [days],
        )
        return cursor.rowcount
