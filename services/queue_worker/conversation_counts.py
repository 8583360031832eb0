"""Adds up how many conversations there are: each change of one leaves a row or two, which lists sum."""

from shared.db.pool import Pool

COUNT_INTERVAL_SECONDS = 30.0
# So many rows more than there need be, and a clinic's are added up.
SURPLUS = 200
MOST_AT_ONCE = 20_000


async def add_up(pool: Pool) -> int:
    """Make one row of those that count the same; returns how many were taken away.

    The sum is the same at every moment: who reads sees the rows from before or the one from after. Two workers at once
    take different rows.
    """
    async with pool.connection() as connection:
        cursor = await connection.execute(
            """
            WITH full_clinics AS (
              SELECT clinic_id FROM conversation_counts GROUP BY clinic_id
              HAVING count(*) - count(DISTINCT (status, priority, assigned_to)) > %s
            ), taken AS (
              DELETE FROM conversation_counts WHERE id = ANY(ARRAY(
                SELECT id FROM conversation_counts WHERE clinic_id IN (SELECT clinic_id FROM full_clinics)
                LIMIT %s FOR UPDATE SKIP LOCKED))
              RETURNING *
            ), added_up AS (
              INSERT INTO conversation_counts (clinic_id, status, priority, assigned_to, conversations)
              SELECT clinic_id, status, priority, assigned_to, sum(conversations) FROM taken GROUP BY 1, 2, 3, 4
              HAVING sum(conversations) <> 0
            )
            SELECT count(*) AS taken FROM taken
            """,
            [SURPLUS, MOST_AT_ONCE],
        )
        row = await cursor.fetchone()
    return int(row["taken"]) if row else 0
